-- Why, and from where; a message that came again counts each time.
select topic, reason, sum(times) as "messages", max(last_at) as "last"
from quarantine
group by topic, reason
order by max(last_at) desc
limit 50
