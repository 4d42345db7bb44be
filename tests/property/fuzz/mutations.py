"""Hostile variants of sound input: values, keys and bytes that a neighbour may send."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import strategies as st

HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["NaN", "Infinity", "-1", "1e400", "0", "1e-400", "0x10", "१", "' OR 1=1 --"]),
    st.sampled_from([[], {}, [[]], [["1"]], [["1", "2", "3"]], [["x", "y"]], [None]]),
)
Path = tuple[Any, ...]


@contextmanager
def read_or_refused(error: type[Exception]) -> Iterator[None]:
    """Let the block end well or with `error` and a message; anything else fails the test."""
    message = "read"
    try:
        yield
    except error as refusal:
        message = str(refusal)
    assert message


@st.composite
def documents(draw: st.DrawFn, sound: Any) -> Any:
    """Return `sound` with up to three places replaced by hostile values, deleted or doubled."""
    document = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document, ()))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = document
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["replace", "replace", "delete", "double"])):
            case "delete":
                del holder[last]
            case "double" if isinstance(holder, list):
                holder.insert(last, copy.deepcopy(holder[last]))
            case _:
                holder[last] = copy.deepcopy(draw(HOSTILE))
    return document


@st.composite
def hostile_json(draw: st.DrawFn, *sound: Any) -> bytes:
    """Return JSON of a changed sound document, in half of the cases with its bytes damaged too."""
    document = draw(documents(draw(st.sampled_from(sound))))
    raw = json.dumps(document).encode()
    return draw(damaged(raw)) if draw(st.booleans()) else raw


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """Return bytes cut off, with a piece overwritten, or with a piece inserted."""
    at = draw(st.integers(0, len(sound)))
    piece = draw(st.binary(max_size=8))
    match draw(st.sampled_from(["cut", "overwrite", "insert"])):
        case "cut":
            return sound[:at]
        case "overwrite":
            return sound[:at] + piece + sound[at + len(piece) :]
        case _:
            return sound[:at] + piece + sound[at:]


def _places(node: Any, way: Path) -> Iterator[Path]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*way, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*way, key))
