-- Statutory CO2 mass of each valid hour (latest version).
select h.hour_start as "time", p.code as metric, h.co2_kg / 1000.0 as "CO2"
from hour_current h join monitoring_point p using (point_id)
where $__timeFilter(h.hour_start) and h.point_id in ($point)
order by 1
