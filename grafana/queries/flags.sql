-- Share of readings by flag; channels without an instrument (x) are left out.
select flag as metric, 100.0 * count(*) / sum(count(*)) over () as "share"
from scan s cross join lateral regexp_split_to_table(s.flags, '') as flag
where $__timeFilter(s.ts) and s.point_id in ($point) and flag <> 'x'
group by flag
order by 2 desc
