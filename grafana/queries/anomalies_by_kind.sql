-- Tonnes at risk without sign by kind, of anomalies that are open or confirmed.
select kind as metric, sum(abs(tonnes)) as "tonnes" from anomaly_current
where state in ('open', 'confirmed') and enterprise in ($enterprise)
  and onset_at < $__timeTo() and coalesce(end_at, 'infinity') > $__timeFrom()
group by kind
having sum(abs(tonnes)) > 0
order by 2 desc
