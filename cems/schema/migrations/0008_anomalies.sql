-- Anomalies that the engine told, and what people said of them. Nothing is overwritten.

create table anomaly (
    anomaly_key text not null,
    version     integer not null,
    enterprise  text not null,
    point       text not null,
    kind        text not null,
    channel     text not null,
    onset_at    timestamptz not null,
    end_at      timestamptz,
    tonnes      double precision,
    body        jsonb not null,
    recorded_at timestamptz not null default now(),
    primary key (anomaly_key, version)
);
comment on table anomaly is 'Anomalies by the key of what they are and since when; body: everything of them; a new version where end, size or evidence have changed. Append only.';
create index anomaly_enterprise on anomaly (enterprise, point, onset_at);

create table anomaly_said (
    anomaly_said_id bigint generated always as identity primary key,
    anomaly_key     text not null,
    state           text not null check (state in ('explained', 'confirmed', 'closed')),
    who             text not null,
    why             text not null,
    said_at         timestamptz not null
);
comment on table anomaly_said is 'The life of an anomaly after open: explained or confirmed, then closed, with who and why; the latest row of a key counts. Append only.';
create index anomaly_said_key on anomaly_said (anomaly_key, anomaly_said_id);
