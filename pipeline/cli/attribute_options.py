"""`--attr NAME=VALUE`: what was typed as conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.errors import QueryError
from pipeline.types import AttributeFilter

_FORM = re.compile(r"\s*([^=!:]+?)\s*(!?=)\s*([^=!:]+?)\s*(?::\s*([0-9.]+)\s*)?")


def parse_filters(typed: Sequence[str]) -> tuple[AttributeFilter, ...]:
    """Conditions of `--attr` options.

    Raises:
        QueryError: if one is of another form, or its bar is no probability.
    """
    return tuple(_parsed(text) for text in typed)


def _parsed(text: str) -> AttributeFilter:
    match = _FORM.fullmatch(text)
    if match is None:
        raise QueryError(f"--attr {text!r}: expected NAME=VALUE or NAME!=VALUE, such as upper=red or upper=red:0.3")
    name, sign, value, bar = match.groups()
    try:
        least = 0.5 if bar is None else float(bar)
    except ValueError:
        least = -1
    if not 0 < least <= 1:
        raise QueryError(f"--attr {text!r}: the bar must be a probability above 0 and at most 1, such as 0.3")
    return AttributeFilter(name, value, sign == "!=", least)
