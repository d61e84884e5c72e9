"""Says of each hit why it was found: which words, or which strips of the picture asked with, met which of its strips.

It looks at a hit's best crop only, where the score is that of the mean of several: what the others show is not told. A
hit that a matcher placed is explained as the search before it had scored it; the matcher's own words stand in its
`Match`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.media import read_located
from pipeline.search import Answer
from pipeline.types import Evidence, Floats, Image, Query
from reid.explaining import interactions, probe_effects, strip_effects, word_effects
from reid.types import ImageEncoder, TextEncoder

MOST = 50  # hits that are explained, the first of an answer: each takes 14 encodings

Rows = tuple[tuple[float, ...], ...]


class Explainer:
    """Explains answers.

    Args:
        language: the encoders of sentences and of pictures in the language space; None if no words were asked for.
        appearance: the encoder of the appearance space; None if no picture was asked for.
    """

    def __init__(
        self, language: tuple[TextEncoder, ImageEncoder] | None = None, appearance: ImageEncoder | None = None
    ) -> None:
        self._language = language
        self._appearance = appearance

    def explain(self, query: Query, answer: Answer) -> Answer:
        """The answer with explanations; a hit whose crop cannot be read has none.

        Args:
            query: what was asked, with its probes.
            answer: what was found.
        """
        read = {place: read_located(hit.best.path) for place, hit in enumerate(answer.hits[:MOST])}
        crops = {place: crop for place, crop in read.items() if crop is not None}
        words, matrices = self._words(query.text, crops)
        probes = self._probes(query.images, crops)
        hits = list(answer.hits)
        for place in crops:
            evidence = Evidence(words, matrices.get(place, ()), probes.get(place, ()))
            if evidence.matrix or evidence.probe:
                hits[place] = replace(hits[place], explanation=evidence)
        return replace(answer, hits=tuple(hits))

    def _words(self, text: str | None, crops: Mapping[int, Image]) -> tuple[tuple[str, ...], dict[int, Rows]]:
        if text is None or self._language is None:
            return (), {}
        reader, pictures = self._language
        words, effects = word_effects(reader, text)
        return words, _rows(effects, pictures, crops)

    def _probes(self, images: tuple[Image, ...], crops: Mapping[int, Image]) -> dict[int, Rows]:
        if not images or self._appearance is None:
            return {}
        return _rows(probe_effects(self._appearance, images), self._appearance, crops)


def _rows(asked: Floats, encoder: ImageEncoder, crops: Mapping[int, Image]) -> dict[int, Rows]:
    found = interactions(asked, strip_effects(encoder, list(crops.values())))
    return {place: tuple(map(tuple, matrix.tolist())) for place, matrix in zip(crops, found, strict=True)}
