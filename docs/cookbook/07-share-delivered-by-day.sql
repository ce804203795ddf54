-- Which share has arrived after 7, 14, 21 and 30 days, by carrier?
select
    split_part(grp, '|', 2) as carrier_code,
    max(delivered_share) filter (where day = 7) as day_7,
    max(delivered_share) filter (where day = 14) as day_14,
    max(delivered_share) filter (where day = 21) as day_21,
    max(delivered_share) filter (where day = 30) as day_30
from km_at('marts.deliveries', days := [7, 14, 21, 30])
where grp like '%|(all)' and grp not like '%|(all)|%'
group by carrier_code
order by max(at_risk_count) filter (where day = 7) desc, carrier_code
limit 6
