"""Which observations make up a tracklet, and which of its crops represent it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from detectors import boxes
from detectors.types import Detections
from pipeline.crop_quality import fit, quality, sharpness
from pipeline.types import Floats, Frame, Image, PersonCrop, Tracklet

__all__ = ["CropKeeper", "quality", "sharpness"]

_CROP_HEIGHT_PX = 512  # twice what encoders look at, and fine to look at in a report
_SCENE_WIDTH_PX = 960
_APART_S = 0.4  # two crops nearer in time than this show the same
_POOR = 0.5  # crops worse than this share of the best one would rather spoil the mean of their vectors
_FEW = 2  # tracklets of fewer observations are kept only if the detector was sure and something is to be seen
_SURE, _SEEN = 0.5, 0.2


class _Spread:
    """The best crops of a tracklet, spread over its time however long it gets.

    Time is cut into spells, and the best crop of each is kept. When there are more than twice as many spells as crops
    to choose, neighbours become one: so a person who turns round is seen from all sides, and memory is bounded.
    """

    def __init__(self, count: int, start_s: float) -> None:
        self._count, self._start_s = count, start_s
        self._spell_s = _APART_S
        self._best_of: dict[int, PersonCrop] = {}  # by the number of the spell
        self.best: PersonCrop | None = None

    def wants(self, time_s: float, worth: float) -> bool:
        """Whether a crop of this time and quality would be kept."""
        rival = self._best_of.get(self._spell(time_s))
        return rival is None or worth > rival.quality

    def put(self, crop: PersonCrop) -> None:
        """Keep a crop that is wanted."""
        self._best_of[self._spell(crop.time_s)] = crop
        if self.best is None or crop.quality > self.best.quality:
            self.best = crop

    def _spell(self, time_s: float) -> int:
        while (spell := int((time_s - self._start_s) / self._spell_s)) >= 2 * self._count:
            self._spell_s *= 2
            merged: dict[int, PersonCrop] = {}
            for number, crop in sorted(self._best_of.items()):
                rival = merged.get(number // 2)
                if rival is None or crop.quality > rival.quality:
                    merged[number // 2] = crop
            self._best_of = merged
        return spell

    def chosen(self) -> list[PersonCrop]:
        """The best ones, best first; of equals the earlier one first."""
        chosen: list[PersonCrop] = []
        for crop in sorted(self._best_of.values(), key=lambda crop: (-crop.quality, crop.time_s)):
            poor = chosen and crop.quality < _POOR * chosen[0].quality
            if not poor and all(abs(crop.time_s - other.time_s) >= _APART_S - 1e-6 for other in chosen):
                chosen.append(crop)
        return chosen[: self._count]


@dataclass(slots=True, eq=False)
class _Open:
    """A person who is being followed."""

    number: int
    crops: _Spread
    times: list[float] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    scene: Image | None = None


class CropKeeper:
    """Gathers what a tracker follows into tracklets, frame by frame, and keeps the best few crops of each.

    What is held in memory does not grow with the length of the footage: for each person in sight at most twice
    `per_tracklet` crops (at most 512 pixels tall), one scene, and the times and boxes of at most `longest_s`.

    A tracklet of one observation is kept only if its confidence is 0.5 and its quality 0.2 or more; one that was never
    `min_height_px` tall is not kept.

    Args:
        per_tracklet: crops to keep of each tracklet at most; they are spread over its time, at least 0.4 s apart, and
            at least half as good as the best.
        min_height_px: how tall a person must be to be worth a crop.
        close_after_s: a person who was out of sight for longer is a new tracklet.
        longest_s: a tracklet is split at this length, so that somebody who stays for hours is stored as time passes.
    """

    def __init__(
        self, *, per_tracklet: int = 5, min_height_px: int = 40, close_after_s: float = 3.0, longest_s: float = 60.0
    ) -> None:
        self._per_tracklet = per_tracklet
        self._min_height_px = min_height_px
        self._close_after_s = close_after_s
        self._longest_s = longest_s
        self._open: dict[int, _Open] = {}  # by the tracker's number
        self._numbers = 0

    def add(self, frame: Frame, people: Detections) -> list[Tracklet]:
        """Take in one frame.

        Args:
            frame: the frame; frames come in order.
            people: who is followed in it, with `track_id`.

        Returns:
            The tracklets that ended before this frame, in the order of their numbers, without vectors.
        """
        if people.track_id is None:
            raise ValueError("people: expected detections with track_id")
        ended = [key for key, track in self._open.items() if frame.time_s - track.times[-1] > self._close_after_s]
        ids = people.track_id.tolist()
        ended += [
            key
            for key in ids
            if key in self._open and key not in ended and frame.time_s - self._open[key].times[0] >= self._longest_s
        ]
        closed = self._close(ended)
        scene: Image | None = None
        for row, key in enumerate(ids):
            track = self._open.get(key)
            if track is None:
                self._numbers += 1
                track = self._open[key] = _Open(self._numbers, _Spread(self._per_tracklet, frame.time_s))
            track.times.append(frame.time_s)
            track.boxes.append(people.xyxy[row].astype(np.float32))
            track.confidence.append(float(people.confidence[row]))
            if self._crop(frame, people, row, track):
                scene = fit(frame.image, width=_SCENE_WIDTH_PX) if scene is None else scene
                track.scene = scene
        return closed

    def finish(self) -> list[Tracklet]:
        """The tracklets that are still open when the footage ends."""
        return self._close(list(self._open))

    def _close(self, keys: list[int]) -> list[Tracklet]:
        tracks = sorted((self._open.pop(key) for key in keys), key=lambda track: track.number)
        return [tracklet for track in tracks if (tracklet := _sealed(track)) is not None]

    def _crop(self, frame: Frame, people: Detections, row: int, track: _Open) -> bool:
        """Cut out the person if that is worth keeping; True if it is the best of the track so far."""
        box, confidence = track.boxes[-1], track.confidence[-1]
        height, width = frame.image.shape[:2]
        x1, y1, x2, y2 = boxes.to_int(box[None], width, height)[0].tolist()
        if y2 - y1 < self._min_height_px:
            return False
        others = np.delete(people.xyxy, row, axis=0)

        def rated(sharp: float) -> float:
            return quality(box, (width, height), confidence=confidence, sharpness=sharp, others=others)

        if not track.crops.wants(frame.time_s, rated(1.0)):  # not even if it were sharp: saves the looking
            return False
        cut = fit(frame.image[y1:y2, x1:x2], height=_CROP_HEIGHT_PX).copy()  # a view would hold the whole frame
        crop = PersonCrop(cut, frame.index, frame.time_s, box, confidence, rated(sharpness(cut)))
        if track.crops.wants(frame.time_s, crop.quality):
            track.crops.put(crop)
        return track.crops.best is crop


def _sealed(track: _Open) -> Tracklet | None:
    best = track.crops.best
    if best is None or track.scene is None:
        return None
    if len(track.times) < _FEW and (best.confidence < _SURE or best.quality < _SEEN):
        return None
    return Tracklet(
        number=track.number,
        times=np.asarray(track.times, np.float64),
        boxes=np.stack(track.boxes),
        confidence=np.asarray(track.confidence, np.float32),
        crops=tuple(track.crops.chosen()),
        scene=track.scene,
    )
