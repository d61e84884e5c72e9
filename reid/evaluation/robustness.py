"""How well people are found by pictures that footage has spoilt: queries are degraded, the gallery stays as it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from reid.data.degradation import DEGRADATIONS, degraded
from reid.evaluation.figures import Figures
from reid.evaluation.measure import Encoded, Step, encode_pictures, figures_of
from reid.evaluation.protocols import Trial
from reid.types import ImageEncoder

NOTICE = "rows named after a degradation: the queries are degraded, the gallery is not"


def measure_robustness(
    encoder: ImageEncoder,
    trial: Trial,
    encoded: Encoded,
    *,
    batch: int = 64,
    on_step: Step | None = None,
    seed: int = 0,
) -> list[Figures]:
    """The figures of a trial under each degradation of its queries.

    Args:
        encoder: turns pictures into vectors.
        trial: which pictures.
        encoded: the vectors of the trial as it is; those of the gallery are used.
        batch: pictures at a time.
        on_step: told how many queries were just encoded.
        seed: of what is drawn by chance in a degradation.

    Returns:
        One for each of DEGRADATIONS, whose name is its variant; without curves.
    """
    found = []
    for name in DEGRADATIONS:
        change = partial(degraded, name=name, seed=seed)
        queries = encode_pictures(encoder, trial.query, batch=batch, on_step=on_step, change=change)
        figures = figures_of(trial, replace(encoded, queries=queries, notices=(*encoded.notices, NOTICE)))
        found.append(replace(figures, variant=name, curves=None))
    return found
