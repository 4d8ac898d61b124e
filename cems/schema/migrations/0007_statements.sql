-- What gateways say of their spools: with it, a missing sequence number is waiting, lost or not known.

create table spool_statement (
    stream_id integer not null references stream,
    boot      bigint not null,
    stated_at timestamptz not null,
    body      jsonb not null,
    primary key (stream_id, boot)
);
comment on table spool_statement is 'The newest health message of each spool and boot, as sent (cems/health.py): last number given, what the spool holds, what was given up.';
