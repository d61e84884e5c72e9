"""A question to ranked people: words in the language space, pictures in the appearance space, or both together.

Two cosines of different spaces cannot be added up as they are: the picture's spread over -0.2..1, the sentence's over a
few tenths. So where both are asked for, each is first turned into log-odds by its encoder's calibration,
logit(p) = a * cosine + b, and people are ranked by the sum: the product rule for independent witnesses (Kittler et al.,
"On combining classifiers", PAMI 1998, eq. 7, with even priors). An encoder without a calibration is standardised over
the candidates instead (z-scores), and then no probability is told. Where the encoders' cards say how a gallery's own
background is to be read, that decides instead (`pipeline.background`). `Hit.score` is the mean of both cosines.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detectors.types import PoseEstimator
from pipeline.background import RIVALS, Judge
from pipeline.background import Part as Judged
from pipeline.errors import EmptyQuery, GalleryEmpty, QueryError, QueryTooLong, SpaceMismatch, UnknownWords
from pipeline.types import APPEARANCE, LANGUAGE, Floats, Hit, Image, Query, Space, Window
from reid.evaluation.background import BackgroundCalibration
from reid.reading import Reading, remarks
from reid.types import ImageEncoder, Reader, TextEncoder

if TYPE_CHECKING:
    from pipeline.gallery import Gallery

MOST_WORDS = 80
MOST_CHARACTERS = 2000
POOL = 200  # candidates that each space puts forward at least, where words and pictures are fused
ENGLISH = "the text encoder knows English words only"
TONGUES = "only English and Chinese are understood"  # by what reads, see `reid.reading`

# words that describe nobody: that an encoder does not know them is no news
_FUNCTION_WORDS = """
a an the and or of in on at to by for from with without is are was has have had who that which this his her their he
she they it its some any very i me my please find show search looking
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())

Calibration = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found.

    Attributes:
        hits: best first, one for each tracklet, at most as many as were asked for.
        ignored_words: words and phrases of the question that were left out.
        notices: one-line remarks that the user should see.
        matcher: name of what put the first hits in this order after the search; None if nothing did.
        read_as: what the words were understood as; None without words, or if the text encoder takes them as they are.
        min_probability: from which a hit counts as found; None where every hit does.
    """

    hits: tuple[Hit, ...]
    ignored_words: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    matcher: str | None = None
    read_as: Reading | None = None
    min_probability: float | None = None

    @property
    def found(self) -> bool:
        """Whether somebody is told to match; if not, the hits are the best guesses."""
        return any(not hit.below for hit in self.hits)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One half of a question: its vector, where to look for it, and how sure a cosine there makes one."""

    space: Space
    vector: Floats
    calibration: Calibration | None
    background: BackgroundCalibration | None


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """Tracklet id, score and probability of the best, best first, and the probability from which they count."""

    rows: list[tuple[int, float, float | None]]
    found_at: float | None = None


class Searcher:
    """Answers questions from one gallery.

    Args:
        gallery: where to look.
        image_encoder: of the gallery's appearance space; None if no picture will be asked for.
        text_encoder: of its language space; None if no words will be asked for.
        pose: finds the keypoints of probes for an encoder that wants them.
    """

    def __init__(
        self,
        gallery: Gallery,
        image_encoder: ImageEncoder | None = None,
        text_encoder: TextEncoder | None = None,
        pose: PoseEstimator | None = None,
    ) -> None:
        self._gallery = gallery
        self._image_encoder = image_encoder
        self._text_encoder = text_encoder
        self._pose = pose

    def search(self, query: Query) -> Answer:
        """Find people.

        Raises:
            EmptyQuery: if there are neither words nor pictures.
            QueryTooLong: if there are more than 80 words.
            UnknownWords: if the text encoder knows none of them.
            QueryError: if a camera is not in the gallery, or the time window is empty.
            GalleryEmpty: if the gallery holds nobody yet.
            SpaceMismatch: if the gallery was made with another encoder.
        """
        check_question(query)
        check_place(query, self._gallery)
        ignored: tuple[str, ...] = ()
        reading: Reading | None = None
        parts = []
        if query.text is not None:
            part, ignored, reading = self._words(query.text)
            parts.append(part)
        if query.images:
            parts.append(self._pictures(query.images))
        ranked = self._rank(parts, query)
        tracklets = self._gallery.tracklets([identifier for identifier, _, _ in ranked.rows])
        found_at = ranked.found_at if query.min_probability is None else query.min_probability
        hits = tuple(
            Hit(rank, score, told, tracklet, below=found_at is not None and told is not None and told < found_at)
            for rank, ((_, score, told), tracklet) in enumerate(zip(ranked.rows, tracklets, strict=True), start=1)
        )
        notices = self.notices(query.window, ignored, reading)
        if query.min_probability is not None and any(hit.probability is None for hit in hits):
            notices.append("no probability can be asked for: an encoder is not calibrated (`reidpipe calibrate`)")
        return Answer(hits, ignored, tuple(notices), read_as=reading, min_probability=found_at)

    def likeness(self, images: Sequence[Image], ids: Sequence[int]) -> Floats:
        """(N,) the cosines of probe pictures and given tracklets, in the order asked.

        Raises:
            SpaceMismatch, GalleryError: as `search`.
        """
        part = self._pictures(images)
        return self._gallery.scores(part.space, part.vector, ids)

    def _words(self, text: str) -> tuple[_Part, tuple[str, ...], Reading | None]:
        encoder = self._text_encoder
        if encoder is None:
            raise QueryError("words cannot be searched for: no text encoder was opened")
        space = self._space(LANGUAGE, encoder.space, encoder.dim)
        ignored = encoder.unknown_words(text)
        try:
            vector = encoder.encode([text])[0]
        except ValueError:
            named = ", ".join(repr(word) for word in ignored[:10]) or repr(text)
            raise UnknownWords(
                f"no known word in the query ({named}); {tongues(encoder)}: describe clothes and what is carried, "
                "such as 'woman in a red coat with a backpack'"
            ) from None
        missed = tuple(word for word in ignored if word.lower() not in FUNCTION_WORDS)
        reading = encoder.read(text) if isinstance(encoder, Reader) else None
        return _part(space, vector, encoder), missed, reading

    def _pictures(self, images: Sequence[Image]) -> _Part:
        encoder = self._image_encoder
        if encoder is None:
            raise QueryError("pictures cannot be searched for: no image encoder was opened")
        space = self._space(APPEARANCE, encoder.space, encoder.dim)
        keypoints = None
        if encoder.wants_keypoints and self._pose is not None:
            found = self._pose.estimate(images)
            keypoints = np.concatenate([found.xy, found.confidence[..., None]], axis=2).astype(np.float32)
        mean = encoder.encode(images, keypoints).mean(axis=0)
        vector = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return _part(space, vector.astype(np.float32), encoder)

    def _space(self, kind: str, digest: str, dim: int) -> Space:
        space, held = Space(kind, digest, dim), self._gallery.spaces().get(kind)
        if held != space:
            has = f"was made with {kind} encoder {held.digest}" if held else f"was made without {kind} encoder"
            raise SpaceMismatch(
                f"{self._gallery.path}: {has}, but the query uses {digest}; "
                "ask as it was made (--encoder, --align), or ingest the footage into a new gallery"
            )
        return space

    def _rank(self, parts: Sequence[_Part], query: Query) -> _Ranked:
        fused = len(parts) > 1
        most = max(POOL, 10 * query.top) if fused else max(RIVALS, query.top)
        candidates: dict[int, None] = {}
        for part in parts:
            found = self._gallery.search(
                part.space, part.vector[None], most, cameras=query.cameras, window=query.window, only=query.only
            )[0]
            candidates.update(dict.fromkeys(identifier for identifier, _ in found))
        if not candidates:
            return _Ranked([])
        ids = list(candidates)
        cosines = [self._gallery.scores(part.space, part.vector, ids).astype(np.float64) for part in parts]
        merit, logits = fuse(cosines, [part.calibration for part in parts])
        scores = np.mean(cosines, axis=0)
        judge = self._judge(parts, query)
        if judge is not None:
            merit = logits = judge.log_odds(cosines)
        # of equals the one that was stored first: an answer must not depend on the index that found it
        best = sorted(range(len(ids)), key=lambda i: (-merit[i], ids[i]))[: max(RIVALS, query.top)]
        told: list[float | None] = [None if logits is None else _sigmoid(logits[i]) for i in best]
        if judge is not None:
            told = judge.probabilities(merit[best], [ids[i] for i in best]).tolist()
        rows = [(ids[i], float(scores[i]), one) for i, one in zip(best, told, strict=True)]
        return _Ranked(rows[: query.top], None if judge is None else judge.found_at)

    def _judge(self, parts: Sequence[_Part], query: Query) -> Judge | None:
        known = [Judged(part.space, part.vector, part.background) for part in parts if part.background is not None]
        return Judge(self._gallery, known, query.cameras, query.window) if len(known) == len(parts) else None

    def notices(self, window: Window, ignored: Sequence[str] = (), reading: Reading | None = None) -> list[str]:
        """What a user should know of an answer: how words were read, and footage that could not be looked at."""
        footage = self._gallery.footage()
        notices = _told(self._text_encoder, reading, ignored)
        if unfinished := sum(not record.complete for record in footage):
            notices.append(f"{unfinished} footage is still being ingested, or its ingest was interrupted")
        if window.start_at is not None or window.end_at is not None:
            undated = sum(record.info.started_at is None for record in footage)
            if undated:
                notices.append(f"{undated} footage without a known start (--started-at) cannot be searched by date")
        return notices


def tongues(reads: object) -> str:
    """Which languages an encoder or a matcher understands, in a clause."""
    return TONGUES if isinstance(reads, Reader) else ENGLISH


def check_question(query: Query) -> None:
    """See that there is something to ask, before any model is loaded.

    Raises:
        EmptyQuery, QueryTooLong, QueryError: as `Searcher.search`.
    """
    window = query.window
    if query.text is not None:
        if not re.search(r"\w", query.text):
            raise EmptyQuery("the query is empty; describe a person, such as 'man in a blue jacket'")
        if (count := len(query.text.split())) > MOST_WORDS or len(query.text) > MOST_CHARACTERS:
            what = f"{count} words" if count > MOST_WORDS else f"{len(query.text)} characters"
            raise QueryTooLong(
                f"the query has {what}; a description of a person has at most {MOST_WORDS} words "
                f"and {MOST_CHARACTERS} characters"
            )
    elif not query.images and not query.attributes:
        raise EmptyQuery("nothing to search for; give words, a picture with --image, or an --attr")
    if query.top < 1:
        raise QueryError(f"at least one hit must be asked for, got {query.top}")
    if _backwards(window):
        raise QueryError("the time window is empty: it ends before it starts")


def check_place(query: Query, gallery: Gallery) -> None:
    """See that the gallery holds somebody, and the cameras of the question.

    Raises:
        GalleryEmpty, QueryError: as `Searcher.search`.
    """
    if gallery.count() == 0:
        raise GalleryEmpty(f"{gallery.path}: nobody is in this gallery yet; first `reidpipe ingest VIDEO`")
    known = gallery.cameras()
    for camera in query.cameras:
        if camera not in known:
            close = difflib.get_close_matches(camera, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else "known cameras: " + ", ".join(known[:20])
            raise QueryError(f"no camera {camera!r} in this gallery; {hint}")


def _backwards(window: Window) -> bool:
    if window.start_s is not None and window.end_s is not None and window.start_s > window.end_s:
        return True
    if window.start_at is None or window.end_at is None:
        return False
    if (window.start_at.tzinfo is None) != (window.end_at.tzinfo is None):
        raise QueryError("one end of the time window has a time zone and the other has none; give both alike")
    return window.start_at > window.end_at


def fuse(
    cosines: Sequence[NDArray[np.float64]], calibrations: Sequence[Calibration | None]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """What candidates are ranked by, and their log-odds where they can be told.

    Args:
        cosines: one (N,) for each part of the question.
        calibrations: (a, b) of each, or None.

    Returns:
        Merit (N,), higher is better, and log-odds (N,); the latter None unless all parts are calibrated.
    """
    known = [pair for pair in calibrations if pair is not None]
    if len(known) == len(cosines):
        logits = np.sum([a * cosine + b for cosine, (a, b) in zip(cosines, known, strict=True)], axis=0)
        return logits, logits
    if len(cosines) == 1:
        return cosines[0], None
    return np.mean([(cosine - cosine.mean()) / (cosine.std() or 1.0) for cosine in cosines], axis=0), None


def _part(space: Space, vector: Floats, encoder: ImageEncoder | TextEncoder) -> _Part:
    return _Part(space, vector, getattr(encoder, "calibration", None), getattr(encoder, "background_calibration", None))


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _told(reads: object, reading: Reading | None, ignored: Sequence[str]) -> list[str]:
    """How the words were understood, as far as it is no matter of course."""
    notices = []
    if reading is not None and isinstance(reads, Reader):
        notices = remarks(reading, denies=reads.denies)
    elif ignored:
        notices = [f"ignored, not known to the text encoder: {', '.join(ignored)}"]
    if any(not _is_latin(word) for word in ignored):
        notices.append(tongues(reads))
    return notices


def _is_latin(word: str) -> bool:
    return all(not c.isalpha() or c < "\u0250" for c in word)
