"""The doctor finds a clock that is off in a capture."""

from compose.doctor.alignment import FITS, SHIFTS_MS, Alignment


def shares(**by_shift: float) -> dict[int, float]:
    found = dict.fromkeys(SHIFTS_MS, 0.1)
    return found | {int(name.strip("_").replace("minus", "-")): s for name, s in by_shift.items()}


def test_a_sharp_peak_at_zero_needs_no_alignment() -> None:
    assert Alignment(1_000, shares(_0=0.75, _5=0.66)).alignment_ms == 0


def test_a_peak_elsewhere_or_a_flat_one_is_within_the_alignment() -> None:
    assert Alignment(1_000, shares(_0=0.2, minus50=0.8)).alignment_ms == 50
    assert Alignment(1_000, shares(_0=0.5, _25=0.5 * FITS)).alignment_ms == 25
