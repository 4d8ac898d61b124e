-- Plain PostgreSQL: native partitions, one a month (UTC), made when first needed.
create function ensure_scan_partitions(first timestamptz, last timestamptz) returns void
language plpgsql as $$
declare
    lower_ timestamptz := date_trunc('month', first, 'UTC');
    name_  text;
begin
    while lower_ <= last loop
        name_ := 'scan_' || to_char(lower_ at time zone 'UTC', 'YYYY_MM');
        if to_regclass(name_) is null then
            perform pg_advisory_xact_lock(hashtext('ensure_scan_partitions'));
            execute format('create table if not exists %I partition of scan for values from (%L) to (%L)',
                           name_, lower_, lower_ + interval '1 month');
        end if;
        lower_ := lower_ + interval '1 month';
    end loop;
end $$;
comment on function ensure_scan_partitions is 'Makes the monthly partitions for the instants between first and last.';
