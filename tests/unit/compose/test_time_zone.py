"""A time zone that is none keeps nothing from starting."""

import os
import subprocess
import sys

import pytest

LOAD = (
    "import sys; sys.path.insert(0, '.'); from compose.time_zone import settle_time_zone;"
    "print(settle_time_zone()); import chdb, os; print(os.environ['TZ'])"
)


@pytest.mark.parametrize("zone", [":/none", "Nowhere/Else", "UTC+3", "<+03>-3", "../etc", "a\nb"])
def test_the_store_is_loaded_in_utc_where_there_is_no_such_zone(zone: str) -> None:
    assert loaded(zone) == [f"TZ={zone} names no time zone of this machine: UTC is used", "UTC"]


@pytest.mark.parametrize("zone", ["UTC", ":UTC", "Asia/Kathmandu", ":America/New_York"])
def test_a_zone_is_left_as_it_is(zone: str) -> None:
    assert loaded(zone) == ["", zone]


def loaded(zone: str) -> list[str]:
    """Return what is said, and the zone that the store was loaded with."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        check=True, capture_output=True, text=True, env={**os.environ, "TZ": zone},
    )  # fmt: skip
    said, _, zone_then = done.stdout.removesuffix("\n").rpartition("\n")
    return [said, zone_then]
