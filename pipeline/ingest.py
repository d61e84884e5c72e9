"""Footage in, tracklets out: frames -> detector -> tracker -> best crops -> vectors -> gallery."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.types import Detections, Detector, PoseEstimator, Tracker
from pipeline.crops import CropKeeper
from pipeline.embedding import Embedder
from pipeline.errors import FootageError, Interrupted
from pipeline.ingest_report import IngestResult, Progress, already_there, notices_of
from pipeline.ingest_run import Run
from pipeline.prefetch import Prefetch
from pipeline.types import FootageInfo, Frame, Space
from pipeline.video import Footage
from reid.types import ImageEncoder

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.gallery import Gallery

__all__ = ["IngestResult", "Ingestor", "Progress", "settings_digest"]

_CLOSE_AFTER_S = 3.0  # more than trackers wait for somebody who is out of sight
_LONGEST_S = 60.0
_COMMIT_BATCHES = 5  # 8 seconds of footage at 5 frames a second in batches of 8
_BATCH_BYTES = 128 << 20  # of the frames of a batch; up to four batches are in memory at a time
_BATCHES_AHEAD = 2
_VERSION = 1  # raise it when the result of an ingest changes though no setting does


def settings_digest(
    settings: Settings, detector: Detector, tracker: Tracker, encoders: Mapping[str, ImageEncoder]
) -> str:
    """A digest of everything but the footage that changes what an ingest finds."""
    parts = {
        "version": _VERSION,
        "detector": detector.fingerprint,
        "batch": settings.detector.batch,
        "tracker": tracker.fingerprint,
        "fps": settings.sampling.fps,
        "crops": settings.crops.model_dump(mode="json"),
        "spaces": {kind: encoder.space for kind, encoder in encoders.items()},
        "align": settings.encoders.align,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _nobody_asks() -> bool:
    return False


class Ingestor:
    """Puts footage into a gallery, one after the other.

    However often it is interrupted, by Ctrl-C or `kill -9`, the result is that of an undisturbed run: what the detector
    said is stored together with the tracklets that had ended by then, and the next run goes through it again with a
    fresh tracker instead of asking the detector anew.

    Args:
        gallery: where to.
        detector: finds people.
        make_tracker: makes a tracker for a given number of frames a second.
        encoders: an image encoder for each kind of space, APPEARANCE and LANGUAGE.
        settings: `detector.batch`, `sampling`, `crops` and `encoders.align` are used.
        pose: finds body keypoints, for encoders that make use of them.
    """

    def __init__(
        self,
        gallery: Gallery,
        detector: Detector,
        make_tracker: Callable[[float], Tracker],
        encoders: Mapping[str, ImageEncoder],
        settings: Settings,
        pose: PoseEstimator | None = None,
    ) -> None:
        self._gallery = gallery
        self._detector = detector
        self._make_tracker = make_tracker
        self._encoders = dict(encoders)
        self._settings = settings
        self._embedder = Embedder(encoders, pose)

    def ingest(
        self,
        info: FootageInfo,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = _nobody_asks,
    ) -> IngestResult:
        """Ingest one footage, or what is left of it.

        Args:
            info: of `pipeline.video.probe`.
            on_progress: is called after each batch of frames.
            should_stop: is asked after each batch; True ends the ingest there, with everything saved.

        Raises:
            Interrupted: if `should_stop` said so.
            FootageError: if the file cannot be decoded, vanishes, or changes while it is read.
            GalleryError: if the gallery cannot be written to, is written to by another process, or holds vectors of
                another encoder.
        """
        started = time.perf_counter()
        fps = self._settings.sampling.fps
        digest = settings_digest(self._settings, self._detector, self._make_tracker(fps), self._encoders)
        spaces = [Space(kind, encoder.space, encoder.dim) for kind, encoder in self._encoders.items()]
        with self._gallery.writer():
            known = self._gallery.find(info.sha256)
            if known is not None and known.complete:
                return already_there(known, info, digest, time.perf_counter() - started)
            with Footage(info.path) as footage:
                if footage.size_bytes != info.size_bytes:
                    raise FootageError(f"{info.path}: changed since it was looked at; ingest it once it is finished")
                # slower footage than the sampling rate gives fewer frames than asked for
                tracker = self._make_tracker(min(fps, footage.nominal_fps))
                begun = self._gallery.begin(info, settings=digest, spaces=spaces)
                with closing(Run(self._gallery, begun, info)) as run:
                    try:
                        self._go_through(footage, run, tracker, _Teller(info, on_progress, started), should_stop)
                    except FootageError:
                        run.give_up(footage)
                        raise
                done = self._gallery.finish(
                    begun.id, frames_decoded=footage.frames_decoded, corrupt_packets=footage.corrupt_packets
                )
        return IngestResult(
            footage=done,
            status="resumed" if begun.frames_done else "added",
            tracklets=done.tracklets,
            frames_sampled=run.frames_done,
            frames_decoded=footage.frames_decoded,
            corrupt_packets=footage.corrupt_packets,
            seconds=footage.end_s,
            wall_s=time.perf_counter() - started,
            notices=notices_of(known, begun, done, info, footage),
        )

    def _go_through(
        self, footage: Footage, run: Run, tracker: Tracker, teller: _Teller, should_stop: Callable[[], bool]
    ) -> None:
        crops = self._settings.crops
        keeper = CropKeeper(
            per_tracklet=crops.per_tracklet,
            min_height_px=crops.min_height_px,
            close_after_s=_CLOSE_AFTER_S,
            longest_s=_LONGEST_S,
        )
        frames = footage.frames(self._settings.sampling.fps)
        with Prefetch(_batches(frames, self._batch_size(teller.info)), _BATCHES_AHEAD) as batches:
            for count, batch in enumerate(batches, 1):
                for frame, found in zip(batch, self._detections(batch, run), strict=True):
                    run.ended(keeper.add(frame, tracker.update(found, frame.image)))
                teller.tell(run, batch[-1].time_s)
                stopped = should_stop()
                if stopped or count % _COMMIT_BATCHES == 0:
                    run.commit(self._embedder)
                if stopped:
                    raise Interrupted(
                        f"{footage.path.name}: stopped at {batch[-1].time_s:.1f} s; what was done is saved, "
                        "run the same command again to go on"
                    )
        run.ended(keeper.finish())
        run.check(footage)
        run.commit(self._embedder)

    def _batch_size(self, info: FootageInfo) -> int:
        frame_bytes = max(info.width * info.height * 3, 1)
        return max(1, min(self._settings.detector.batch, _BATCH_BYTES // frame_bytes))

    def _detections(self, batch: list[Frame], run: Run) -> list[Detections]:
        """Of each frame of a batch: from the log as far as it reaches, then from the detector."""
        logged = run.replayed(batch)
        if logged is not None:
            return logged
        found = self._detector.detect([frame.image for frame in batch])
        run.found(batch, found)
        return found


def _batches(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    """Lists of `size` frames, always counted from the first one, so that a resumed ingest has the same."""
    while batch := list(itertools.islice(frames, size)):
        yield batch


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells how far an ingest has come."""

    info: FootageInfo
    listener: Callable[[Progress], None] | None
    started: float

    def tell(self, run: Run, done_s: float) -> None:
        if self.listener is not None:
            speed = done_s / max(time.perf_counter() - self.started, 1e-9)
            self.listener(Progress(run.frames_done, done_s, self.info.duration_s, run.people, speed, run.replaying))
