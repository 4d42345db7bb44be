"""`make bench`: figures that depend on the machine, printed as ratios where they can be."""

import sys
from pathlib import Path

from tests.bench.engine_cost import measure

CAPTURE = Path(__file__).parents[2] / "../shared/data/binance_usdm/btcusdt_20240808.gz"


def main() -> int:
    """Print the figures; 1 where the capture that they need is absent."""
    if not CAPTURE.exists():
        sys.stderr.write(f"the benchmark needs the capture {CAPTURE.resolve()}\n")
        return 1
    cost = measure(CAPTURE)
    yardstick = cost.yardstick_us
    for name, figure in (
        ("decode and two dicts", yardstick),
        ("engine, depth events", cost.depth_us),
        ("engine, everything", cost.everything_us),
    ):
        sys.stdout.write(
            f"{name:<22}{figure:7.1f} us per depth event {figure / yardstick:6.2f} x\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
