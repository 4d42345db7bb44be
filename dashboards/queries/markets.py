"""What the markets of each coin say together: the newest of it."""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import Query

_OF_COINS: Final = "symbol IN {coins:Array(String)} AND event_time > {from_ms:Int64}"

COINS_NOW: Final = Query(
    "coins_now",
    "The newest second of each coin",
    f"""
    SELECT symbol AS coin, event_time, markets, missing, mid, mids, basis_bps, cvd_qty, cvd_usd,
           cvd_qty_by_market, open_interest, open_interest_by_market
    FROM cross_1s_rows FINAL WHERE {_OF_COINS}
    ORDER BY event_time DESC LIMIT 1 BY symbol
    """,
    "base currency",
)

COIN_ACTIONS_NOW: Final = Query(
    "coin_actions_now",
    "What the markets of each coin add up to now",
    f"""
    SELECT symbol AS coin, event_time, final_action, buy_score, sell_score, markets, actions,
           weights, agreeing, against
    FROM cross_actions_rows FINAL WHERE {_OF_COINS}
    ORDER BY event_time DESC, event_id LIMIT 1 BY symbol
    """,
    "points",
)

COIN_CLOCKS_NOW: Final = Query(
    "coin_clocks_now",
    "The clock of each market against the others",
    f"""
    SELECT symbol AS coin, market, skew_ms, tolerance_ms, within_tolerance
    FROM cross_clocks_rows FINAL WHERE {_OF_COINS}
    ORDER BY event_time DESC, event_id LIMIT 1 BY symbol, market
    """,
    "ms",
)

COIN_FINDINGS: Final = Query(
    "coin_findings",
    "What was seen on several markets: the newest step of each finding",
    f"""
    SELECT symbol AS coin, event_time, finding_id, kind, stage, side, price, distance_bps,
           spread_bps, markets, order_ids, prices, max_quantities, since, delay_ms, max_qty,
           value_usd, taken_qty, taken_share, taken_usual
    FROM
    (
        SELECT * FROM cross_findings_rows FINAL WHERE {_OF_COINS}
        ORDER BY event_time DESC, sequence DESC LIMIT 1 BY symbol, finding_id
    )
    ORDER BY event_time DESC, finding_id LIMIT {{limit:UInt32}} BY symbol
    """,
    "USD",
)
