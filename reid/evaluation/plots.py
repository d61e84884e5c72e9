"""Curves of measurements as pictures, by matplotlib without a display.

Each function draws one plot and returns its file's bytes; no picture of a person is ever shown.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from reid.evaluation.figures import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Format = Literal["svg", "png"]
Series = Sequence[tuple[str, Figures]]  # what it is called, and its figures

# Okabe and Ito (2008): told apart by everyone; the pale yellow is left out
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_STYLES = ("-", "--", ":", "-.")
_SOFT = "#5b6470"
_SIZE = (4.7, 3.4)  # inches


def cmc(series: Series, form: Format = "svg") -> bytes:
    """Share of queries whose person is within the first 1, 2, ... places."""

    from matplotlib.ticker import MaxNLocator

    def draw(axes: Axes) -> None:
        for place, (label, figures) in enumerate(series):
            shares = 100 * np.asarray(figures.cmc)
            axes.plot(np.arange(1, len(shares) + 1), shares, label=label, **_style(place))
        longest = max(len(figures.cmc) for _, figures in series)
        axes.set_xlim(1, max(2, longest))
        if longest >= 10:
            axes.set_xticks([1, *range(10, longest + 1, 10)])
        lowest = min(figures.cmc[0] for _, figures in series)
        axes.set_ylim(np.floor(10 * lowest) * 10 if lowest < 1 else 0, 101)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("rank")
        axes.set_ylabel("found within it, %")
        axes.legend(loc="lower right")

    return _plot(draw, form)


def precision_recall(series: Series, kind: Literal["per_query", "all_pairs"], form: Format = "svg") -> bytes:
    """Precision over recall, of each query's list on average or of all pairs under one threshold.

    Raises:
        ValueError: if none of the series has curves.
    """
    known = [
        (place, label, figures.curves) for place, (label, figures) in enumerate(series) if figures.curves is not None
    ]
    if not known:
        raise ValueError("no curves to draw")

    def draw(axes: Axes) -> None:
        for place, label, curves in known:
            precision = curves.per_query if kind == "per_query" else curves.all_pairs
            area = curves.per_query_area if kind == "per_query" else curves.all_pairs_area
            x, y = 100 * np.asarray(curves.recall), 100 * np.asarray(precision)
            axes.plot(x, y, label=f"{label} ({100 * area:.1f})", **_style(place))
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 101)
        axes.set_xlabel("recall, %")
        axes.set_ylabel("precision, %")
        axes.legend(loc="best", title="area, %")

    return _plot(draw, form)


def score_histogram(figures: Figures, form: Format = "svg") -> bytes:
    """How the scores of right and of wrong pairs are distributed, each group by itself.

    Raises:
        ValueError: if there are no curves.
    """
    curves = figures.curves
    if curves is None:
        raise ValueError("no curves to draw")

    def draw(axes: Axes) -> None:
        edges = np.asarray(curves.edges)
        for colour, label, shares in (
            ("#d55e00", "wrong pairs", curves.wrong),
            ("#0072b2", "right pairs", curves.right),
        ):
            heights = 100 * np.asarray(shares)
            axes.stairs(heights, edges, fill=True, color=colour, alpha=0.35)
            axes.stairs(heights, edges, color=colour, linewidth=1.4, label=label)
        axes.set_xlim(float(edges[0]), float(edges[-1]))
        axes.set_ylim(0, None)
        axes.set_xlabel("score")
        axes.set_ylabel("share of the group, %")
        axes.legend(loc="best")

    return _plot(draw, form)


def _style(place: int) -> dict[str, Any]:
    """Colour and stroke of the n-th series: never the same pair twice among the first 28."""
    colour = _COLOURS[place % len(_COLOURS)]
    return {"color": colour, "linestyle": _STYLES[(place // len(_COLOURS)) % len(_STYLES)], "linewidth": 1.8}


def _plot(draw: Callable[[Axes], None], form: Format) -> bytes:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    look: Any = {
        "font.size": 10,
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
        "axes.edgecolor": "#c3c9d1",
        "axes.labelcolor": _SOFT,
        "xtick.color": _SOFT,
        "ytick.color": _SOFT,
        "axes.grid": True,
        "grid.color": "#e6eaef",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.fontsize": 9,
        "legend.title_fontsize": 9,
        "legend.framealpha": 0.9,
        "legend.edgecolor": "#dfe3e8",
        "svg.hashsalt": "reidpipe",  # the same figures give the same file
    }
    with rc_context(look):
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(figure.subplots())
        target = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {}
        figure.savefig(target, format=form, dpi=150, metadata=metadata)
    return target.getvalue()
