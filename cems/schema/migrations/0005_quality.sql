-- The register of quality checks and calibration gases. Nothing is overwritten: a correction is a later row.

create table cylinder (
    cylinder_id integer generated always as identity primary key,
    enterprise  text not null,
    number      text not null,
    gas         text not null,
    nominal     double precision not null,
    unit        text not null,
    u_rel_pct   double precision,
    certificate text not null,
    expires     date not null,
    recorded_at timestamptz not null default now()
);
comment on table cylinder is 'Calibration gases; u_rel_pct: expanded relative uncertainty of the nominal value; the latest row of a number counts.';

create table qa_check (
    qa_check_id  bigint generated always as identity primary key,
    enterprise   text not null,
    point        text not null,
    channel      text not null,
    kind         text not null,
    rulebook     text not null,
    performed_at timestamptz not null,
    record       jsonb not null,
    result       jsonb not null,
    outcome      text not null,
    passed       boolean not null,
    reason       text not null,
    due_at       timestamptz,
    who          text not null,
    source       text not null,
    ledger_id    bigint not null references ledger,
    recorded_at  timestamptz not null default now()
);
comment on table qa_check is 'Quality checks with the record as given, the verdict, and the ledger entry of its arithmetic; the same record is kept once.';
create index qa_check_point on qa_check (enterprise, point, performed_at);
