"""`make bench`: figures that depend on the machine; the goal is a ratio of two of them."""

import sys
from typing import Final

from tests.bench import history
from tests.bench.engine_cost import EngineCost, measure
from tests.support.markets.captures import CAPTURE

MAX_RATIO: Final = 2.5
"""Applying a depth event with detection on may cost this many times the yardstick."""
MAX_EVERYTHING_RATIO: Final = 7.0
"""The same with trades, seconds and every signal."""
ROUNDS: Final = 15
"""The best of each figure counts: a busy machine only adds to them."""


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
    return 0 if all(ratio <= limit for _, ratio, limit in goals(cost)) else 1


if __name__ == "__main__":
    sys.exit(main())
