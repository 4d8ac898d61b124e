-- Every step in the life of anomalies in the time range, the latest first.
select s.said_at as "said", a.enterprise, a.point, a.kind, a.onset_at as "onset", s.state, s.who, s.why,
       s.anomaly_key as "key"
from anomaly_said s join anomaly_current a using (anomaly_key)
where $__timeFilter(s.said_at) and a.enterprise in ($enterprise)
order by s.anomaly_said_id desc
limit 200
