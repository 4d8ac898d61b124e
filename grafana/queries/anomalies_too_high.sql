-- What anomalies have made monitoring too high, by those that are open or confirmed.
select sum(tonnes) as "too high" from anomaly_current
where state in ('open', 'confirmed') and tonnes > 0 and enterprise in ($enterprise)
