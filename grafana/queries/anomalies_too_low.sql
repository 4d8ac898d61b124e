-- What anomalies have made monitoring too low, by those that are open or confirmed.
select -sum(tonnes) as "too low" from anomaly_current
where state in ('open', 'confirmed') and tonnes < 0 and enterprise in ($enterprise)
