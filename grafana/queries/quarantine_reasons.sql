-- Why, and from where.
select topic, reason, count(*) as "messages", max(received_at) as "last"
from quarantine
group by topic, reason
order by max(received_at) desc
limit 50
