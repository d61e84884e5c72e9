"""A report of measurements: what was measured on what, the figures with intervals, the curves. HTML or Markdown.

The HTML needs nothing beside it. No picture of a person is in it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from reid.data.degradation import DEGRADATIONS
from reid.evaluation import plots
from reid.evaluation.figures import Figure, Figures

FORMATS = (".html", ".htm", ".md")
_DEFINITIONS = (
    ("rank-N", "share of queries with a right picture among the first N; over all N it is the CMC curve"),
    ("mAP", "mean over queries of the mean precision at each right picture"),
    ("mINP", "number of right pictures / rank of the last one, mean over queries"),
    ("R-precision", "share of right pictures among the first R, where R is how many there are"),
    ("interval", "95 %, bootstrap over people: each is drawn with all of their queries"),
    ("precision per query", "the best precision at that recall or more, mean over the lists of all queries"),
    ("precision of all pairs", "one threshold for the scores of all queries; chance is the share of right pairs"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One measurement of one checkpoint.

    Attributes:
        label: what the checkpoint is called in tables and plots.
        about: what it is, as `about_card` tells; name -> text.
        figures: what was measured.
    """

    label: str
    about: Mapping[str, str]
    figures: Figures


def about_card(card: Mapping[str, Any]) -> dict[str, str]:
    """What a reader of figures wants to know of a checkpoint, from its card; what the card does not say is left out."""
    size = card["preprocess"]
    digest = str(card["files"].get("weights.safetensors", ""))[:16]
    said = {
        "kind": card["kind"],
        "network": card["network"]["name"],
        "input": f"{size['height']} x {size['width']} pixels" if "height" in size else None,
        "trained on": ", ".join(f"{name} ({what})" for name, what in dict(card.get("data") or {}).items()),
        "backbone": card.get("backbone"),
        "teacher": card.get("teacher"),
        "seed": card.get("seed"),
        "weights": digest,
        "use": card.get("use"),
    }
    return {name: str(text) for name, text in said.items() if text not in (None, "")}


def write_report(path: Path, entries: Sequence[Entry], command: str = "") -> list[Path]:
    """Write a report; the file appears whole or not at all.

    Args:
        path: ends in .html, .htm or .md; a Markdown report has its plots beside it as PNG.
        entries: what was measured, in the order in which it is to be shown.
        command: what made it, to be shown.

    Returns:
        The files that were written, the report last.

    Raises:
        ValueError: if the file's name has another ending, or there is nothing to report.
        OSError: if a file cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: a report ends in .html or .md")
    if not entries:
        raise ValueError("nothing was measured: there is nothing to report")
    if path.suffix.lower() == ".md":
        text, pictures = markdown(entries, path.stem, command)
    else:
        text, pictures = page(entries, command), {}
    written = []
    for name, data in pictures.items():
        written.append(_write(path.with_name(name), data))
    written.append(_write(path, text.encode()))
    return written


def page(entries: Sequence[Entry], command: str = "") -> str:
    """The report as HTML."""
    template = Template(files("reid.evaluation").joinpath("report.html").read_text(encoding="utf-8"))
    sections = []
    for name, group in _by_name(entries).items():
        rows = "".join(_html_row(entry) for entry in group)
        heads = "".join(f"<th>{escape(measure)}</th>" for measure in group[0].figures.measures)
        shown = "".join(_html_plot(title, draw("svg")) for _, title, draw in _plots(group))
        notes = "".join(f"<p>{escape(text)}</p>" for text in _notices(group))
        sections.append(
            f"<section><h2>{escape(name)}</h2><p class=soft>{escape(_searched(group[0].figures))}</p>"
            f"{f'<div class=notices>{notes}</div>' if notes else ''}"
            f"<div class=wide><table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
            f"<div class=plots>{shown}</div></section>"
        )
    return template.substitute(
        checkpoints="".join(
            f"<article><h3>{escape(label)}</h3><dl>"
            + "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in about.items())
            + "</dl></article>"
            for label, about in _checkpoints(entries).items()
        ),
        sections="".join(sections),
        definitions="".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in _DEFINITIONS),
        command=f"<pre>{escape(command)}</pre>" if command else "",
        date=date.today().isoformat(),
    )


def markdown(entries: Sequence[Entry], stem: str, command: str = "") -> tuple[str, dict[str, bytes]]:
    """The report as Markdown, and its pictures: file name -> PNG; the names begin with `stem`."""
    pictures: dict[str, bytes] = {}
    lines = ["# How well people are found again", ""]
    if command:
        lines += [f"    {command}", ""]
    for label, about in _checkpoints(entries).items():
        lines += [f"**{_plain(label)}**: " + "; ".join(f"{name} {_plain(text)}" for name, text in about.items()), ""]
    for number, (name, group) in enumerate(_by_name(entries).items(), 1):
        lines += [f"## {_plain(name)}", "", _searched(group[0].figures), ""]
        lines += [f"> {_plain(text)}" for text in _notices(group)] + [""] * bool(_notices(group))
        measures = list(group[0].figures.measures)
        lines += ["| | " + " | ".join(measures) + " |", "|---" * (len(measures) + 1) + "|"]
        for entry in group:
            cells = [_percent(figure) + f" ({_interval(figure)})" for figure in entry.figures.measures.values()]
            lines.append(f"| {_plain(_series_name(entry))} | " + " | ".join(cells) + " |")
        lines.append("")
        for key, title, draw in _plots(group):
            file = f"{stem}-{number}-{key}.png"
            pictures[file] = draw("png")
            lines += [f"![{_plain(title)}]({file})", ""]
    lines += ["## What the figures are", "", "All in percent.", ""]
    lines += [f"- **{name}**: {text}" for name, text in _DEFINITIONS]
    return "\n".join(lines) + "\n", pictures


def _by_name(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.figures.name, []).append(entry)
    return groups


def _checkpoints(entries: Sequence[Entry]) -> dict[str, Mapping[str, str]]:
    return {entry.label: entry.about for entry in entries}


def _series_name(entry: Entry) -> str:
    return f"{entry.label}, {entry.figures.variant}" if entry.figures.variant else entry.label


def _plots(group: Sequence[Entry]) -> list[tuple[str, str, Callable[[plots.Format], bytes]]]:
    """Key, title and drawing of each plot of one data set."""
    # a curve for each degradation would hide the others
    series = [(_series_name(entry), entry.figures) for entry in group if entry.figures.variant not in DEGRADATIONS]
    found: list[tuple[str, str, Callable[[plots.Format], bytes]]] = [
        ("cmc", "CMC: found within the first N", lambda form: plots.cmc(series, form))
    ]
    curved = [(label, figures) for label, figures in series if figures.curves is not None]
    if curved:
        found += [
            (
                "recall",
                "Precision and recall, per query",
                lambda form: plots.precision_recall(series, "per_query", form),
            ),
            (
                "pairs",
                "Precision and recall, all pairs",
                lambda form: plots.precision_recall(series, "all_pairs", form),
            ),
        ]
    for number, (label, figures) in enumerate(curved, 1):

        def histogram(form: plots.Format, figures: Figures = figures) -> bytes:
            return plots.score_histogram(figures, form)

        found.append((f"scores-{number}", f"Scores of {label}", histogram))
    return found


def _searched(figures: Figures) -> str:
    ignored = f"; {figures.ignored:,} more have nothing to find and do not count" if figures.ignored else ""
    return (
        f"{figures.queries:,} queries of {figures.people:,} people in a gallery of {figures.gallery:,}{ignored}. "
        "Percent, with 95 % intervals."
    )


def _notices(group: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(text for entry in group for text in entry.figures.notices))


def _html_row(entry: Entry) -> str:
    cells = "".join(
        f"<td>{_percent(figure)}<small>{_interval(figure)}</small></td>" for figure in entry.figures.measures.values()
    )
    return f"<tr><th>{escape(_series_name(entry))}</th>{cells}</tr>"


def _html_plot(title: str, svg: bytes) -> str:
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
    return f'<figure><figcaption>{escape(title)}</figcaption><img alt="{escape(title)}" src="{source}"></figure>'


def _percent(figure: Figure) -> str:
    return f"{100 * figure.value:.1f}"


def _interval(figure: Figure) -> str:
    return f"{100 * figure.low:.1f}-{100 * figure.high:.1f}"


def _plain(text: str) -> str:
    """Text that is no Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text.replace("\n", " "))


def _write(path: Path, data: bytes) -> Path:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
    return path
