-- How many dates from Monday to Friday there are from 5 January 1970, a Monday, to a date,
-- itself included; negative before.
--
-- Only differences mean anything: business_days. Argument: `day`, a date or a wall clock's
-- timestamp. Source: five a week since that Monday, and up to five of the week begun.
create or replace macro weekdays_until(day) as
(day::date - date '1970-01-05' - isodow(day::date) + 1) // 7 * 5 + least(isodow(day::date), 5)
