-- Choices of the variable `point`.
select enterprise || ' / ' || code as "__text", point_id as "__value" from monitoring_point order by 1
