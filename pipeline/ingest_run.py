"""One ingest of one footage: what an earlier run stored of it, and what is not stored yet."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING

from detectors.types import Detections
from pipeline.embedding import Embedder
from pipeline.errors import EmptyFootage, GalleryDamaged
from pipeline.types import FootageInfo, FootageRecord, Frame, FrameDetections, Tracklet
from pipeline.video import Footage

if TYPE_CHECKING:
    from pipeline.gallery import Gallery


class Run:
    """Keeps the gallery and the frames that are gone through in step.

    Frames and tracklets are stored together, in one transaction: at any moment the tracklets in the gallery are those
    that end within the frames of its log. A run that goes on from there needs nothing else.

    Args:
        gallery: where to.
        record: of the footage, as `Gallery.begin` gave it.
        info: of the footage.

    Attributes:
        frames_done: frames gone through so far.
        people: tracklets that have ended so far.
        replaying: True while the frames are those of an earlier run.
    """

    def __init__(self, gallery: Gallery, record: FootageRecord, info: FootageInfo) -> None:
        self.frames_done = 0
        self.people = 0
        self.replaying = record.frames_done > 0
        self._gallery, self._record, self._info = gallery, record, info
        self._stored = gallery.committed(record.id)
        self._log = gallery.logged(record.id)
        self._frames: list[FrameDetections] = []
        self._ended: list[Tracklet] = []

    def replayed(self, batch: list[Frame]) -> list[Detections] | None:
        """What the detector said of these frames in an earlier run; None if it was not asked.

        Raises:
            GalleryDamaged: if what was stored is of other frames.
        """
        self.frames_done += len(batch)
        logged = list(itertools.islice(self._log, len(batch))) if self.replaying else []
        self.replaying = bool(logged)
        if not logged:
            return None
        # what is stored is always a whole number of batches
        if [(found.index, round(found.time_s, 6)) for found in logged] != [
            (frame.index, round(frame.time_s, 6)) for frame in batch
        ]:
            raise self._misfit()
        return [Detections(found.xyxy, found.confidence) for found in logged]

    def found(self, batch: list[Frame], detections: list[Detections]) -> None:
        """Take in what the detector says of frames that no earlier run had come to."""
        self._frames += [
            FrameDetections(frame.index, frame.time_s, seen.xyxy, seen.confidence)
            for frame, seen in zip(batch, detections, strict=True)
        ]

    def ended(self, tracklets: list[Tracklet]) -> None:
        """Take in tracklets that have ended."""
        self.people += len(tracklets)
        self._ended += [tracklet for tracklet in tracklets if tracklet.number not in self._stored]

    def commit(self, embedder: Embedder) -> None:
        """Store what is not stored yet, frames and tracklets in one transaction."""
        if self._frames or self._ended:
            self._gallery.commit(self._record.id, self._frames, [embedder.embed(tracklet) for tracklet in self._ended])
        self._frames, self._ended = [], []

    def check(self, footage: Footage) -> None:
        """See that the footage was there, and the same, to its end.

        Raises:
            FootageError: if it was not, or if not a frame of it could be decoded.
            GalleryDamaged: if an earlier run had stored more frames than there are.
        """
        footage.check_unchanged()
        if next(self._log, None) is not None:
            raise self._misfit()
        if not self.frames_done:
            raise EmptyFootage(f"{self._info.path}: not a single frame could be decoded")

    def give_up(self, footage: Footage) -> None:
        """Keep what was stored only if the footage is still what it was: a disk that was unplugged comes back."""
        with suppress(OSError):
            if footage.has_changed() or not self.frames_done:
                self._gallery.remove(self._record.id)

    def close(self) -> None:
        """Let go of the log."""
        if isinstance(self._log, Generator):  # it holds a session of the catalogue
            self._log.close()

    def _misfit(self) -> GalleryDamaged:
        return GalleryDamaged(
            f"{self._info.path.name}: what an interrupted ingest stored does not fit its frames; "
            f"do `reidpipe footage remove {self._record.id}` and ingest it again"
        )
