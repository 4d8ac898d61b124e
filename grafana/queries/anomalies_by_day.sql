-- How many anomalies stand on each day of the time range, by the state they are in now.
select d.day as "time", a.state as metric, count(*) as "anomalies"
from generate_series(date_trunc('day', $__timeFrom()::timestamptz), $__timeTo()::timestamptz, interval '1 day') as d(day)
join anomaly_current a
  on a.onset_at < d.day + interval '1 day' and coalesce(a.end_at, 'infinity') > d.day
where a.enterprise in ($enterprise)
group by 1, 2
order by 1, 2
