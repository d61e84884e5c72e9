"""Catalogue, indexes and media as one thing: the only thing that ingest and search know of storage.

::

    GALLERY/                folder of the user alone (0700)
      gallery.sqlite3       the truth, vectors included
      index/KIND.index      one for each vector space; rebuilt when missing or out of date
      media/SHA256/         crops and scenes of one footage
      writer.lock           held while somebody writes
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.catalogue import lookup, reads
from pipeline.catalogue.models import FootageRow
from pipeline.catalogue.store import Catalogue
from pipeline.errors import GalleryReadOnly
from pipeline.index.faiss_index import FaissIndex
from pipeline.index.shelf import Shelf
from pipeline.media import Media
from pipeline.storage import intake, nearest, removal, soundness
from pipeline.storage.folder import INDEX, MEDIA, prepare
from pipeline.storage.lock import WriterLock
from pipeline.storage.parts import Parts
from pipeline.storage.upgrade import bring_up_to_date
from pipeline.types import (
    Floats,
    FootageInfo,
    FootageRecord,
    FrameDetections,
    Space,
    StoredTracklet,
    Tracklet,
    Window,
)

_ALWAYS = Window()


class Gallery:
    """Everything that was ingested. Use `Gallery.open`, and close it or use it in a with statement.

    Any number of processes may read while one writes. Every writing method takes the writer's lock for itself; hold
    `writer()` around several of them.

    Attributes:
        path: the folder, absolute.
        read_only: whether writing methods raise GalleryReadOnly.
    """

    def __init__(self, path: Path, catalogue: Catalogue, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        shelf = Shelf(path / INDEX, FaissIndex, FaissIndex.load, writable=not read_only)
        self._parts = Parts(path, catalogue, Media(path / MEDIA), shelf)
        self._lock = WriterLock(path)

    @classmethod
    def open(cls, path: Path, *, create: bool = False, read_only: bool = False) -> Self:
        """Opens the gallery in a folder; where it may not be written to, it opens for reading by itself.

        Args:
            path: the folder.
            create: make it, and what is missing of the folders above it, private to the user (0700).
            read_only: write nothing, even where it is allowed.

        Raises:
            GalleryNotFound: there is none, and `create` is off.
            GalleryDamaged: its catalogue is no sound SQLite database.
            GalleryBusy: its tables must be upgraded, and another process is writing.
            GalleryReadOnly: its tables must be upgraded, and it may not be written to.
            GalleryError: it may not be read, or was made by a newer version of this software.
        """
        path = Path(path).expanduser().absolute()
        writable = prepare(path, create=create, read_only=read_only)
        catalogue = Catalogue.open(path, writable=writable)
        try:
            bring_up_to_date(catalogue, path, writable=writable)
        except BaseException:
            catalogue.close()
            raise
        return cls(path, catalogue, read_only=not writable)

    def close(self) -> None:
        """Lets go of the files."""
        self._parts.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # What is in it

    def footage(self) -> list[FootageRecord]:
        """All footage, complete or not, oldest first."""
        with self._parts.catalogue.reading() as session:
            return reads.footage(session)

    def find(self, sha256: str) -> FootageRecord | None:
        """The footage of a digest, None where there is none."""
        with self._parts.catalogue.reading() as session:
            return next(iter(reads.footage(session, FootageRow.sha256 == sha256)), None)

    def get_footage(self, id_or_name_or_prefix: str) -> FootageRecord:
        """The footage of an id, a file name or path, or the beginning of a digest (four characters or more).

        Raises:
            FootageNotFound: nothing fits.
            QueryError: several fit.
        """
        return lookup.choose(self.footage(), id_or_name_or_prefix)

    def logged(self, footage_id: int) -> Generator[FrameDetections]:
        """The detections of an unfinished footage that are stored now, in order; later commits do not show in it."""
        with self._parts.catalogue.reading() as session:
            chunks = reads.log_chunks(session, footage_id)
        return self._logged(chunks)

    def _logged(self, chunks: Sequence[int]) -> Generator[FrameDetections]:
        # a transaction for each chunk: one that stayed open between them would hold up the clearing of the log
        for chunk in chunks:
            with self._parts.catalogue.reading() as session:
                frames = reads.logged_chunk(session, chunk)
            yield from frames

    def committed(self, footage_id: int) -> frozenset[int]:
        """The numbers of a footage's tracklets stored so far."""
        with self._parts.catalogue.reading() as session:
            return reads.committed(session, footage_id)

    def spaces(self) -> dict[str, Space]:
        """The vector space of each kind."""
        with self._parts.catalogue.reading() as session:
            return reads.spaces(session)

    def count(self, *, cameras: Sequence[str] = (), window: Window = _ALWAYS) -> int:
        """How many tracklets there are, or are left by the filters of `search`."""
        with self._parts.catalogue.reading() as session:
            allowed = reads.allowed(session, cameras, window)
            return reads.count(session) if allowed is None else len(allowed)

    def cameras(self) -> list[str]:
        """The names of all cameras, sorted."""
        with self._parts.catalogue.reading() as session:
            return reads.cameras(session)

    def tracklets(self, ids: Sequence[int]) -> list[StoredTracklet]:
        """Tracklets by id, in the order asked.

        Raises:
            GalleryError: one is not there, or no longer.
        """
        with self._parts.catalogue.reading() as session:
            try:
                return reads.tracklets(session, [int(i) for i in ids], self._parts.media.locate)
            except KeyError as error:
                raise nearest.gone(self._parts, error) from error

    def verify(self) -> list[str]:
        """What is wrong with the gallery, one line each; nothing when it is sound."""
        return soundness.verify(self._parts.catalogue, self._parts.media, self._parts.shelf)

    # Searching

    def search(
        self,
        space: Space,
        queries: Floats,
        k: int,
        *,
        cameras: Sequence[str] = (),
        window: Window = _ALWAYS,
        only: Sequence[int] | None = None,
    ) -> list[list[tuple[int, float]]]:
        """The tracklets nearest to each query.

        Args:
            space: that the queries are of.
            queries: (Q, D) float32; their length does not matter.
            k: how many at most, for each query.
            cameras: names to look at; empty means all.
            window: when to look: tracklets that overlap it. Footage whose start is unknown matches no wall-clock time.
            only: ids to look among; None for all.

        Returns:
            For each query (tracklet id, cosine), best first. Nothing where the filters leave nothing.

        Raises:
            GalleryEmpty: the gallery holds no tracklet.
            SpaceMismatch: its vectors are of another space.
            QueryError: the window ends before it begins.
            ValueError: queries of another shape, or one of length 0.
        """
        return nearest.search(self._parts, space, queries, k, cameras, window, only)

    def scores(self, space: Space, query: Floats, ids: Sequence[int]) -> Floats:
        """The exact cosines (N,) of a query (D,) and given tracklets, in the order asked.

        Raises:
            SpaceMismatch: the gallery's vectors are of another space.
            GalleryError: a tracklet is not there, or has no vector in this space.
        """
        return nearest.scores(self._parts, space, query, ids)

    def background(self, space: Space, query: Floats, most: int) -> Floats:
        """The cosines of a query (D,) and all tracklets, or of a random sample of `most` that is always the same.

        Raises:
            SpaceMismatch: the gallery's vectors are of another space.
        """
        return nearest.background(self._parts, space, query, most)

    def vectors(self, space: Space, ids: Sequence[int]) -> Floats:
        """The vectors (N, D) of given tracklets, in the order asked.

        Raises:
            SpaceMismatch: the gallery's vectors are of another space.
            GalleryError: a tracklet is not there, or has no vector in this space.
        """
        return nearest.vectors(self._parts, space, ids)

    def candidates(
        self, space: Space, *, cameras: Sequence[str] = (), window: Window = _ALWAYS
    ) -> tuple[NDArray[np.int64], Floats]:
        """The ids (N,) of all tracklets that cameras and times leave, ascending, and their vectors (N, D).

        Raises:
            GalleryEmpty, SpaceMismatch, QueryError: as `search`.
        """
        return nearest.candidates(self._parts, space, cameras, window)

    # Writing

    @contextmanager
    def writer(self, wait_s: float = 0) -> Iterator[None]:
        """Keeps other processes from writing within the block; they may read.

        Args:
            wait_s: how long to wait for another writer to end.

        Raises:
            GalleryBusy: another is writing.
            GalleryReadOnly: the gallery may not be written to.
        """
        if self.read_only:
            raise GalleryReadOnly(f"the gallery {self.path} is read-only here: it can be searched, not changed")
        with self._lock.held(wait_s) as outermost:
            if outermost:
                removal.sweep(self._parts)
            yield

    def begin(self, info: FootageInfo, *, settings: str, spaces: Sequence[Space]) -> FootageRecord:
        """Begins an ingest, or goes on with one that was interrupted.

        Args:
            info: the footage. The newest word on its path, camera and start counts.
            settings: digest of everything that changes the result; if it is not that of the interrupted ingest, what
                was stored of it is dropped and it starts over.
            spaces: in which every tracklet will have a vector.

        Returns:
            Its record; that of complete footage unchanged.

        Raises:
            SpaceMismatch: the gallery holds vectors of another space of the same kind.
        """
        with self.writer():
            return intake.begin(self._parts, info, settings, spaces)

    def commit(self, footage_id: int, frames: Sequence[FrameDetections], tracklets: Sequence[Tracklet]) -> None:
        """Stores detections and tracklets of a footage that was begun, all or nothing; they can be searched at once.

        Args:
            footage_id: of the footage.
            frames: that follow those stored so far.
            tracklets: with crops, and a vector of norm 1 in each space that was named to `begin`.

        Raises:
            DiskFull: there is no room; nothing was stored.
            ValueError: frames or tracklets that do not fit what is stored.
        """
        with self.writer():
            intake.commit(self._parts, footage_id, frames, tracklets)

    def finish(self, footage_id: int, *, frames_decoded: int, corrupt_packets: int) -> FootageRecord:
        """Marks a footage complete, drops its log of detections, and saves the indexes.

        Args:
            footage_id: of the footage.
            frames_decoded: how many frames were decoded in all.
            corrupt_packets: how many packets were skipped.

        Returns:
            Its record, now complete.
        """
        with self.writer():
            return intake.finish(self._parts, footage_id, frames_decoded, corrupt_packets)

    def remove(self, footage_id: int) -> int:
        """Removes a footage, and all that was known from it, without a trace: rows, vectors, pictures, index entries.

        Returns:
            The number of tracklets removed.

        Raises:
            FootageNotFound: there is no such footage.
        """
        with self.writer():
            return removal.remove(self._parts, footage_id)
