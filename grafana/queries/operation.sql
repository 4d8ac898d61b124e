-- Load and coal feed of the unit, valid readings only.
select $__timeGroupAlias(s.ts, $__interval, NULL), p.code as metric,
       avg(s.load) filter (where {load} = 'N') as "load",
       avg(s.fuel_feed) filter (where {fuel_feed} = 'N') as "coal feed"
from scan s join monitoring_point p using (point_id)
where $__timeFilter(s.ts) and s.point_id in ($point) and (s.load is not null or s.fuel_feed is not null)
group by 1, 2
order by 1
