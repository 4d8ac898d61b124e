-- TimescaleDB: a hypertable in chunks of a week.
select create_hypertable('scan', 'ts', chunk_time_interval => interval '7 days', if_not_exists => true);

create function ensure_scan_partitions(first timestamptz, last timestamptz) returns void
language sql as $$ select $$;
comment on function ensure_scan_partitions is 'TimescaleDB makes chunks by itself; kept so that writers need not know the store.';
