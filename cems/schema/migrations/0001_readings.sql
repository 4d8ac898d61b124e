-- Readings: who sent what, and the bytes that could not be read.

create table monitoring_point (
    point_id   integer generated always as identity primary key,
    enterprise text not null,
    code       text not null,
    first_seen timestamptz not null default now(),
    unique (enterprise, code)
);
comment on table monitoring_point is 'Monitoring points 监测点位; a point nobody announced is registered by its first scan.';

create table stream (
    stream_id  integer generated always as identity primary key,
    enterprise text not null,
    gateway    text not null,
    spool_id   text not null,
    first_seen timestamptz not null default now(),
    unique (enterprise, gateway, spool_id)
);
comment on table stream is 'One spool of one gateway; with seq it identifies a scan for ever.';

create table gateway_config (
    config_id   integer generated always as identity primary key,
    config_hash text not null unique,
    body        bytea,
    received_at timestamptz not null default now()
);
comment on table gateway_config is 'Configuration behind the hash in each batch; body is null until the gateway has announced it.';

create table quarantine (
    quarantine_id bigint generated always as identity primary key,
    topic         text not null,
    payload       bytea not null,
    reason        text not null,
    received_at   timestamptz not null default now(),
    times         bigint not null default 1,
    last_at       timestamptz not null default now()
);
-- A gateway sends what is not acknowledged again and again; the same bytes are kept once and counted.
create unique index quarantine_once on quarantine (md5(topic), sha256(payload));
comment on table quarantine is 'Messages that could not be read, with their bytes and the reason; times counts how often each came, up to last_at.';

-- One row per point and instant; a channel is null where its flag says why. Columns stand in the order of cems.channels.
create table scan (
    point_id    integer not null,
    ts          timestamptz not null,
    stream_id   integer not null,
    seq         bigint not null,
    boot        bigint not null,
    config_id   integer not null,
    read_at     timestamptz not null,
    stamped_by  "char" not null,
    co2         double precision,
    o2          double precision,
    velocity    double precision,
    flow        double precision,
    temperature double precision,
    pressure    double precision,
    barometric  double precision,
    moisture    double precision,
    load        double precision,
    fuel_feed   double precision,
    flags       text not null,
    words       bytea not null,
    primary key (point_id, ts, stream_id, seq)
) /* storage */;
comment on table scan is 'Readings as received; never updated, never deleted by the program. ts is UTC by the clock named in stamped_by (d device, g gateway).';
comment on column scan.co2 is '% by volume, wet or dry as the plant file says';
comment on column scan.o2 is '% by volume, wet or dry as the plant file says';
comment on column scan.velocity is 'm/s at the measuring point, actual state';
comment on column scan.flow is 'm3/h, wet, actual state';
comment on column scan.temperature is 'degC';
comment on column scan.pressure is 'Pa, gauge';
comment on column scan.barometric is 'Pa, absolute';
comment on column scan.moisture is '% by volume';
comment on column scan.load is 'MW, gross';
comment on column scan.fuel_feed is 't/h, as fired';
comment on column scan.flags is 'One letter per channel, in column order; see cems/flags.py';
comment on column scan.words is 'Registers exactly as the device sent them, big-endian, in the order of the request plan of config_id.';
