-- Move what is new from staging to the readings; what came before (same point, instant, spool and sequence) stays.
insert into scan (point_id, ts, stream_id, seq, boot, config_id, read_at, stamped_by,
                  co2, o2, velocity, flow, temperature, pressure, barometric, moisture, load, fuel_feed, flags, words)
select point_id, ts, stream_id, seq, boot, config_id, read_at, stamped_by,
       co2, o2, velocity, flow, temperature, pressure, barometric, moisture, load, fuel_feed, flags, words
from scan_staging
order by ts, point_id
on conflict do nothing
