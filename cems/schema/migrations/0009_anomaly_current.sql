-- Each anomaly as it stands: its latest version, and the last that was said of it.

create view anomaly_current as
select a.anomaly_key, a.enterprise, a.point, a.kind, a.channel, a.onset_at, a.end_at, a.tonnes,
       coalesce(s.state, 'open') as state, s.who, s.why, s.said_at
from (
    select distinct on (anomaly_key) * from anomaly order by anomaly_key, version desc
) a
left join (
    select distinct on (anomaly_key) * from anomaly_said order by anomaly_key, anomaly_said_id desc
) s using (anomaly_key);
comment on view anomaly_current is 'Latest version of every anomaly with the state it is in; open where nobody has said anything.';
