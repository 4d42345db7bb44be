"""Regression trees as plain data."""

from __future__ import annotations

from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LEAF: Final = -1


class Tree(BaseModel):
    """One tree. Its nodes are columns; the first one is the root, children come after parents."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    feature: tuple[int, ...] = Field(min_length=1)
    """Number of the figure that a node asks for; LEAF where it asks for none."""
    limit: tuple[float, ...]
    """Figures up to this go to `left`, others to `right`; not standardised."""
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    """What a leaf adds to the score."""

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        columns = (self.feature, self.limit, self.left, self.right, self.value)
        if len({len(column) for column in columns}) != 1:
            raise ValueError("the columns of a tree have one length")
        for node, feature in enumerate(self.feature):
            if feature == LEAF:
                continue
            children = (self.left[node], self.right[node])
            if not all(node < child < len(self.feature) for child in children):
                raise ValueError(f"node {node} of a tree has children that do not come after it")
        return self
