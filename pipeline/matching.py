"""A second look: a matcher judges the best hits of a search by words once more, and puts them in its own order.

A matcher reads the sentence with each picture before it, which is too slow for a gallery but not for a short list. It
needs the crops and no vectors, so it goes with every gallery.

A tracklet's score is the mean over its best crops. The best of them would not do: the largest of several uncertain
numbers grows with how many there are, so who was seen longer would be preferred to who fits better.

Where the question holds pictures too, the matcher stands in for the words only: people are ordered by the sum of its
score and the cosine to the pictures, both standardised over the short list, as `pipeline.search` does for encoders
that are not calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError, QueryError, UnknownWords
from pipeline.media import read_located
from pipeline.search import ENGLISH, FUNCTION_WORDS, Answer, Searcher, check_question, fuse
from pipeline.types import Hit, Image, Match, Query, StoredTracklet, WordWeight
from reid.types import Captioner, Explanation, Matcher

CROPS = 3  # of a tracklet that are judged; the best come first

Doubles = NDArray[np.float64]


class MatchedSearch:
    """Searches as its searcher does, then has the first hits judged by a matcher.

    Args:
        searcher: makes the short list.
        matcher: judges it; one that can `describe` gives every hit a sentence.
        name: what answers call the matcher.
        shortlist: how many hits are judged; those behind them follow in the order of the search.
    """

    def __init__(self, searcher: Searcher, matcher: Matcher, name: str, shortlist: int = 50) -> None:
        self._searcher = searcher
        self._matcher = matcher
        self._name = name
        self._shortlist = shortlist

    def search(self, query: Query) -> Answer:
        """Find people.

        Raises:
            QueryError: if there are no words to judge by.
            UnknownWords: if the matcher knows none of them.
            ModelError: if the matcher's scores are no numbers.
            ReidpipeError: as `Searcher.search`.
        """
        check_question(query)
        check_words(query)
        assert query.text is not None
        answer = self._searcher.search(replace(query, top=max(query.top, self._shortlist)))
        near = answer.hits[: self._shortlist]
        pictures = {place: crops for place, hit in enumerate(near) if (crops := _crops(hit.tracklet))}
        scores = self._scores(query.text, pictures)
        merit = self._merit(query, [near[place] for place in pictures], scores)
        judged = {
            place: self._matched(near[place], float(score), len(pictures[place]))
            for place, score in zip(pictures, scores, strict=True)
        }
        ordered = [*_placed(near, judged, merit), *answer.hits[self._shortlist :]][: query.top]
        shown = {hit.match.first_rank - 1: hit.match for hit in ordered if hit.match is not None}
        told = self._told(query.text, {place: (match, pictures[place][0]) for place, match in shown.items()})
        hits = tuple(
            replace(hit, rank=rank, match=None if hit.match is None else told[hit.match.first_rank - 1])
            for rank, hit in enumerate(ordered, start=1)
        )
        notices = self._notices(query.text, answer, len(near) - len(pictures))
        return Answer(
            hits, answer.ignored_words, (*answer.notices, *notices), self._name, min_probability=answer.min_probability
        )

    def _scores(self, text: str, pictures: Mapping[int, Sequence[Image]]) -> Doubles:
        """(H,) the score of every hit whose pictures could be read."""
        if not pictures:
            return np.zeros(0)
        crops = [crop for several in pictures.values() for crop in several]
        try:
            scores = np.asarray(self._matcher.scores([text], crops)[0], np.float64)
        except ValueError as error:
            raise UnknownWords(f"matcher {self._name}: {error}; {ENGLISH}") from None
        if not np.isfinite(scores).all():
            raise ModelError(f"matcher {self._name} gave scores that are not finite: its weights are damaged")
        ends = np.cumsum([len(several) for several in pictures.values()])[:-1]
        return np.array([part.mean() for part in np.split(scores, ends)])

    def _merit(self, query: Query, hits: Sequence[Hit], scores: Doubles) -> Doubles:
        """(H,) what hits are ordered by: the matcher's score, and with pictures in the question theirs as well."""
        if not query.images or not hits:
            return scores
        likeness = self._searcher.likeness(query.images, [hit.tracklet.id for hit in hits])
        return fuse([scores, likeness.astype(np.float64)], [None, None])[0]

    def _matched(self, hit: Hit, score: float, crops: int) -> Hit:
        match = Match(self._name, score, crops, first_rank=hit.rank, first_probability=hit.probability)
        return replace(hit, probability=None, match=match)

    def _told(self, text: str, shown: Mapping[int, tuple[Match, Image]]) -> dict[int, Match]:
        """Sentence and decisive words, for the best crop of every hit that will be seen."""
        images = [image for _, image in shown.values()]
        sentences = self._matcher.describe(images) if images and isinstance(self._matcher, Captioner) else []
        told = {}
        for number, (place, (match, image)) in enumerate(shown.items()):
            words = _words(self._matcher.explain(text, image))
            told[place] = replace(match, sentence=sentences[number] if sentences else None, words=words)
        return told

    def _notices(self, text: str, answer: Answer, lost: int) -> list[str]:
        notices = []
        new = [word for word in self._matcher.unknown_words(text) if word.lower() not in FUNCTION_WORDS]
        if new := [word for word in new if word not in answer.ignored_words]:
            notices.append(f"not known to the matcher {self._name}: {', '.join(new)}")
        if lost:
            who = "1 hit keeps its place" if lost == 1 else f"{lost} hits keep their places"
            notices.append(f"{who}: no picture left to judge by (erased, or it cannot be read)")
        return notices


def check_words(query: Query) -> None:
    """See that there are words to judge by.

    Raises:
        QueryError: if there are none.
    """
    if query.text is None:
        raise QueryError("a matcher judges how words fit pictures, and the question has no words; describe the person")


def _crops(tracklet: StoredTracklet) -> list[Image]:
    """The best crops that can be read, best first."""
    crops: list[Image] = []
    for stored in tracklet.crops:
        if len(crops) < CROPS and (image := read_located(stored.path)) is not None:
            crops.append(image)
    return crops


def _placed(near: Sequence[Hit], judged: Mapping[int, Hit], merit: Doubles) -> list[Hit]:
    """The short list in its new order; who could not be judged stays where the search had put them."""
    places = list(judged)
    # sorted is stable: of equals the one comes first that the search had put first
    best = sorted(range(len(places)), key=lambda i: -merit[i])
    placed = list(near)
    for place, i in zip(places, best, strict=True):
        placed[place] = judged[places[i]]
    return placed


def _words(explanation: Explanation | None) -> tuple[WordWeight, ...]:
    if explanation is None:
        return ()
    maps = [None] * len(explanation.words) if explanation.regions is None else explanation.regions
    return tuple(
        WordWeight(word, float(weight), None if region is None else tuple(map(tuple, region.tolist())))
        for word, weight, region in zip(explanation.words, explanation.weights, maps, strict=True)
    )
