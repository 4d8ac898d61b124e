-- Move what is new from staging to the readings; what came before (same point, instant, spool and sequence) stays.
insert into scan (point_id, ts, stream_id, seq, boot, config_id, read_at, stamped_by,
                  co2, o2, velocity, flow, temperature, pressure, barometric, moisture, load, fuel_feed, flags, words)
select point_id, timestamptz 'epoch' + ts_ms * interval '1 millisecond', stream_id, seq, boot, config_id,
       timestamptz 'epoch' + read_ms * interval '1 millisecond', stamped_by::"char",
       co2, o2, velocity, flow, temperature, pressure, barometric, moisture, load, fuel_feed, flags, words
from scan_staging
order by ts_ms, point_id
on conflict do nothing
