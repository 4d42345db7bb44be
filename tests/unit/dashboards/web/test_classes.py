"""The page shows every class: to be chosen, in the legend and with its mark."""

import pytest

from schemas.signals import Classification
from tests.support.paths import REPOSITORY

ASSETS = REPOSITORY / "dashboards" / "web" / "assets"
PLACES = {
    "the choice of classes": ("pages/large-orders.html", "<option>{}</option>"),
    "the legend": ("pages/large-orders.html", '<span data-class="{}">'),
    "its mark": ("app.css", '[data-class="{}"]'),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", Classification)
def test_a_class_has_its_place(place: str, name: Classification) -> None:
    file, text = PLACES[place]
    assert text.format(name) in (ASSETS / file).read_text(encoding="utf-8"), f"{place} in {file}"
