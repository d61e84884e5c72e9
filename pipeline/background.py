"""How probable hits are, judged by what everybody in the gallery scores; see `reid.evaluation.background`.

The background is that of the whole gallery, whatever cameras and times are asked for: it says what strangers score
under these cameras, which the few tracklets of a narrow window cannot. What a filter leaves does count as the number of
strangers that could be taken for the person: who looks at ten tracklets is less easily misled than who looks at ten
thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Floats, Space, Window
from reid.evaluation.background import RIVALS as RIVALS
from reid.evaluation.background import BackgroundCalibration, against, log_odds, sigmoid

if TYPE_CHECKING:
    from pipeline.gallery import Gallery

MOST = 20_000  # tracklets whose scores are looked at; of a larger gallery a random sample, always the same

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of a question: where to look, its vector (D,), and what its cosines mean."""

    space: Space
    vector: Floats
    calibration: BackgroundCalibration


class Judge:
    """Says how probable the candidates of one question are.

    Args:
        gallery: where they were found.
        parts: of the question; at least one.
        cameras, window: the filter of the question.
    """

    def __init__(self, gallery: Gallery, parts: Sequence[Part], cameras: Sequence[str], window: Window) -> None:
        self._gallery = gallery
        self._parts = parts
        self._size = gallery.count(cameras=cameras, window=window)
        self._backgrounds = [
            part.calibration.background(gallery.background(part.space, part.vector, MOST), self._size) for part in parts
        ]

    @property
    def found_at(self) -> float:
        """The probability from which a hit counts as found, where the user names none."""
        return max(part.calibration.found_at for part in self._parts)

    def log_odds(self, cosines: Sequence[Doubles]) -> Doubles:
        """(N,) of each candidate for itself.

        Args:
            cosines: one (N,) for each part.
        """
        told = [
            part.calibration.evidence(cosine, background)
            for part, cosine, background in zip(self._parts, cosines, self._backgrounds, strict=True)
        ]
        return log_odds([part.calibration for part in self._parts], told, self._size)

    def probabilities(self, own: Doubles, ids: Sequence[int]) -> Doubles:
        """(N,) of all candidates together.

        Args:
            own: (N,) of `log_odds`, in the order of the ranking.
            ids: their tracklets.

        Returns:
            Probabilities that never rise from one rank to the next: what is ranked lower is not told to be surer.
        """
        one = next((part for part in self._parts if part.calibration.rivals), None)
        logits = own
        if one is not None and len(ids):
            vectors = self._gallery.vectors(one.space, ids)
            different = one.calibration.different(vectors, vectors[:RIVALS])
            logits = against(own, own[:RIVALS], different)
        return np.minimum.accumulate(sigmoid(logits))
