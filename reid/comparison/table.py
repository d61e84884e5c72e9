"""The document: one table of picture methods, one of text methods, how they were made, and what to think of them."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reid.comparison.folder import ACROSS, COST, FIGURES, SHORTLIST, MethodFolder, measures
from reid.comparison.method import IMAGE, TEXT, Method
from reid.comparison.reading import READING

NONE = "–"
_DASH = "\u2060–\u2060"  # no line may end beside it
_TITLES = {IMAGE: "Picture to picture", TEXT: "Sentence to picture"}
_PROJECT = Path(__file__).resolve().parents[2]
_RULEBOOK = _PROJECT / "docs" / "EVALUATION.md"
_RULES = {"left": ":--", "right": "--:"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and what it shows of a method.

    Attributes:
        head: in as few letters as can be.
        cell: of a method's folder; "" where there is nothing to show.
        value: what the best of a column is found by, higher is better; None where there is no best.
        align: left or right.
    """

    head: str
    cell: Callable[[MethodFolder], str]
    value: Callable[[MethodFolder], float | None] | None = None
    align: str = "right"


def document(
    folders: Sequence[MethodFolder], *, command: str, facts: Mapping[str, str], remarks: Mapping[str, str], at: Path
) -> str:
    """The whole document in Markdown.

    Args:
        folders: of the methods, in the order of the rows.
        command: that made it.
        facts: name -> text, such as the date and the machine.
        remarks: name of a method, or ``kind/name``, -> what to say of it.
        at: where the document will lie; links are relative to it.
    """
    parts = [
        "# Every method on the same data\n",
        "Made by one command from real runs; no figure is typed by hand. How to read it is told "
        f"[below](#how-to-read-it), by which rules is measured in [EVALUATION.md]({_relative(_RULEBOOK, at)}).\n",
        f"```sh\n{command}\n```\n",
        "\n".join(f"- **{name}**: {text}" for name, text in facts.items()) + "\n",
    ]
    for kind in (IMAGE, TEXT):
        rows = [folder for folder in folders if folder.method.kind == kind]
        if rows:
            parts.append(f"## {_TITLES[kind]}\n\n{_budget(rows)}\n\n{table(rows, at)}\n")
            parts.append(_remarks(rows, remarks))
    parts.append(READING)
    return "\n".join(part for part in parts if part)


def table(folders: Sequence[MethodFolder], at: Path) -> str:
    """The methods of one kind as a table; the best figure of a column is bold."""
    columns = _columns(folders, at)
    best = [_best(column, folders) for column in columns]
    # hyphens and spaces of the heads at which no line may end
    heads = [column.head.replace("-", "\u2011").replace(" ", "\u00a0") for column in columns]
    lines = [heads, [_RULES[column.align] for column in columns]]
    for folder in folders:
        cells = []
        for column, winner in zip(columns, best, strict=True):
            text = column.cell(folder) or NONE
            value, mark, rest = text.partition("<br>")
            cells.append(f"**{value}**{mark}{rest}" if folder is winner and text != NONE else text)
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _columns(folders: Sequence[MethodFolder], at: Path) -> list[Column]:
    """Those that say something: what nobody has is left out, and the seed where all have the same."""
    columns = [
        Column("method", lambda f: _below(_link(f.method, at), _code(f.method, at)), align="left"),
        Column("rank-1", _rank_1, lambda f: _share(f, FIGURES, "rank-1")),
        *(_figure(measure.replace("rank", "R"), measure) for measure in ("rank-5", "rank-10", "mAP", "mINP")),
        *(_elsewhere(name) for name in _further(folders)),
        Column("re-ranked", _short_list, lambda f: _share(f, SHORTLIST, "rank-1")),
        Column("params", lambda f: _unit(_scaled(f, "parameters", 1e6, 2), "M")),
        Column("GFLOPs", lambda f: _below(_scaled(f, "picture_flops", 1e9, 2), _pair(f, "pair_flops", 1e6, 1, "M"))),
        Column("ms", lambda f: _below(_scaled(f, "picture_ms", 1, 1), _pair(f, "pair_ms", 1, 2))),
        Column("min", lambda f: _number(f.minutes(), 1)),
        Column("epochs", lambda f: _below(_whole(f.method.epochs), _seen(f.pictures()))),
    ]
    if len({folder.method.seed for folder in folders if _is_trained_here(folder)}) > 1:
        columns.append(Column("seed", lambda f: _whole(f.method.seed)))
    return [column for column in columns if any(column.cell(folder) for folder in folders)]


def _is_trained_here(folder: MethodFolder) -> bool:
    return folder.method.checkpoint is None and folder.method.config is not None


def _figure(head: str, measure: str) -> Column:
    def value(folder: MethodFolder) -> float | None:
        return _share(folder, FIGURES, measure)

    return Column(head, lambda folder: _percent(value(folder)), value)


def _further(folders: Sequence[MethodFolder]) -> list[str]:
    """Names of the data sets beside the one that all are compared on."""
    found = (folder.read(ACROSS) or {} for folder in folders)
    return list(dict.fromkeys(figure["name"] for content in found for figure in content.get("figures", ())))


def _elsewhere(name: str) -> Column:
    def value(folder: MethodFolder) -> float | None:
        return ((measures(folder, ACROSS, name) or {}).get("rank-1") or {}).get("value")

    def cell(folder: MethodFolder) -> str:
        found = (measures(folder, ACROSS, name) or {}).get("rank-1")
        return "" if found is None else _with_interval(found)

    return Column(name, cell, value)


def _best(column: Column, folders: Sequence[MethodFolder]) -> MethodFolder | None:
    """Who is best, among those that were trained for this comparison."""
    found = [(value, f) for f in folders if column.value and not f.method.checkpoint and (value := column.value(f))]
    return max(found, key=lambda pair: pair[0])[1] if len(found) > 1 else None


def _below(first: str, second: str) -> str:
    """Two things in one cell, the second smaller."""
    return f"{first}<br><sub>{second}</sub>" if first and second else first or second


def _rank_1(folder: MethodFolder) -> str:
    if (failure := folder.failure()) is not None and measures(folder, FIGURES) is None:
        return f"{failure['step']} failed"
    found = (measures(folder, FIGURES) or {}).get("rank-1")
    if found is None:
        return ""
    return _with_interval(found)


def _with_interval(found: Mapping[str, float]) -> str:
    return _below(f"{100 * found['value']:.1f}", f"{100 * found['low']:.1f}{_DASH}{100 * found['high']:.1f}")


def _short_list(folder: MethodFolder) -> str:
    mean = _percent(_share(folder, SHORTLIST, "mAP"))
    return _below(_percent(_share(folder, SHORTLIST, "rank-1")), f"mAP\u00a0{mean}" if mean else "")


def _share(folder: MethodFolder, file: str, measure: str) -> float | None:
    found = (measures(folder, file) or {}).get(measure)
    return None if found is None else found["value"]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def _scaled(folder: MethodFolder, key: str, unit: float, digits: int) -> str:
    cost: Any = folder.read(COST) or {}
    value = cost.get(key)
    return _number(None if value is None else value / unit, digits)


def _pair(folder: MethodFolder, key: str, unit: float, digits: int, name: str = "") -> str:
    told = _unit(_scaled(folder, key, unit, digits), name)
    return f"+{told}" if told else ""


def _unit(number: str, name: str) -> str:
    return f"{number}\u00a0{name}" if number and name else number


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _seen(pictures: int | None) -> str:
    return "" if pictures is None else f"{pictures / 1000:.0f}\u00a0k"


def _link(method: Method, at: Path) -> str:
    name = _plain(method.name).replace("_", "\\_")
    if method.path is None:
        return name
    title = _plain(method.title).replace('"', "'")
    return f'[{name}]({_relative(method.path, at)} "{title}")' if title else f"[{name}]({_relative(method.path, at)})"


def _code(method: Method, at: Path) -> str:
    if not method.code:
        return ""
    return f"[{Path(method.code).name}]({_relative(_PROJECT / method.code, at)})"


def _relative(path: Path, at: Path) -> str:
    return Path(os.path.relpath(path.resolve(), at.resolve().parent)).as_posix()


def _plain(text: str) -> str:
    """Text that a table's cell can hold."""
    return re.sub(r"[|\[\]<>`*]", " ", " ".join(text.split()))


def _budget(folders: Sequence[MethodFolder]) -> str:
    """What the trained methods have in common, and how many have something else."""
    trained = [folder.method for folder in folders if folder.method.checkpoint is None and folder.method.config]
    told: dict[str, list[str | None]] = {
        "backbone": [method.backbone for method in trained],
        "input": [method.size and f"{method.size} pixels" for method in trained],
        "pictures in a batch": [None if method.batch is None else str(method.batch) for method in trained],
        "epochs": [str(method.epochs) for method in trained],
        "seed": [str(method.seed) for method in trained],
    }
    return "; ".join(f"{name} {_common(values)}" for name, values in told.items() if any(values)).capitalize() + "."


def _common(values: Sequence[str | None]) -> str:
    counts = Counter(value for value in values if value).most_common()
    if len(counts) == 1:
        return counts[0][0]
    return ", ".join(f"{value} ({count} methods)" if count > 1 else f"{value} (1 method)" for value, count in counts)


def _remarks(folders: Sequence[MethodFolder], remarks: Mapping[str, str]) -> str:
    lines = []
    for folder in folders:
        method, failure = folder.method, folder.failure()
        said = [remarks.get(f"{method.kind}/{method.name}") or remarks.get(method.name) or ""]
        if failure is not None:
            said.append(f"{failure['step']} failed: {failure['reason']}")
        if text := " ".join(part for part in said if part):
            lines.append(f"- **{method.name}**: {' '.join(text.split())}")
    return "### Remarks\n\n" + "\n".join(lines) + "\n" if lines else ""
