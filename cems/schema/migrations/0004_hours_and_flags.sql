-- What an hour and its flags are worth to a rule book: operating share, the basis it was multiplied on, why it was made
-- again, what stood in for it, and the history of the flags. Nothing is overwritten.

alter table hour
    add column operating_h      double precision,
    add column n_out_of_control smallint not null default 0,
    add column co2_pct          double precision,
    add column flow_wet_std     double precision,
    add column reason           text not null default '';
comment on column hour.operating_h is 'share of the hour in which the source ran, 0 to 1';
comment on column hour.n_out_of_control is 'minutes in which an instrument that the mass needs was out of control';
comment on column hour.co2_pct is 'on the basis on which concentration and flow were multiplied';
comment on column hour.flow_wet_std is 'm3/h, wet, standard state';
comment on column hour.reason is 'why this version was made: first, or what changed';

drop view hour_current;
create view hour_current as
select distinct on (point_id, hour_start) * from hour order by point_id, hour_start, version desc;

create table hour_substitute (
    ledger_id  bigint not null references ledger,
    point_id   integer not null references monitoring_point,
    rulebook   text not null,
    hour_start timestamptz not null,
    method     text not null,
    co2_kg     double precision,
    fed_first  timestamptz,
    fed_last   timestamptz,
    fed_count  integer not null,
    primary key (ledger_id, hour_start)
);
comment on table hour_substitute is 'What stood in for an hour by a rule book, with the hours that fed it; co2_kg null: the rule gives no number.';

create table flag_event (
    flag_event_id bigint generated always as identity primary key,
    enterprise    text not null,
    point         text not null,
    channel       text not null,
    flag          text not null,
    start_at      timestamptz not null,
    end_at        timestamptz,
    source        text not null,
    reason        text not null,
    who           text not null,
    withdraws     bigint references flag_event,
    ledger_id     bigint references ledger,
    made_at       timestamptz not null default now()
);
comment on table flag_event is 'Flags set by a check, a person or a failed quality check, half-open; a row that withdraws another ends it; ledger_id: the computation whose check set it. Append only.';
create index flag_event_point on flag_event (enterprise, point, start_at);

alter table total
    alter column u_random_t drop not null,
    alter column u_system_t drop not null;
comment on table total is 'Period totals. side: monitoring or accounting; method: measured_only, neutral, by_rule:<rule book>, measured_carbon, default_carbon; u_*: standard uncertainty, k=1, null for a total by rule, which is a deliberate bias.';
