"""What flows through the pipeline, from a frame of footage to a ranked hit.

Conventions: images are ``(H, W, 3) uint8 RGB``; boxes are ``xyxy float32`` in pixels of the original frame (after its
rotation was honoured) with x2 and y2 exclusive; times are seconds from the start of the footage, taken from the
stream's timestamps and never from index / fps; vectors are ``float32`` of L2 norm 1, a score is a cosine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3) RGB
Floats = NDArray[np.float32]

APPEARANCE = "appearance"  # the space of picture-to-picture search
LANGUAGE = "language"  # the space that sentences and pictures share


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame.

    Attributes:
        image: (H, W, 3) uint8 RGB, upright.
        index: number of the frame among all decoded frames of the footage, from 0.
        time_s: its presentation time, seconds from the start of the footage.
    """

    image: Image
    index: int
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class FrameDetections:
    """What the detector said of one sampled frame; kept so that an interrupted ingest need not ask it again.

    Attributes:
        index: number of the frame, as in Frame.
        time_s: its time.
        xyxy: (N, 4) float32.
        confidence: (N,) float32.
    """

    index: int
    time_s: float
    xyxy: Floats
    confidence: Floats


@dataclass(frozen=True, slots=True, eq=False)
class PersonCrop:
    """One cut-out of one person.

    Attributes:
        image: (h, w, 3) uint8 RGB.
        frame_index: the frame it was cut from.
        time_s: the time of that frame.
        box: (4,) float32, where it was cut.
        confidence: of the detector.
        quality: 0..1, how well it shows the person (size, sharpness, not cut off, not covered).
    """

    image: Image
    frame_index: int
    time_s: float
    box: Floats
    confidence: float
    quality: float


@dataclass(frozen=True, slots=True, eq=False)
class Tracklet:
    """One person's unbroken appearance before one camera.

    Attributes:
        number: from 1, in the order of its first frame, unique within the footage.
        times: (T,) float64 seconds, ascending.
        boxes: (T, 4) float32.
        confidence: (T,) float32.
        crops: its best crops, best first; never empty.
        scene: the whole frame of the best crop, at most 960 px wide, for the report.
        vectors: one (D,) float32 of norm 1 for each space kind (APPEARANCE, LANGUAGE); empty until it was embedded.
    """

    number: int
    times: NDArray[np.float64]
    boxes: Floats
    confidence: Floats
    crops: tuple[PersonCrop, ...]
    scene: Image
    vectors: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def start_s(self) -> float:
        """When the person was first seen."""
        return float(self.times[0])

    @property
    def end_s(self) -> float:
        """When the person was last seen."""
        return float(self.times[-1])


@dataclass(frozen=True, slots=True)
class Space:
    """The vector space of an encoder: `kind` is APPEARANCE or LANGUAGE, `digest` the encoder's own `space`."""

    kind: str
    digest: str
    dim: int


@dataclass(frozen=True, slots=True)
class FootageInfo:
    """What is known of a video file before a single frame of it was decoded.

    Attributes:
        path: where it was found, absolute.
        sha256: of its bytes; the same bytes under another name are the same footage.
        size_bytes: of the file.
        codec: such as h264.
        width: pixels, after rotation.
        height: pixels, after rotation.
        rotation: degrees clockwise by which frames are turned to stand upright: 0, 90, 180 or 270.
        duration_s: as the container claims; None where it does not say.
        fps: nominal frame rate, None where unknown; for display only.
        camera: name of the camera.
        started_at: wall-clock time of its first frame, None when unknown.
    """

    path: Path
    sha256: str
    size_bytes: int
    codec: str
    width: int
    height: int
    rotation: int
    duration_s: float | None
    fps: float | None
    camera: str
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FootageRecord:
    """One footage of a gallery.

    Attributes:
        id: its number in this gallery.
        info: what was known of the file.
        settings: digest of everything that changes an ingest's result (detector, tracker, sampling, encoders).
        complete: False while an ingest is under way or was interrupted.
        frames_done: sampled frames whose detections are stored.
        seconds_done: time of the last of them.
        frames_decoded: frames decoded in all; None until complete.
        corrupt_packets: packets that could not be decoded and were skipped.
        tracklets: people stored so far.
        added_at: when it was first seen, UTC.
    """

    id: int
    info: FootageInfo
    settings: str
    complete: bool
    frames_done: int
    seconds_done: float
    frames_decoded: int | None
    corrupt_packets: int
    tracklets: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time to search in: seconds from the start of each footage, or wall-clock; None is open."""

    start_s: float | None = None
    end_s: float | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """One condition on what people look like.

    Attributes:
        question: such as ``upper``.
        answer: such as ``red``.
        without: True to leave out those of whom the answer holds.
        least: probability from which the condition counts as met.
    """

    question: str
    answer: str
    without: bool = False
    least: float = 0.5

    def __str__(self) -> str:
        bar = "" if self.least == 0.5 else f":{self.least:g}"
        return f"{self.question}{'!=' if self.without else '='}{self.answer}{bar}"


@dataclass(frozen=True, slots=True)
class Trait:
    """What a person looks like: an answer to a question, and how probable it is."""

    question: str
    answer: str
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question: words, pictures or both, and where and when to look.

    Attributes:
        text: a sentence, or None.
        images: person crops, RGB; several show the same person.
        cameras: names to look at; empty means all.
        window: when to look.
        top: how many hits at most.
        attributes: what people must look like; all conditions must be met.
        only: ids of the tracklets to look among; None for all.
        min_probability: from which a hit counts as found; None for what the encoders' cards say.
    """

    text: str | None = None
    images: tuple[Image, ...] = ()
    cameras: tuple[str, ...] = ()
    window: Window = Window()
    top: int = 10
    attributes: tuple[AttributeFilter, ...] = ()
    only: tuple[int, ...] | None = None
    min_probability: float | None = None


@dataclass(frozen=True, slots=True)
class StoredCrop:
    """A crop as the gallery keeps it: `path` is the picture's absolute path, or URL for remote media."""

    path: str
    time_s: float
    frame_index: int
    box: tuple[float, float, float, float]
    quality: float


@dataclass(frozen=True, slots=True)
class StoredTracklet:
    """A tracklet as the gallery keeps it, without its vectors.

    Attributes:
        id: its number in the gallery, which is also its number in every vector index.
        number: its number within its footage.
        footage: where it was seen.
        start_s, end_s: when.
        times: seconds of every observation.
        boxes: (T, 4) rows of xyxy, one for each time.
        crops: best first.
        scene: path of the whole frame of the best crop.
    """

    id: int
    number: int
    footage: FootageRecord
    start_s: float
    end_s: float
    times: tuple[float, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    crops: tuple[StoredCrop, ...]
    scene: str


@dataclass(frozen=True, slots=True)
class WordWeight:
    """What one word of a sentence counted for in a picture.

    Attributes:
        word: as it was asked.
        weight: 0..1; those of a sentence sum to 1.
        region: (h, w) rows of shares of the picture, row 0 at the head, where the word looked; None if the matcher
            looks at the picture as a whole.
    """

    word: str
    weight: float
    region: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A second opinion: what a matcher says of a hit's pictures, and what the search said before it.

    Attributes:
        matcher: its name.
        score: higher is better; of no fixed range, to be compared within one answer only.
        crops: how many pictures of the tracklet it looked at.
        first_rank: the place that the search had given, from 1.
        first_probability: the one that the search had told; it is about that order, not about this one.
        sentence: what the matcher says it sees; None for one that cannot speak.
        words: what was decisive, in the order of the sentence; empty for a matcher that cannot say.
    """

    matcher: str
    score: float
    crops: int
    first_rank: int
    first_probability: float | None = None
    sentence: str | None = None
    words: tuple[WordWeight, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The match as plain JSON types; the maps of the words are for the report only."""
        return {
            "name": self.matcher,
            "score": round(self.score, 4),
            "crops": self.crops,
            "sentence": self.sentence,
            "words": [{"word": word.word, "weight": round(word.weight, 4)} for word in self.words],
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What in a question met what in a hit's best crop: shares of the score, above zero for the hit, below against it.

    Attributes:
        words: of the sentence, in order; empty for a question without words.
        matrix: one row for each word, of one number for each strip of the crop, from head to feet.
        probe: the same for each strip of the picture that was asked with; empty for a question without pictures.
    """

    words: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    probe: tuple[tuple[float, ...], ...] = ()

    @property
    def strips(self) -> int:
        """Into how many strips the crop was cut."""
        return len((self.matrix or self.probe)[0])

    def as_dict(self) -> dict[str, Any]:
        """The evidence as plain JSON types."""
        matrix, probe = ([[round(v, 4) for v in row] for row in rows] for rows in (self.matrix, self.probe))
        return {"words": list(self.words), "strips": self.strips, "matrix": matrix, "probe": probe}


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: a tracklet, how well it fits, and where to look. Table, JSON and report all print this.

    Attributes:
        rank: from 1.
        score: cosine of query and tracklet (for text and picture together: the mean of both), higher is better; where
            nothing but attributes was asked for, their joint probability.
        probability: that this is who was asked for, 0..1: the person in the picture, or anybody who fits the words.
            None where the encoder was not calibrated, and for a hit that a matcher placed: nobody has calibrated that.
        tracklet: what was found.
        match: what a matcher said of it, None if none was asked or it could not look.
        explanation: what met what, None if nobody asked or the crop cannot be read.
        traits: what the person looks like; empty where the encoder has no attribute reader.
        below: whether it is only a guess: the search's probability did not reach what was asked for.
    """

    rank: int
    score: float
    probability: float | None
    tracklet: StoredTracklet
    match: Match | None = None
    explanation: Evidence | None = None
    traits: tuple[Trait, ...] = ()
    below: bool = False

    @property
    def camera(self) -> str:
        """The camera that saw it."""
        return self.tracklet.footage.info.camera

    @property
    def best(self) -> StoredCrop:
        """The crop that shows the person best."""
        return self.tracklet.crops[0]

    def wall_clock(self, time_s: float) -> datetime | None:
        """A time of the footage as wall-clock time, where its start is known."""
        started = self.tracklet.footage.info.started_at
        return None if started is None else started + timedelta(seconds=time_s)

    def as_dict(self) -> dict[str, Any]:
        """The hit as plain JSON types: the one form that every output is made from."""
        best, footage = self.best, self.tracklet.footage
        clock = self.wall_clock(best.time_s)
        return {
            "rank": self.rank,
            "score": round(self.score, 4),
            "probability": None if self.probability is None else round(self.probability, 4),
            "below": self.below,
            "camera": self.camera,
            "footage": str(footage.info.path),
            "footage_id": footage.id,
            "tracklet": self.tracklet.number,
            "tracklet_id": self.tracklet.id,
            "start_s": round(self.tracklet.start_s, 3),
            "end_s": round(self.tracklet.end_s, 3),
            "time_s": round(best.time_s, 3),
            "frame_index": best.frame_index,
            "box": [round(v, 1) for v in best.box],
            "wall_clock": None if clock is None else clock.isoformat(),
            "crop": best.path,
            "scene": self.tracklet.scene,
            "matcher": None if self.match is None else self.match.as_dict(),
            "first_search": None if self.match is None else self._first(self.match),
            "explanation": None if self.explanation is None else self.explanation.as_dict(),
            "attributes": self._attributes(),
        }

    def _attributes(self) -> dict[str, dict[str, float]]:
        told: dict[str, dict[str, float]] = {}
        for trait in self.traits:
            told.setdefault(trait.question, {})[trait.answer] = round(trait.probability, 4)
        return told

    def _first(self, match: Match) -> dict[str, Any]:
        told = match.first_probability
        return {
            "rank": match.first_rank,
            "score": round(self.score, 4),
            "probability": None if told is None else round(told, 4),
        }
