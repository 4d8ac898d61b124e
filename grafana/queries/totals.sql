-- Latest total of each side and method with its standard uncertainty (k=1).
select enterprise, scope, period, side, method, co2_t as "CO2, t", u_random_t as "u random, t",
       u_system_t as "u systematic, t", made_at as "made"
from (
    select distinct on (enterprise, scope, period, side, method) *
    from total order by enterprise, scope, period, side, method, total_id desc
) latest
order by period desc, scope, side desc, method
