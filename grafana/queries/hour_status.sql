-- What each hour is worth.
select h.hour_start as "time", p.code as metric, h.status
from hour_current h join monitoring_point p using (point_id)
where $__timeFilter(h.hour_start) and h.point_id in ($point)
order by 1
