"""`make bench`: figures that depend on the machine; the goal is a ratio of two of them."""

import sys
from typing import Final

from tests.bench import history
from tests.bench.engine_cost import US_PER_S, EngineCost, measure
from tests.bench.fate_cost import FateCost, measure_fate
from tests.bench.replay_cost import ReplayCost, measure_replay
from tests.support.markets.captures import CAPTURE

MAX_RATIO: Final = 2.0
"""Applying a depth event with detection on may cost this many times the yardstick."""
MAX_EVERYTHING_RATIO: Final = 5.0
"""The same with trades, seconds and every signal."""
MAX_FATE_US: Final = 20.0
"""Figures and forecast of one order, once a second."""
MAX_REPLAY: Final = 16.0
"""A whole replay of the capture, against the yardstick for all of its depth events."""
ROUNDS: Final = 15
"""The best of each figure counts: a busy machine only adds to them."""
REPLAY_ROUNDS: Final = 5


def report(cost: EngineCost) -> str:
    """Return the figures and the verdict, for people."""
    lines = [
        f"{name:<22}{figure:7.1f} us per depth event {figure / cost.yardstick_us:6.2f} x"
        for name, figure in (
            ("decode and two dicts", cost.yardstick_us),
            ("engine, depth events", cost.depth_us),
            ("engine, everything", cost.everything_us),
        )
    ]
    lines += [
        f"{'PASS' if ratio <= limit else 'FAIL'}: {name} cost {ratio:.2f} x decode and two dicts, "
        f"at most {limit} (best of {ROUNDS} rounds)"
        for name, ratio, limit in goals(cost)
    ]
    return "\n".join(lines)


def fate_report(fate: FateCost, yardstick_us: float) -> str:
    """Return what the fate of an order costs, for people."""
    lines = [
        f"{name:<22}{figure:7.1f} us per order and second {figure / yardstick_us:6.2f} x"
        for name, figure in (("fate, logistic", fate.logistic_us), ("fate, trees", fate.trees_us))
    ]
    verdict = "PASS" if fate.trees_us <= MAX_FATE_US else "FAIL"
    lines.append(
        f"{verdict}: the fate of an order costs {fate.trees_us:.1f} us, at most {MAX_FATE_US:g} "
        f"(mean of {fate.orders} orders, best of {ROUNDS} rounds)"
    )
    return "\n".join(lines)


def replay_report(cost: ReplayCost, yardstick_s: float) -> str:
    """Return what a replay costs, for people; `yardstick_s` is for all depth events together."""
    records, whole = cost.records_s / yardstick_s, cost.replay_s / yardstick_s
    verdict = "PASS" if whole <= MAX_REPLAY else "FAIL"
    return (
        f"{'replay, its records':<22}{cost.records_s:7.2f} s {records:6.1f} x\n"
        f"{verdict}: a replay costs {cost.replay_s:.2f} s, {whole:.1f} x, at most {MAX_REPLAY:g}; "
        f"{cost.pace:.0f} x real time (best of {REPLAY_ROUNDS} rounds)"
    )


def goals(cost: EngineCost) -> tuple[tuple[str, float, float], ...]:
    """Return (name, ratio to the yardstick, goal)."""
    return (
        ("depth events", cost.ratio, MAX_RATIO),
        ("all events", cost.everything_us / cost.yardstick_us, MAX_EVERYTHING_RATIO),
    )


def main() -> int:
    """Print the figures; 1 where a goal is missed or the capture that they need is absent."""
    if not CAPTURE.exists():
        sys.stderr.write(f"the benchmark needs the capture {CAPTURE.resolve()}\n")
        return 1
    cost = measure(CAPTURE, ROUNDS)
    sys.stdout.write(report(cost) + "\n")
    history.append(cost)
    fate = measure_fate(CAPTURE, ROUNDS)
    sys.stdout.write(fate_report(fate, cost.yardstick_us) + "\n")
    replayed = measure_replay(CAPTURE, REPLAY_ROUNDS)
    yardstick_s = cost.yardstick_us * cost.depth_events / US_PER_S
    sys.stdout.write(replay_report(replayed, yardstick_s) + "\n")
    too_slow = replayed.replay_s > MAX_REPLAY * yardstick_s
    missed = [ratio for _, ratio, limit in goals(cost) if ratio > limit]
    return 1 if missed or too_slow or fate.trees_us > MAX_FATE_US else 0


if __name__ == "__main__":
    sys.exit(main())
