-- The figures of the scorecard that SQL can give: one row a kind of reading and horizon, of each symbol
-- and, where there are several, of all (venue and symbol ALL). Readings told, and outcomes known, from
-- from_ms to to_ms, both included, ms since the epoch; fee_bps is what a taker pays each way. The
-- controls, intervals and verdicts are those of the page Proof and of `wallwatch scorecard`.
CREATE OR REPLACE VIEW outcome_figures AS
WITH
(
    SELECT uniqExact(venue, symbol) > 1
    FROM outcomes_rows
    WHERE told_at >= {from_ms:Int64} AND event_time >= {from_ms:Int64} AND event_time <= {to_ms:Int64}
) AS several
SELECT
    market.1 AS venue,
    market.2 AS symbol,
    toString(reading_kind) AS reading_kind,
    toString(label) AS label,
    horizon_ms,
    count(return_bps) AS readings,
    countIf(void_reason IS NULL AND return_bps IS NULL) AS undirected,
    countIf(void_reason IS NOT NULL) AS void,
    avg(return_bps) AS mean_bps,
    quantileExactInclusive(0.5)(return_bps) AS median_bps,
    avg(return_bps > 0) AS hit_rate,
    avgIf(favourable_bps, return_bps IS NOT NULL) AS favourable_bps,
    avgIf(adverse_bps, return_bps IS NOT NULL) AS adverse_bps,
    avg(return_bps - half_spread_bps_at - half_spread_bps_after - 2 * {fee_bps:Float64}) AS net_bps
FROM
(
    SELECT
        arrayJoin(if(several, [(toString(venue), toString(symbol)), ('ALL', 'ALL')], [(toString(venue), toString(symbol))])) AS market,
        reading_kind, label, horizon_ms, void_reason, return_bps, favourable_bps, adverse_bps,
        half_spread_bps_at, half_spread_bps_after
    FROM outcomes_rows FINAL
    WHERE told_at >= {from_ms:Int64} AND event_time >= {from_ms:Int64} AND event_time <= {to_ms:Int64}
)
GROUP BY market, reading_kind, label, horizon_ms;
