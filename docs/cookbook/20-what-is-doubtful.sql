-- What in the data is doubtful?
select kind, unit, doubt_count, total_count, share
from marts.data_quality
where doubt_count > 0
order by share desc nulls last, kind
