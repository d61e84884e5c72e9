"""The outcome of a measurement: averages over queries, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reid.evaluation.bootstrap import interval_of_mean
from reid.evaluation.precision_recall import Curves
from reid.evaluation.ranking import Ints, Ranking

RANKS = (1, 5, 10)
CURVE = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A share in 0..1 with the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The outcome of one measurement.

    Attributes:
        name: the data set, or the part of it that is searched; figures of one name can be compared.
        queries: how many queries count.
        ignored: how many have no right picture in the gallery, and do not count.
        people: how many identities the queries show.
        gallery: pictures that are searched, junk included.
        measures: name -> figure: rank-1, rank-5, rank-10, mAP, mINP, R-precision.
        cmc: share found within the first 1, 2, ... places.
        notices: what to tell beside the figures.
        curves: precision over recall and distribution of scores; None where scores of two queries, or of two parts of
            one list, mean different things.
        variant: what was done besides, such as re-ranking; empty for a plain search.
    """

    name: str
    queries: int
    ignored: int
    people: int
    gallery: int
    measures: Mapping[str, Figure]
    cmc: tuple[float, ...]
    notices: tuple[str, ...] = ()
    curves: Curves | None = None
    variant: str = ""


def summarise(
    name: str,
    ranking: Ranking,
    query_identities: Ints,
    gallery: int,
    notices: Sequence[str] = (),
    curves: Curves | None = None,
    variant: str = "",
) -> Figures:
    """Averages over queries, with intervals over the people that the queries show.

    Args:
        name: the data set.
        ranking: what each query found.
        query_identities: (Q,) whom each of all the queries shows.
        gallery: how many pictures were searched.
        notices: what to tell beside the figures.
        curves: of the same ranking.
        variant: what was done besides.

    Raises:
        ValueError: if no query counts.
    """
    cmc = ranking.cmc(min(CURVE, gallery))
    columns = {f"rank-{rank}": ranking.found_within(rank) for rank in RANKS}
    columns |= {"mAP": ranking.average_precision, "mINP": ranking.inverse_penalty, "R-precision": ranking.r_precision}
    values = np.stack(list(columns.values()), axis=1)  # (V, 6)
    people = query_identities[ranking.queries]
    low, high = interval_of_mean(values, people)
    ends = zip(values.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    return Figures(
        name=name,
        queries=len(ranking),
        ignored=ranking.ignored,
        people=len(np.unique(people)),
        gallery=gallery,
        measures={measure: Figure(*row) for measure, row in zip(columns, ends, strict=True)},
        cmc=tuple(cmc.tolist()),
        notices=tuple(notices),
        curves=curves,
        variant=variant,
    )
