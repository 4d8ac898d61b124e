-- Plain PostgreSQL: native partitions, one a month (UTC), made when first needed.
create function ensure_scan_partitions(first timestamptz, last timestamptz) returns void
language plpgsql as $$
declare
    lower_ timestamptz := date_trunc('month', first, 'UTC');
    upper_ timestamptz;
    name_  text;
begin
    while lower_ <= last loop
        -- A month added to an instant would be a month of the session's time zone.
        upper_ := date_trunc('month', lower_ + interval '32 days', 'UTC');
        name_ := 'scan_' || to_char(lower_ at time zone 'UTC', 'YYYY_MM');
        if to_regclass(name_) is null then
            perform pg_advisory_xact_lock(hashtext('ensure_scan_partitions'));
            execute format('create table if not exists %I partition of scan for values from (%L) to (%L)',
                           name_, lower_, upper_);
        end if;
        lower_ := upper_;
    end loop;
end $$;
comment on function ensure_scan_partitions is 'Makes the monthly partitions for the instants between first and last.';
