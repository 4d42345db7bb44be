"""Objects are wired by their constructors: nobody touches another object's private attributes, and
nobody assigns another object's attributes, unless it is a plain record made to be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.support.paths import REPOSITORY

PACKAGES: Final = ("schemas", "ingest", "processors", "dashboards", "compose")
INSIDE_CLIENTS: Final = "schemas/kafka/client_internals.py"
"""The one file that may do both, for the reasons in decision 5."""
NAMED_TUPLE: Final = {"_replace", "_asdict", "_fields", "_make"}
"""Public in spite of the underscore, which keeps them apart from fields."""
LIBRARY_OBJECTS: Final = {
    # The database may have to be created first, through the same client.
    ("schemas/clickhouse/connect.py", "client.database"),
    # Faust has no argument for it; the setter is its documented way.
    ("processors/faust_app/app.py", "app.transport"),
    # The client takes no session of ours, and sends loopback through a proxy.
    ("dashboards/grafana/connection.py", "face.api.s.trust_env"),
}
"""What libraries want to be assigned."""


@dataclass(frozen=True, slots=True)
class Class:
    """What a class says of itself."""

    is_record: bool
    """A dataclass or msgspec struct that is not frozen: data that others may write."""
    fields: frozenset[str]
    assigned: frozenset[str]
    """What its methods assign to `self`."""
    methods: frozenset[str]
    mentions: frozenset[str]
    """Names in its annotations and its base classes."""


@dataclass(frozen=True, slots=True)
class Module:
    """The attributes that a file uses, each with the class around it, and the names it knows."""

    attributes: tuple[tuple[ast.Attribute, Class | None], ...]
    names: frozenset[str]
    classes: Mapping[str, Class]


def test_no_private_attribute_of_another_object_is_touched() -> None:
    wrong = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, module in modules().items()
        if path != INSIDE_CLIENTS
        for node, owner in module.attributes
        if is_private(node.attr) and not is_own(node, owner)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_attribute_is_assigned_from_outside_its_class() -> None:
    found = {
        (path, ast.unparse(node)): node.lineno
        for path, module in modules().items()
        if path.startswith(PACKAGES) and path != INSIDE_CLIENTS
        for node, owner in module.attributes
        if isinstance(node.ctx, ast.Store | ast.Del)
        and not is_own(node, owner)
        and not is_field(node.attr, module)
    }
    wrong = [f"{path}:{found[path, text]}: {text}" for path, text in found.keys() - LIBRARY_OBJECTS]
    assert not wrong, "\n".join(sorted(wrong))
    assert found.keys() >= LIBRARY_OBJECTS, "an exception that nobody needs any more"


def test_the_one_file_reaches_into_clients_indeed() -> None:
    inside = modules()[INSIDE_CLIENTS].attributes
    assert [node for node, _ in inside if is_private(node.attr)], "then decision 5 is void"


def is_private(name: str) -> bool:
    """Whether a name belongs to its object alone."""
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE


def is_own(node: ast.Attribute, owner: Class | None) -> bool:
    """Whether it is an attribute of the class around it, or of what that extends."""
    match node.value:
        case ast.Name("self" | "cls") | ast.Call(func=ast.Name("super")):
            return True
    return owner is not None and node.attr in owner.assigned | owner.methods


def is_field(name: str, module: Module) -> bool:
    """Whether it is a field of a record, and of no other class, that the file defines, imports or
    finds in the annotations of those."""
    near = [known for called in module.names for known in classes().get(called, ())]
    near += [
        known
        for called in frozenset[str]().union(*(known.mentions for known in near))
        for known in classes().get(called, ())
    ]
    return any(known.is_record and name in known.fields for known in near) and not any(
        not known.is_record and name in known.assigned for known in near
    )


@cache
def classes() -> Mapping[str, list[Class]]:
    """Return the classes of all packages by name."""
    found: dict[str, list[Class]] = {}
    for module in modules().values():
        for name, known in module.classes.items():
            found.setdefault(name, []).append(known)
    return found


@cache
def modules() -> Mapping[str, Module]:
    """Return all files of the packages and the tests by path."""
    return {
        str(path.relative_to(REPOSITORY)): read(ast.parse(path.read_text(encoding="utf-8")))
        for root in (*PACKAGES, "tests")
        for path in sorted((REPOSITORY / root).rglob("*.py"))
    }


def read(tree: ast.Module) -> Module:
    """Return what is asked about a file."""
    within: dict[ast.ClassDef | None, list[ast.AST]] = {None: []}
    for node, owner in walk(tree):
        within[owner].append(node)
        if isinstance(node, ast.ClassDef):
            within[node] = []
    classes_of = {node: class_of(node, parts) for node, parts in within.items() if node}
    defined = {node.name: known for node, known in classes_of.items()}
    imported = {
        alias.name
        for nodes in within.values()
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    attributes = tuple(
        (node, classes_of[owner] if owner else None)
        for owner, nodes in within.items()
        for node in nodes
        if isinstance(node, ast.Attribute)
    )
    return Module(attributes, frozenset(imported | defined.keys()), defined)


def walk(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.ClassDef | None]]:
    """Give every node of a file with the innermost class around it."""
    todo: list[tuple[ast.AST, ast.ClassDef | None]] = [(tree, None)]
    while todo:
        node, around = todo.pop()
        inner = node if isinstance(node, ast.ClassDef) else around
        for child in ast.iter_child_nodes(node):
            yield child, inner
            todo.append((child, inner))


def class_of(node: ast.ClassDef, parts: list[ast.AST]) -> Class:
    """Return what a class says of itself; `parts` are the nodes in it."""
    options = [
        keyword.arg
        for call in (*node.decorator_list, node)
        if isinstance(call, ast.Call | ast.ClassDef)
        for keyword in call.keywords
    ]
    makers = [ast.unparse(part) for part in (*node.decorator_list, *node.bases)]
    hints = [part.annotation for part in parts if isinstance(part, ast.AnnAssign | ast.arg)]
    hints += [part.returns for part in parts if isinstance(part, ast.FunctionDef)]
    return Class(
        is_record="frozen" not in options
        and any(maker.startswith(("dataclass", "msgspec.Struct", "Struct")) for maker in makers),
        fields=frozenset(
            part.target.id
            for part in node.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        ),
        assigned=frozenset(
            part.attr
            for part in parts
            if isinstance(part, ast.Attribute)
            and isinstance(part.ctx, ast.Store)
            and isinstance(part.value, ast.Name)
            and part.value.id == "self"
        ),
        methods=frozenset(
            part.name
            for part in node.body
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        ),
        mentions=frozenset(
            part.id
            for hint in (*hints, *node.bases)
            if hint is not None
            for part in ast.walk(hint)
            if isinstance(part, ast.Name)
        ),
    )
