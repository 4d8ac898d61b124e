-- Results: every number knows the ledger entry (inputs, parameters, code) that made it; nothing is overwritten.

create table plant (
    plant_id     integer generated always as identity primary key,
    enterprise   text not null,
    plant_hash   text not null,
    body         jsonb not null,
    valid_from   timestamptz not null default now(),
    unique (enterprise, plant_hash)
);
comment on table plant is 'Plant files as used by computations, by hash of their canonical JSON.';

create table ledger (
    ledger_id   bigint generated always as identity primary key,
    kind        text not null,
    subject     text not null,
    period      text not null,
    inputs_hash text not null,
    inputs      jsonb not null,
    parameters  jsonb not null,
    code        text not null,
    result_hash text not null,
    reason      text not null,
    made_at     timestamptz not null default now()
);
comment on table ledger is 'What made a number: inputs with their hash, parameters with their sources, version of the code.';

create table hour (
    point_id       integer not null references monitoring_point,
    hour_start     timestamptz not null,
    version        integer not null,
    ledger_id      bigint not null references ledger,
    valid          boolean not null,
    status         text not null,
    n_scans        smallint not null,
    n_valid        smallint not null,
    co2_pct_dry    double precision,
    o2_pct_dry     double precision,
    moisture_pct   double precision,
    flow_dry_std   double precision,
    co2_kg         double precision,
    co2_kg_minutes double precision,
    load_mw        double precision,
    fuel_t         double precision,
    primary key (point_id, hour_start, version)
);
comment on table hour is 'Regulatory hours (half-open, named by their start, UTC); a recomputation that changes an hour adds a version.';
comment on column hour.status is 'valid, invalid, stopped or missing';
comment on column hour.flow_dry_std is 'm3/h, dry, standard state';
comment on column hour.co2_kg is 'statutory: product of hourly means; null unless valid';
comment on column hour.co2_kg_minutes is 'diagnostic: mean of minute products';

create view hour_current as
select distinct on (point_id, hour_start) * from hour order by point_id, hour_start, version desc;

create table fuel_record (
    fuel_record_id bigint generated always as identity primary key,
    enterprise     text not null,
    unit           text not null,
    day            date not null,
    fuel           text not null,
    mass_t         double precision not null,
    c_ad_pct       double precision,
    m_ad_pct       double precision,
    m_ar_pct       double precision,
    ncv_gj_per_t   double precision,
    report_no      text,
    source         text not null,
    imported_at    timestamptz not null default now()
);
comment on table fuel_record is 'Daily fuel and laboratory records of a unit as imported; a correction is a later row for the same day and fuel.';

create view fuel_record_current as
select distinct on (enterprise, unit, day, fuel) *
from fuel_record order by enterprise, unit, day, fuel, fuel_record_id desc;

create table total (
    total_id     bigint generated always as identity primary key,
    ledger_id    bigint not null references ledger,
    enterprise   text not null,
    scope        text not null,
    period       text not null,
    side         text not null,
    method       text not null,
    co2_t        double precision not null,
    u_random_t   double precision not null,
    u_system_t   double precision not null,
    made_at      timestamptz not null default now()
);
comment on table total is 'Period totals. side: monitoring or accounting; method: measured_only, neutral, measured_carbon, default_carbon; u_*: standard uncertainty, k=1.';

create table comparison (
    comparison_id bigint generated always as identity primary key,
    ledger_id     bigint not null references ledger,
    enterprise    text not null,
    scope         text not null,
    period        text not null,
    basis         text not null,
    monitoring_t  double precision not null,
    accounting_t  double precision not null,
    difference_t  double precision not null,
    u_expanded_t  double precision not null,
    e_n           double precision not null,
    findings      jsonb not null,
    made_at       timestamptz not null default now()
);
comment on table comparison is 'Monitoring against accounting; u_expanded_t is k=2 of the difference; basis: by_rule or matched_readings.';
