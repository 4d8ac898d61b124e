-- Statements of reconcile/store.py; each begins with a line "-- name:".

-- name: point_id
select point_id from monitoring_point where enterprise = %s and code = %s

-- name: copy_scans
copy (
    select ts, stream_id, seq,
           coalesce(co2, 'NaN'), coalesce(o2, 'NaN'), coalesce(velocity, 'NaN'), coalesce(flow, 'NaN'),
           coalesce(temperature, 'NaN'), coalesce(pressure, 'NaN'), coalesce(barometric, 'NaN'),
           coalesce(moisture, 'NaN'), coalesce(load, 'NaN'), coalesce(fuel_feed, 'NaN'), flags
    from scan where point_id = %s and ts >= %s and ts < %s
    order by ts, stream_id, seq
) to stdout (format binary)

-- name: scans_received
select count(distinct (s.stream_id, s.seq))
from scan s join monitoring_point p using (point_id)
where p.enterprise = %(enterprise)s and p.code = any(%(points)s) and s.ts >= %(start)s and s.ts < %(end)s

-- name: gaps
-- Numbers that a stream lacks between what it has around a period: the gap that reaches over an edge belongs to both.
with span as (
    select s.stream_id, min(s.seq) as first_seq, max(s.seq) as last_seq
    from scan s join monitoring_point p using (point_id)
    where p.enterprise = %(enterprise)s and p.code = any(%(points)s) and s.ts >= %(start)s and s.ts < %(end)s
    group by s.stream_id
), near as (
    select span.stream_id,
           coalesce((select max(seq) from scan b where b.stream_id = span.stream_id and b.seq < first_seq), 0) as before,
           (select min(seq) from scan a where a.stream_id = span.stream_id and a.seq > last_seq) as after,
           last_seq
    from span
), held as (
    select stream_id, before as seq, null::timestamptz as read_at from near where before = 0
    union all
    select s.stream_id, s.seq, s.read_at
    from near join scan s on s.stream_id = near.stream_id and s.seq between near.before and coalesce(near.after, last_seq)
), stepped as (
    select stream_id, seq, read_at, lag(seq) over w as seq_before, lag(read_at) over w as read_before
    from held window w as (partition by stream_id order by seq)
)
select st.stream_id, st.gateway || '/' || st.spool_id, g.seq_before + 1, g.seq - 1, g.read_before, g.read_at
from stepped g join stream st using (stream_id) where g.seq > g.seq_before + 1
union all
-- What follows the last number that came, where the gateway has said that more was made.
select st.stream_id, st.gateway || '/' || st.spool_id, near.last_seq + 1, (s.body ->> 'made')::bigint, null, null
from near join stream st using (stream_id)
join lateral (select body from spool_statement s where s.stream_id = near.stream_id order by stated_at desc limit 1) s
     on (s.body ->> 'made')::bigint > near.last_seq
where near.after is null
order by 1, 3

-- name: statements
select distinct on (stream_id) stream_id, body from spool_statement where stream_id = any(%(streams)s)
order by stream_id, stated_at desc

-- name: configs
select distinct c.config_hash
from scan s join monitoring_point p using (point_id) join gateway_config c using (config_id)
where p.enterprise = %(enterprise)s and p.code = any(%(points)s) and s.ts >= %(start)s and s.ts < %(end)s
order by c.config_hash

-- name: quarantined
select count(*) from quarantine q
where (select tstzrange(min(s.read_at) - interval '1 hour', max(s.read_at) + interval '1 hour')
       from scan s join monitoring_point p using (point_id)
       where p.enterprise = %(enterprise)s and p.code = any(%(points)s) and s.ts >= %(start)s and s.ts < %(end)s)
      @> q.received_at

-- name: insert_plant
insert into plant (enterprise, plant_hash, body) values (%s, %s, %s) on conflict do nothing

-- name: fuel
select unit, day, fuel, mass_t, c_ad_pct, m_ad_pct, m_ar_pct, ncv_gj_per_t, report_no
from fuel_record_current
where enterprise = %s and unit = any(%s) and day between %s and %s
order by unit, day, fuel

-- name: insert_fuel
insert into fuel_record (enterprise, unit, day, fuel, mass_t, c_ad_pct, m_ad_pct, m_ar_pct, ncv_gj_per_t, report_no, source)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: find_ledger
select ledger_id
from (select * from ledger where kind = %s and subject = %s and period = %s order by ledger_id desc limit 1) latest
where inputs_hash = %s and result_hash = %s and code = %s and parameters = %s::jsonb

-- name: insert_ledger
insert into ledger (kind, subject, period, inputs_hash, inputs, parameters, code, result_hash, reason, made_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning ledger_id

-- name: current_hours
select hour_start, version, ledger_id, status, operating_h, n_scans, n_valid, n_out_of_control, co2_pct, co2_pct_dry,
       o2_pct_dry, moisture_pct, flow_dry_std, flow_wet_std, co2_kg, co2_kg_minutes, load_mw, fuel_t
from hour_current where point_id = %s and hour_start between %s and %s

-- name: ledger_before
select ledger_id, inputs, parameters, code from ledger where ledger_id = any(%s)

-- name: copy_hours
copy hour (point_id, hour_start, version, ledger_id, reason, valid, status, operating_h, n_scans, n_valid,
           n_out_of_control, co2_pct, co2_pct_dry, o2_pct_dry, moisture_pct, flow_dry_std, flow_wet_std, co2_kg, co2_kg_minutes, load_mw,
           fuel_t) from stdin

-- name: copy_substitutes
copy hour_substitute (ledger_id, point_id, rulebook, hour_start, method, co2_kg, fed_first, fed_last, fed_count) from stdin

-- name: insert_total
insert into total (ledger_id, enterprise, scope, period, side, method, co2_t, u_random_t, u_system_t)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: insert_comparison
insert into comparison (ledger_id, enterprise, scope, period, basis, monitoring_t, accounting_t, difference_t,
                        u_expanded_t, e_n, findings)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: qa_checks
select qa_check_id, point, channel, kind, performed_at, outcome, passed, reason, due_at, who, recorded_at,
       case when kind like '%%-drift' then (result->>'signed')::float8 end,
       case when kind like '%%-drift' then (record->>'reference')::float8 end
from qa_check where enterprise = %(enterprise)s and (%(point)s::text is null or point = %(point)s)
order by performed_at, qa_check_id

-- name: qa_check
select qa_check_id, point, channel, kind, rulebook, performed_at, record, result, outcome, passed, reason, due_at, who,
       source, ledger_id, recorded_at
from qa_check where qa_check_id = %s

-- name: qa_known
select qa_check_id from qa_check where enterprise = %s and record = %s::jsonb

-- name: insert_qa
insert into qa_check (enterprise, point, channel, kind, rulebook, performed_at, record, result, outcome, passed, reason,
                      due_at, who, source, ledger_id, recorded_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning qa_check_id

-- name: marks
select f.flag_event_id, coalesce(w.channel, f.channel), coalesce(w.flag, f.flag), coalesce(w.start_at, f.start_at),
       case when w.flag_event_id is null then f.end_at else w.end_at end, coalesce(w.source, f.source), f.reason, f.who,
       f.made_at, f.withdraws, f.point
from flag_event f left join flag_event w on w.flag_event_id = f.withdraws
where f.enterprise = %(enterprise)s and (%(point)s::text is null or f.point = %(point)s)
order by f.flag_event_id

-- name: insert_mark
insert into flag_event (enterprise, point, channel, flag, start_at, end_at, source, reason, who, withdraws, made_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning flag_event_id

-- name: cylinders
select distinct on (number) number, gas, nominal, unit, u_rel_pct, certificate, expires
from cylinder where enterprise = %s order by number, cylinder_id desc

-- name: insert_cylinder
insert into cylinder (enterprise, number, gas, nominal, unit, u_rel_pct, certificate, expires)
values (%s, %s, %s, %s, %s, %s, %s, %s)

-- name: lock_activity
lock table activity_import in share row exclusive mode

-- name: activity
select kind, body, source_file, source_sha256, source_cells, imported_at, reason
from activity_record_current
where enterprise = %(enterprise)s and month between %(first)s and %(last)s
  and (%(unit)s::text is null or unit = %(unit)s)
order by kind, unit, month, activity_record_id

-- name: activity_history
select r.kind, r.body, r.source_file, r.source_sha256, r.source_cells, i.imported_at, i.reason, r.activity_import_id
from activity_record r join activity_import i using (activity_import_id)
where r.enterprise = %s and r.kind = %s and r.unit = %s and r.month = %s
order by r.activity_record_id

-- name: insert_activity_import
insert into activity_import (enterprise, reason, imported_at) values (%s, %s, %s) returning activity_import_id

-- name: insert_activity
insert into activity_record (activity_import_id, enterprise, kind, unit, month, body, source_file, source_sha256,
                             source_cells)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: ledger_latest
select ledger_id, kind, subject, period, inputs_hash, inputs, parameters, code, result_hash, reason, made_at
from ledger where kind = %s and subject = %s and period = %s order by ledger_id desc limit 1

-- name: ledger_entry
select ledger_id, kind, subject, period, inputs_hash, inputs, parameters, code, result_hash, reason, made_at
from ledger where ledger_id = %s

-- name: ledger_of_result
select ledger_id, kind, subject, period, inputs_hash, inputs, parameters, code, result_hash, reason, made_at
from ledger where kind = %s and subject = %s and result_hash = %s and ledger_id < %s order by ledger_id desc limit 1

-- name: ledger_periods
select distinct period from ledger where kind = %s and subject = %s order by period

-- name: hour_versions
select hour_start, version, ledger_id, reason, status, operating_h, n_scans, n_valid, n_out_of_control, co2_pct, co2_pct_dry,
       o2_pct_dry, moisture_pct, flow_dry_std, flow_wet_std, co2_kg, co2_kg_minutes, load_mw, fuel_t
from hour where point_id = %s and hour_start >= %s and hour_start < %s order by hour_start, version

-- name: kept_totals
select method, co2_t, u_random_t, u_system_t from total where ledger_id = any(%s)

-- name: kept_substitutes
select hour_start, method, co2_kg from hour_substitute where ledger_id = %s order by hour_start

-- name: kept_scans
select p.code, s.ts, s.read_at, s.stamped_by::text, s.stream_id, t.gateway, t.spool_id, s.boot, s.seq,
       s.co2, s.o2, s.velocity, s.flow, s.temperature, s.pressure, s.barometric, s.moisture, s.load, s.fuel_feed,
       s.flags, s.words, c.config_hash, c.body
from scan s join monitoring_point p using (point_id) join stream t using (stream_id) join gateway_config c using (config_id)
where s.point_id = any(%s) and s.ts >= %s and s.ts < %s order by p.code, s.ts, s.stream_id, s.seq

-- name: plant_body
select body from plant where enterprise = %s and plant_hash = %s

-- name: cylinders
select distinct on (number) number, gas, nominal, unit, u_rel_pct, certificate, expires
from cylinder where enterprise = %s order by number, cylinder_id desc

-- name: insert_cylinder
insert into cylinder (enterprise, number, gas, nominal, unit, u_rel_pct, certificate, expires)
values (%s, %s, %s, %s, %s, %s, %s, %s)

-- name: anomalies
select distinct on (anomaly_key) anomaly_key, version, enterprise, point, body
from anomaly where %(enterprise)s::text is null or enterprise = %(enterprise)s
order by anomaly_key, version desc

-- name: insert_anomaly
insert into anomaly (anomaly_key, version, enterprise, point, kind, channel, onset_at, end_at, tonnes, body)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: lock_anomalies
lock table anomaly, anomaly_said in share row exclusive mode

-- name: anomalies_said
select anomaly_key, state, who, why, said_at from anomaly_said order by anomaly_said_id

-- name: insert_anomaly_said
insert into anomaly_said (anomaly_key, state, who, why, said_at) values (%s, %s, %s, %s, %s)
