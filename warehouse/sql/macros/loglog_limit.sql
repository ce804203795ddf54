-- The limit of a share, on the log(-log) scale, on which it can never leave 0 to 1.
--
-- Arguments: `share`, the estimate; `se`, its standard error; `z`, how many standard errors away:
-- 1.96 for the upper limit of 95 %, -1.96 for the lower. Where the share is 0 or 1, where the
-- scale ends, the limit is the share itself. Source: Kalbfleisch and Prentice 1980, section 1.3
-- (exponential Greenwood).
create or replace macro loglog_limit(share, se, z) as
case
    when share <= 0 then 0.0
    when share >= 1 then 1.0
    else pow(share, exp(-z * se / (share * abs(ln(share)))))
end
