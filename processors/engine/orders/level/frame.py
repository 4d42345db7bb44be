"""What the changes of one depth update are judged by."""

import msgspec

from processors.engine.readings.tape import Tape


class Frame(msgspec.Struct, frozen=True, gc=False):
    """What one depth update is judged by, for one side."""

    since: int
    """Time of the update before, ms: what changed, changed after it."""
    now: int
    settled: int
    """No later decrease can be explained by trades up to this time, ms."""
    sound: bool
    """All trades that can explain the update are known."""
    tape: Tape
    mid: float | None
