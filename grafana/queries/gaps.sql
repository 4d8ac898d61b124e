-- Longest times without a scan at a point.
select code as "point", ts as "from", next_ts as "to", extract(epoch from next_ts - ts) as "length"
from (
    select p.code, s.ts, lead(s.ts) over (partition by s.point_id order by s.ts) as next_ts
    from scan s join monitoring_point p using (point_id)
    where $__timeFilter(s.ts) and s.point_id in ($point)
) pairs
where next_ts - ts > interval '90 seconds'
order by next_ts - ts desc
limit 50
