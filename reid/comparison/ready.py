"""Rows beside the methods: the weights that ship, and what a re-identification must beat."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from reid import checkpoint, registry
from reid.comparison.method import IMAGE, TEXT, Method

_SHIPPED = {IMAGE: "appearance", TEXT: "language"}


def shipped(kind: str, configs: Path) -> Method:
    """The weights that ship for a kind, as a method that is trained already.

    Args:
        kind: IMAGE or TEXT.
        configs: folder of the configurations.
    """
    name = _SHIPPED[kind]
    folder = registry.default_weights(name)
    card = checkpoint.read_card(folder)
    module = registry.NETWORKS[card["network"]["name"]].partition(":")[0]
    path = configs / f"{name}.yaml"
    return Method(
        kind=kind,
        name="shipped weights",
        path=path if path.is_file() else None,
        title="what reidpipe searches with; other data and another budget than those above",
        code=module.replace(".", "/") + ".py",
        config=card.get("config"),
        checkpoint=str(folder),
    )


def baseline() -> Method | None:
    """A colour histogram, which learns nothing; None if this installation has none."""
    module = "reid.evaluation.histogram"
    if find_spec(module) is None:
        return None
    return Method(
        IMAGE,
        "histogram",
        None,
        "colours in six stripes; nothing is learnt",
        module.replace(".", "/") + ".py",
        checkpoint="histogram",
    )
