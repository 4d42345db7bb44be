"""The page's scripts find each other: a wrong path or name would end them in the browser alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.web.pages import ASSETS, PAGES, Page

IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[^"]+)";', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?:async )?(?:const|let|function\*?|class) (\w+)|^export \{([^}]*)\}", re.MULTILINE
)
MOST_FILES = 15
SCRIPTS = sorted(ASSETS.rglob("*.js"))


def names(listed: str) -> Iterator[str]:
    """Give the names of a list in braces as the exporting script calls them."""
    return (part.split(" as ")[0].strip() for part in listed.split(",") if part.strip())


def exports(script: Path) -> set[str]:
    """Return what a script exports."""
    found: set[str] = set()
    for single, listed in EXPORT.findall(script.read_text(encoding="utf-8")):
        found |= (
            {single} if single else {part.split(" as ")[-1].strip() for part in listed.split(",")}
        )
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_what_a_script_imports_is_exported(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    found = IMPORT.findall(text)
    assert len(found) == len(re.findall(r"^import ", text, re.MULTILINE))
    for listed, path in found:
        other = (script.parent / path).resolve()
        assert other.is_file(), path
        assert set(names(listed)) <= exports(other), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_its_body_and_its_script(page: Page) -> None:
    for ending in ("html", "js"):
        assert (ASSETS / "pages" / f"{page.name}.{ending}").is_file()


def test_no_room_is_crowded() -> None:
    for folder in (ASSETS, *(path for path in ASSETS.iterdir() if path.is_dir())):
        # A page is its body and its script: they count as one.
        assert len({path.stem for path in folder.iterdir() if path.is_file()}) <= MOST_FILES, folder
