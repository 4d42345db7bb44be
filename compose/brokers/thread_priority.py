"""The priority of single threads of a child process."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def lower_thread_priority(pid: int, name: str, niceness: int) -> int:
    """Set the niceness (0 to 19) of all threads `name` of a process; return how many there are.

    On Linux it is a property of the thread (sched(7)). Elsewhere nothing is changed and 0 returned.
    """
    if sys.platform != "linux":
        return 0
    changed = 0
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        try:
            if (thread / "comm").read_text().strip() == name:
                os.setpriority(os.PRIO_PROCESS, int(thread.name), niceness)
                changed += 1
        except OSError:
            # It has ended since.
            continue
    return changed
