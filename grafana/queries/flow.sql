-- Velocity and temperature, valid readings only.
select $__timeGroupAlias(s.ts, $__interval, NULL), p.code as metric,
       avg(s.velocity) filter (where {velocity} = 'N') as "velocity",
       avg(s.temperature) filter (where {temperature} = 'N') as "temperature"
from scan s join monitoring_point p using (point_id)
where $__timeFilter(s.ts) and s.point_id in ($point) and (s.velocity is not null or s.temperature is not null)
group by 1, 2
order by 1
