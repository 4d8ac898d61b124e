-- Scans per minute of the scans' own time.
select $__timeGroupAlias(s.ts, $__interval, 0), p.code as metric, count(*) * 60000.0 / $__interval_ms as "scans per minute"
from scan s join monitoring_point p using (point_id)
where $__timeFilter(s.ts) and s.point_id in ($point)
group by 1, 2
order by 1
