-- Faults that were confirmed and are not closed.
select count(*) as "confirmed" from anomaly_current where state = 'confirmed' and enterprise in ($enterprise)
