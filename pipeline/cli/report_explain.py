"""Why a hit was found, as a drawing for the report: its crop in strips, and beside each strip the words that met it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pipeline.cli.evidence import LEAST, Panel
from pipeline.cli.render import printable
from pipeline.cli.report_media import Pictures
from pipeline.types import Hit

LEGEND = (
    " The drawings show which words, or which strips of the picture asked with, met which strips of the best crop: "
    "blue speaks for the hit, orange against it, by as much as the colour is full; what is struck out counts nowhere. "
    "The crop fades where the sum of a row is small, and keeps its colours where it is great."
)
_ROW, _COLUMN, _GAP = 24, 30, 2  # pixels
_LETTER, _LETTERS = 4.4, 18  # height of a slanted letter in pixels, a guess at the font's mean; letters at most
_FOG, _TINT = 0.8, 0.6  # opacity of the thickest fog, and of the strongest tint over a strip that speaks against


def evidence(hit: Hit, tables: Sequence[Panel], pictures: Pictures) -> str:
    """The drawings of a hit as HTML; nothing for one that is not explained."""
    drawn = "".join(_figure(hit, table, pictures) for table in tables)
    return f'<div class="why">{drawn}</div>' if drawn else ""


def _figure(hit: Hit, panel: Panel, pictures: Pictures) -> str:
    strips, names = len(panel.totals), [_short(name) for name in panel.names]
    tall = _ROW * strips
    wide = round(tall * (hit.best.box[2] - hit.best.box[0]) / max(1.0, hit.best.box[3] - hit.best.box[1]))
    label = 18 if panel.of_picture else 14 + round(_LETTER * max(map(len, names)))  # pixels above the crop
    left = wide + 12
    crop = pictures.stored(hit.best.path, height=2 * tall) or ""
    parts = [f'<image href="{crop}" y="{label}" width="{wide}" height="{tall}" preserveAspectRatio="none"/>']
    most = max(1.0, *(abs(total) for total in panel.totals))
    for strip, total in enumerate(panel.totals):
        top = label + _ROW * strip
        # fog and not a tint: a blue one would make a red coat purple
        parts.append(_rect("fog", 0, top, wide, _ROW, _FOG * (1 - max(0.0, total) / most)))
        if total < 0:
            parts.append(_rect("against", 0, top, wide, _ROW, -total / most * _TINT))
        for column, cells in enumerate(panel.cells):
            x = left + _COLUMN * column
            parts.append(_rect("cell", x, top, _COLUMN - _GAP, _ROW - _GAP, 1))
            if abs(cells[strip]) >= LEAST:
                sign = "for" if cells[strip] > 0 else "against"
                parts.append(_rect(sign, x, top, _COLUMN - _GAP, _ROW - _GAP, abs(cells[strip])))
    for column, name in enumerate(names):
        place = f"translate({left + _COLUMN * column + 11} {label - 6})" + " rotate(-45)" * (not panel.of_picture)
        quiet = "" if panel.counts(column) else ' class="quiet"'
        anchor = ' text-anchor="middle"' if panel.of_picture else ""
        parts.append(f'<text transform="{place}"{anchor}{quiet}>{escape(name)}</text>')
    width = left + _COLUMN * len(names) + (0 if panel.of_picture else label - 14)
    what = "strips of the picture" if panel.of_picture else "words"
    where = "in the first search" if hit.match is not None else ""
    return (
        f'<figure><svg width="{width}" height="{label + tall}" viewBox="0 0 {width} {label + tall}" '
        f'role="img" aria-label="Hit {panel.rank}: {escape(_said(panel))}">{"".join(parts)}</svg>'
        f"<figcaption>{what}, by strips of the crop {where}</figcaption></figure>"
    )


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"


def _rect(kind: str, x: int, y: int, width: int, height: int, amount: float) -> str:
    size = f'width="{width}" height="{height}"'
    return f'<rect class="{kind}" x="{x}" y="{y}" {size} fill-opacity="{amount:.2f}"/>'


def _said(panel: Panel) -> str:
    """The drawing in words: where each row is strongest."""
    told = []
    for row, (name, cells) in enumerate(zip(panel.names, panel.cells, strict=True)):
        best = max(cells)
        where = f"most in strip {cells.index(best) + 1}" if best >= LEAST else "only against"
        told.append(f"{printable(name)} {where if panel.counts(row) else 'counts nowhere'}")
    return ("strip " if panel.of_picture else "") + "; ".join(told)
