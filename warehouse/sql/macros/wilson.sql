-- The limits of a share, k of n, as {low, high}: `wilson(3, 40).low`.
--
-- Never outside 0 to 1, and right for few and for none; null where n is 0 or one is null. Arguments: `k`, how
-- many; `n`, of how many; `z`, standard errors to either limit, 1.96 (95 %) unless said otherwise.
-- Source: the score interval, Wilson 1927.
create or replace macro wilson(k, n, z := 1.959963984540054) as
case
    when n > 0 and k >= 0
        then {
            'low': greatest(
                0,
                (k / n + z * z / 2 / n - z * sqrt(k / n * (1 - k / n) / n + z * z / 4 / n / n))
                / (1 + z * z / n)
            ),
            'high': least(
                1,
                (k / n + z * z / 2 / n + z * sqrt(k / n * (1 - k / n) / n + z * z / 4 / n / n))
                / (1 + z * z / n)
            )
        }
end
