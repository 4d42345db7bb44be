"""Services keep no more memory than they use: the same allocator settings wherever they run."""

import re

import pytest

from compose.stack.service_child import LEAN_MALLOC, service_environment
from schemas.settings import Settings
from tests.soak.memory import HONEST_MALLOC
from tests.support.paths import REPOSITORY

DOCKERFILE = REPOSITORY / "compose" / "Dockerfile"


def test_the_image_the_local_stack_and_the_soak_agree() -> None:
    in_image = dict(re.findall(r"(MALLOC_\w+)=(\d+)", DOCKERFILE.read_text(encoding="utf-8")))
    assert in_image == LEAN_MALLOC
    assert HONEST_MALLOC.items() <= LEAN_MALLOC.items()


def test_who_sets_the_allocator_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LEAN_MALLOC:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MALLOC_ARENA_MAX", "8")
    given = service_environment(Settings())
    assert {name: given[name] for name in LEAN_MALLOC} == LEAN_MALLOC | {"MALLOC_ARENA_MAX": "8"}
