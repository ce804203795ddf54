-- How many dates from Monday to Friday lie after one date up to another, itself included.
--
-- From Friday to Monday it is 1, from Saturday to Sunday 0; negative where the second is the
-- earlier. Holidays and weekends of other days are not known here. Arguments: `from_date` and
-- `to_date`, dates or a wall clock's timestamps; of an instant with zone it would be the session's
-- date. Source: numpy's busday_count, of the days after each.
create or replace macro business_days(from_date, to_date) as
weekdays_until(to_date) - weekdays_until(from_date)
