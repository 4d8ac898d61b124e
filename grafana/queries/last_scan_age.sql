-- Time since the newest scan of each point was read, by the gateway's clock.
select p.code, extract(epoch from now() - s.read_at) as "age"
from monitoring_point p
cross join lateral (
    select read_at from scan where scan.point_id = p.point_id order by ts desc limit 1
) s
where p.point_id in ($point)
order by 1
