-- Choices of the variable `enterprise`.
select distinct enterprise as "__text", enterprise as "__value" from anomaly order by 1
