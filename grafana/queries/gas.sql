-- CO2 and O2 as the device reads them, valid readings only.
select $__timeGroupAlias(s.ts, $__interval, NULL), p.code as metric,
       avg(s.co2) filter (where {co2} = 'N') as "CO2",
       avg(s.o2) filter (where {o2} = 'N') as "O2"
from scan s join monitoring_point p using (point_id)
where $__timeFilter(s.ts) and s.point_id in ($point) and (s.co2 is not null or s.o2 is not null)
group by 1, 2
order by 1
