-- Anomalies of which nobody has said anything.
select count(*) as "open" from anomaly_current where state = 'open' and enterprise in ($enterprise)
