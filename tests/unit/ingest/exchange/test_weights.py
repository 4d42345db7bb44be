"""The REST weight ledger: what is allowed, what is overdrawn, what is banned."""

import pytest

from ingest.exchange.weights import Verdict, WeightLedger


class Clock:
    def __init__(self) -> None:
        self.now_s = 600.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> WeightLedger:
    return WeightLedger(limit=100, ban_after=2, ban_s=120.0, clock=clock)


def test_weight_is_counted_up_to_the_limit(ledger: WeightLedger) -> None:
    assert ledger.charge("a", "/depth", 20) == Verdict(200, 20)
    assert ledger.charge("a", "/depth", 80) == Verdict(200, 100)
    assert (ledger.max_weight_1m, ledger.http_429) == (100, 0)


def test_overdrawn_until_the_minute_is_over(ledger: WeightLedger, clock: Clock) -> None:
    ledger.charge("a", "/depth", 100)
    clock.now_s += 12.5
    assert ledger.charge("a", "/ping", 1) == Verdict(429, 101, retry_after_s=48)
    clock.now_s = 660.0
    assert ledger.charge("a", "/ping", 1) == Verdict(200, 1)
    assert (ledger.http_429, ledger.http_418) == (1, 0)


def test_going_on_after_429_is_banned(ledger: WeightLedger, clock: Clock) -> None:
    ledger.charge("a", "/depth", 101)
    assert ledger.charge("a", "/ping", 1).status == 429
    assert ledger.charge("a", "/ping", 1) == Verdict(418, 103, retry_after_s=120)
    clock.now_s += 119
    assert ledger.charge("a", "/ping", 1) == Verdict(418, 1, retry_after_s=1)
    clock.now_s += 1
    assert ledger.charge("a", "/ping", 1).status == 200
    assert (ledger.http_429, ledger.http_418) == (2, 2)


def test_addresses_have_their_own_accounts(ledger: WeightLedger) -> None:
    ledger.charge("a", "/depth", 100)
    assert ledger.charge("b", "/depth", 100).status == 200


def test_use_is_summed_per_path(ledger: WeightLedger) -> None:
    ledger.charge("a", "/depth", 20)
    ledger.charge("a", "/depth", 20)
    ledger.charge("a", "/ping", 1)
    use = {path: (entry.calls, entry.weight) for path, entry in ledger.paths.items()}
    assert use == {"/depth": (2, 40), "/ping": (1, 1)}
