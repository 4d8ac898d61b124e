-- Valid-data capture: valid operating hours over operating hours, per cent.
select p.code,
       100.0 * count(*) filter (where h.status = 'valid')
             / nullif(count(*) filter (where h.status <> 'stopped'), 0) as "capture"
from hour_current h join monitoring_point p using (point_id)
where $__timeFilter(h.hour_start) and h.point_id in ($point)
group by 1
order by 1
