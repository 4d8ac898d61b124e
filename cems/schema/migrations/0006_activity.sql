-- Monthly activity data as imported. Nothing is overwritten: a correction is a later import, which takes the place of all
-- earlier records of the same type, unit and month; a withdrawal is an import whose record has no body.

create table activity_import (
    activity_import_id bigint generated always as identity primary key,
    enterprise         text not null,
    reason             text not null default '',
    imported_at        timestamptz not null
);
comment on table activity_import is 'One run of the import; reason: why it corrects or withdraws, empty for records that are new.';

create table activity_record (
    activity_record_id bigint generated always as identity primary key,
    activity_import_id bigint not null references activity_import,
    enterprise         text not null,
    kind               text not null,
    unit               text not null,
    month              text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    body               jsonb,
    source_file        text not null,
    source_sha256      text not null,
    source_cells       text not null
);
comment on table activity_record is 'Monthly records: fuel, laboratory, products, materials, energy. body: the record; null: the type, unit and month was withdrawn. Append only.';
comment on column activity_record.source_cells is 'sheet and cells of the source file, such as fuel_use!A3:L3';
create index activity_record_set on activity_record (enterprise, kind, unit, month, activity_import_id);

create view activity_record_current as
select r.*, i.reason, i.imported_at
from activity_record r join activity_import i using (activity_import_id)
where r.body is not null
  and r.activity_import_id = (
      select max(l.activity_import_id) from activity_record l
      where l.enterprise = r.enterprise and l.kind = r.kind and l.unit = r.unit and l.month = r.month
  );

comment on table total is 'Period totals. side: monitoring or accounting; method: measured_only, neutral, by_rule:<rule book>, measured_carbon, default_carbon, monthly_records; u_*: standard uncertainty, k=1, null for a total by rule, which is a deliberate bias.';
