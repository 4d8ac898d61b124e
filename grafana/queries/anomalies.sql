-- Anomalies that touch the time range: open before confirmed before the rest, the largest first.
select anomaly_key as "key", enterprise, point, kind, channel as "shows in", onset_at as "onset", end_at as "end",
       tonnes as "t at risk", state, who, why
from anomaly_current
where enterprise in ($enterprise) and onset_at < $__timeTo() and coalesce(end_at, 'infinity') > $__timeFrom()
order by array_position(array['open', 'confirmed', 'explained', 'closed'], state), abs(tonnes) desc nulls last, onset_at
limit 500
