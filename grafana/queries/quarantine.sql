-- Messages that could not be read; all of them, because they carry no time of their own.
select count(*) as "messages" from quarantine
