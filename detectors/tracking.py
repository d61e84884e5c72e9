"""ByteTrack and BoT-SORT of Ultralytics, made to work at any sampling rate.

Both are tuned by their authors for some 30 frames a second, where a person hardly moves from one frame to the next. At
5 a second a walker moves by half a body width or more, and so it matters here that

- settings are in seconds, and the Kalman filter knows how much time passes between two frames;
- boxes are widened before their overlap is taken (buffered IoU);
- a person of whom the detector is sure is reported when first seen, and not one frame later;
- somebody in quite other colours is somebody else, however well the boxes fit (two people in one tracklet cost a search
  more than one person in two).

``docs/TRACKING.md`` tells what each of these is worth, and the measuring command.

Sources:
    Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022.
    Aharon et al., "BoT-SORT: Robust Associations Multi-Pedestrian Tracking", arXiv:2206.14651, 2022.
    Yang et al., "Hard to Track Objects with Irregular Motions and Similar Appearances? Make It Easier by Buffering the
    Matching Space", WACV 2023.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from detectors import boxes, looks, quiet
from detectors.types import Detections, Floats, Image
from detectors.yolo import fingerprint

_byte_track: Any = quiet.ultralytics("ultralytics.trackers.byte_tracker")
_bot_sort: Any = quiet.ultralytics("ultralytics.trackers.bot_sort")
_matching: Any = quiet.ultralytics("ultralytics.trackers.utils.matching")

_DESIGN_FPS = 30.0  # for which the noise of the Kalman filters was chosen
_MOST_BUFFER = 0.5
_KEPT = 0.7  # of what was known of somebody's colours, from one sighting to the next


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What a tracker goes by.

    Attributes:
        high: confidence from which a detection takes part in the first round of matching.
        low: confidence below which a detection is not looked at.
        new: confidence from which an unmatched detection starts a track.
        sure: confidence from which a new track is reported at once; others are when they are seen a second time.
        lost_s: seconds for which a person who is out of sight is waited for.
        match: greatest distance (1 - overlap) of a track and a detection that are the same person.
        fuse: True if the overlap is multiplied by the confidence of the detection.
        buffer: share of its size by which a box is widened at each side before the overlap is taken, for each second
            between two frames; at most _MOST_BUFFER.
        alike: least similarity of the colours (`detectors.looks`) of a track and a detection that are the same person;
            0 looks at no colours.
    """

    high: float = 0.4
    low: float = 0.1
    new: float = 0.4
    sure: float = 0.5
    lost_s: float = 1.5
    match: float = 0.87
    fuse: bool = False
    buffer: float = 1.0
    alike: float = 0.4


def open_bytetrack(*, fps: float, settings: TrackerSettings | None = None) -> UltralyticsTracker:
    """ByteTrack: motion, overlap and the colours of clothes.

    Args:
        fps: frames a second that it will be given.
        settings: None for those that were found best.

    Raises:
        ValueError: if `fps` is not above 0.
    """
    return UltralyticsTracker("bytetrack", fps, settings or TrackerSettings())


def open_botsort(*, fps: float, settings: TrackerSettings | None = None) -> UltralyticsTracker:
    """BoT-SORT: ByteTrack that also follows the movement of the camera; arguments as for open_bytetrack."""
    return UltralyticsTracker("botsort", fps, settings or TrackerSettings())


class UltralyticsTracker:
    """One of Ultralytics' trackers; see Tracker."""

    def __init__(self, kind: str, fps: float, settings: TrackerSettings) -> None:
        if not (math.isfinite(fps) and fps > 0):
            raise ValueError(f"fps: expected more than 0, got {fps}")
        self._kind, self._fps, self._settings = kind, fps, settings
        self._fingerprint = fingerprint(kind=kind, fps=fps, **asdict(settings))
        self.reset()

    @property
    def fingerprint(self) -> str:
        """Digest of kind, frame rate and settings."""
        return self._fingerprint

    def reset(self) -> None:
        """Forget everything; numbers start at 1 again."""
        tracker = _PacedBotSort if self._kind == "botsort" else _PacedByteTrack
        self._tracker = tracker(self._settings, self._fps)
        self._numbers: dict[int, int] = {}  # theirs, which has gaps, to ours
        self._shape: tuple[int, ...] | None = None

    def update(self, detections: Detections, image: Image) -> Detections:
        """The detections of people who are being followed, as the detector gave them, with their numbers.

        Args:
            detections: of this frame; may be empty.
            image: (H, W, 3) uint8 RGB, the frame.

        Returns:
            Some of the detections, in the order of their `track_id`. Numbers start at 1 and follow the order in which
            people are first reported.
        """
        camera_view = None
        if self._kind == "botsort":
            if image.shape != self._shape:
                self._tracker.gmc.reset_params()  # the movement between pictures of two sizes cannot be told
            self._shape, camera_view = image.shape, np.ascontiguousarray(image[..., ::-1])
        found = self._tracker.follow(detections, image, camera_view)
        pairs = sorted((self._numbers.setdefault(key, len(self._numbers) + 1), index) for key, index in found)
        if not pairs:
            return Detections(*_nothing(), np.zeros(0, np.int64))
        numbers, indices = np.array(pairs, np.int64).T
        return Detections(detections.xyxy[indices], detections.confidence[indices], numbers)


def _nothing() -> tuple[Floats, Floats]:
    return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)


class _Results:
    """Detections in the form in which Ultralytics' trackers take them."""

    def __init__(self, xyxy: Floats, confidence: Floats) -> None:
        self.xyxy, self.conf = xyxy, confidence
        self.cls = np.zeros(len(xyxy), np.float32)

    @property
    def xywh(self) -> Floats:
        size = self.xyxy[:, 2:] - self.xyxy[:, :2]
        return np.concatenate([self.xyxy[:, :2] + size / 2, size], axis=1)

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, which: Any) -> _Results:
        return _Results(self.xyxy[which], self.conf[which])


class _Paced:
    """What both trackers do otherwise than Ultralytics; to be inherited before the tracker itself."""

    def __init__(self, settings: TrackerSettings, fps: float) -> None:
        self._frames = _DESIGN_FPS / fps  # of the design between two of ours
        self._buffer = min(settings.buffer / fps, _MOST_BUFFER)
        self._sure, self._alike = settings.sure, settings.alike
        self._looks: Floats = np.zeros((0, 2, looks.BINS), np.float32)
        self._next_id = itertools.count(1).__next__
        super().__init__(  # type: ignore[call-arg]
            SimpleNamespace(
                track_high_thresh=settings.high,
                track_low_thresh=settings.low,
                new_track_thresh=settings.new,
                track_buffer=max(round(settings.lost_s * fps), 1),
                match_thresh=settings.match,
                fuse_score=settings.fuse,
                gmc_method="sparseOptFlow",
                proximity_thresh=0.5,
                appearance_thresh=0.8,
                with_reid=False,
                model="auto",
            )
        )

    def follow(self: Any, detections: Detections, image: Image, camera_view: Image | None) -> list[tuple[int, int]]:
        """Number of the track and index of the detection for everybody who is to be reported."""
        if self._alike:
            self._looks = looks.colours(image, detections.xyxy)
        self.update(_Results(detections.xyxy, detections.confidence), camera_view)
        now = [track for track in self.tracked_stracks if track.frame_id == self.frame_id]
        for track in now:
            track.is_activated = track.is_activated or track.score >= self._sure
            if self._alike:
                track.look = self._remembered(getattr(track, "look", None), self._looks[int(track.idx)])
        return [(int(track.track_id), int(track.idx)) for track in now if track.is_activated]

    def init_track(self, *arguments: Any, **named: Any) -> Any:
        """Candidates for new tracks, numbered by this tracker and not by a counter of the whole process."""
        tracks = super().init_track(*arguments, **named)  # type: ignore[misc]
        for track in tracks:
            track.next_id = self._next_id
        return tracks

    def get_kalmanfilter(self) -> Any:
        """A filter whose velocities, and so their noise, are per frame of ours and not per frame of the design."""
        make: Any = super().get_kalmanfilter  # type: ignore[misc]
        measuring, moving, starting = make(), make(), make()
        for kalman in (moving, starting):
            kalman._std_weight_velocity *= self._frames
        return SimpleNamespace(update=measuring.update, predict=moving.predict, initiate=starting.initiate)

    def multi_predict(self, tracks: list[Any]) -> None:
        """Let each track move on by the tracker's own filter, not by one shared by all trackers of the process."""
        for track in tracks:
            track.predict()

    def get_dists(self: Any, tracks: list[Any], detections: list[Any]) -> Any:
        """Distance 1 - buffered IoU (Yang et al. 2023): (len(tracks), len(detections)) float32."""
        a = boxes.expand(_corners(tracks), self._buffer)
        b = boxes.expand(_corners(detections), self._buffer)
        distance = 1 - boxes.iou(a, b)
        if self._alike:
            distance[self._strangers(tracks, detections)] = 1
        return _matching.fuse_score(distance, detections) if self.args.fuse_score else distance

    def _strangers(self, tracks: list[Any], detections: list[Any]) -> Any:
        """(len(tracks), len(detections)) bool: whose colours rule out that they are the same."""
        unknown = np.zeros((2, looks.BINS), np.float32)
        worn = np.array([getattr(track, "look", unknown) for track in tracks], np.float32).reshape(-1, *unknown.shape)
        seen = self._looks[[int(detection.idx) for detection in detections]]
        # a look of zeros is that of a box outside the picture, and says nothing
        known = np.any(worn, axis=(1, 2)).reshape(-1, 1) & np.any(seen, axis=(1, 2)).reshape(1, -1)
        return (looks.similarity(worn, seen) < self._alike) & known

    @staticmethod
    def _remembered(before: Floats | None, now: Floats) -> Floats:
        """A moving mean, so that one bad box does not change what somebody is known by."""
        mixed = now if before is None else _KEPT * before + (1 - _KEPT) * now
        return np.asarray(mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9), np.float32)


def _corners(tracks: list[Any]) -> Floats:
    return np.array([track.xyxy for track in tracks], np.float32).reshape(-1, 4)


class _PacedByteTrack(_Paced, _byte_track.BYTETracker):
    pass


class _PacedBotSort(_Paced, _bot_sort.BOTSORT):
    pass
