-- Latest comparison of each period and basis.
select enterprise, scope, period, basis, monitoring_t as "monitoring, t", accounting_t as "accounting, t",
       difference_t as "difference, t", 100.0 * difference_t / nullif(accounting_t, 0) as "difference, %",
       u_expanded_t as "U (k=2), t", e_n as "E_n", made_at as "made"
from (
    select distinct on (enterprise, scope, period, basis) *
    from comparison order by enterprise, scope, period, basis, comparison_id desc
) latest
order by period desc, scope, basis
