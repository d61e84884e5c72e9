"""Footage, tracklets and vectors for the tests of storage: made by number, so the same wherever they are made."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pipeline.gallery import Gallery
from pipeline.types import (
    APPEARANCE,
    LANGUAGE,
    Floats,
    FootageInfo,
    FootageRecord,
    FrameDetections,
    PersonCrop,
    Space,
    Tracklet,
)

DIM = 24
LOOKS = Space(APPEARANCE, "a1" * 16, DIM)
WORDS = Space(LANGUAGE, "b2" * 16, 16)
SPACES = (LOOKS, WORDS)

T = TypeVar("T")


def info(name: str = "door", *, started_at: datetime | None = None, camera: str | None = None) -> FootageInfo:
    """What is known of a video of that name."""
    return FootageInfo(
        path=Path(f"/footage/{name}.mp4"),
        sha256=sha256(name.encode("utf-8", "surrogateescape")).hexdigest(),
        size_bytes=12_345,
        codec="h264",
        width=1280,
        height=720,
        rotation=0,
        duration_s=60.0,
        fps=25.0,
        camera=name if camera is None else camera,
        started_at=started_at,
    )


def vector(seed: object, dim: int = DIM) -> Floats:
    """A vector of norm 1 that belongs to a seed."""
    number = int.from_bytes(sha256(repr(seed).encode()).digest()[:8], "little")
    numbers = np.random.default_rng(number).normal(size=dim)
    return np.asarray(numbers / np.linalg.norm(numbers), np.float32)


def tracklet(name: str, number: int, start_s: float = 0.0, *, crops: int = 2, side: int = 24) -> Tracklet:
    """A tracklet of the footage of that name, six observations from `start_s` on, five a second."""
    rng = np.random.default_rng(number)
    times = start_s + np.arange(6) / 5
    boxes = np.stack([np.array([10 + i, 20, 60 + i, 180], np.float32) for i in range(6)]) + vector((name, number), 4)
    pictures = tuple(
        PersonCrop(
            image=rng.integers(0, 256, (2 * side, side, 3), dtype=np.uint8),
            frame_index=round(25 * float(times[rank])),
            time_s=float(times[rank]),
            box=boxes[rank],
            confidence=0.9 - 0.1 * rank,
            quality=0.8 - 0.1 * rank,
        )
        for rank in range(crops)
    )
    scene = rng.integers(0, 256, (2 * side, 3 * side, 3), dtype=np.uint8)
    vectors = {space.kind: vector((name, number, space.kind), space.dim) for space in SPACES}
    return Tracklet(number, times, boxes, np.linspace(0.5, 0.9, 6, dtype=np.float32), pictures, scene, vectors)


def frames(first: int, count: int = 4) -> list[FrameDetections]:
    """A run of sampled frames; every third of them shows nobody."""
    found = []
    for index in range(first, first + count):
        people = index % 3
        boxes = np.full((people, 4), index, np.float32) + np.array([0, 0, 5, 9], np.float32)
        found.append(FrameDetections(5 * index, index / 5, boxes, np.full(people, 0.5, np.float32)))
    return found


def fill(
    gallery: Gallery, name: str, tracklets: int = 3, *, done: bool = True, each: int = 1, **more: Any
) -> FootageRecord:
    """Ingests a footage, four frames for each tracklet, `each` tracklets in a commit."""
    record = gallery.begin(info(name, **more), settings="s1", spaces=SPACES)
    for first in range(1, tracklets + 1, each):
        people = [tracklet(name, n, 10.0 * n) for n in range(first, min(first + each, tracklets + 1))]
        gallery.commit(record.id, frames(4 * first, 4 * len(people)), people)
    if done:
        return gallery.finish(record.id, frames_decoded=500, corrupt_packets=2)
    return gallery.get_footage(str(record.id))


def content(gallery: Gallery) -> dict[str, Any]:
    """Everything that a gallery says of its footage, without what depends on when it was said."""
    with closing(sqlite3.connect(gallery.path / "gallery.sqlite3")) as raw:
        ids = dict(raw.execute("SELECT t.id, f.sha256 FROM tracklets t JOIN footage f ON f.id = t.footage_id"))
        vectors: dict[int, dict[str, bytes]] = {}
        for tracklet_id, kind, data in raw.execute(
            "SELECT v.tracklet_id, s.kind, v.data FROM vectors v JOIN spaces s ON s.id = v.space_id"
        ):
            vectors.setdefault(tracklet_id, {})[kind] = data
    found: dict[str, Any] = {
        record.info.sha256: {
            "record": (record.info, record.settings, record.complete, record.frames_done, record.seconds_done),
            "counts": (record.frames_decoded, record.corrupt_packets, record.tracklets),
            "log": [(f.index, f.time_s, f.xyxy.tobytes(), f.confidence.tobytes()) for f in gallery.logged(record.id)],
            "tracklets": {},
        }
        for record in gallery.footage()
    }
    for stored in gallery.tracklets(sorted(ids)):
        found[ids[stored.id]]["tracklets"][stored.number] = (
            (stored.start_s, stored.end_s, stored.times, stored.boxes),
            [(crop.time_s, crop.frame_index, crop.box, crop.quality) for crop in stored.crops],
            [Path(path).read_bytes() for path in (*(crop.path for crop in stored.crops), stored.scene)],
            vectors[stored.id],
        )
    return found


def mount_small(path: Path, size: str) -> bool:
    """Gives a folder a file system of its own, in memory; only root may do this, and not everywhere."""
    if os.geteuid() or not shutil.which("mount"):
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def enlarge(path: Path, size: str) -> None:
    """Gives a mounted file system more room, as a user who deletes something else does."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(path)], check=True)


def unmount(path: Path) -> None:
    """Takes it away again."""
    subprocess.run(["umount", str(path)], check=True)


def unprivileged(action: Callable[[], T]) -> T:
    """The outcome of an action that is done without the privileges of root, for which permissions are no bar.

    Linux keeps them for each thread: the action is done in one that gave them up.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            _give_up_privileges()
            outcome.append(action())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _give_up_privileges() -> None:
    if not sys.platform.startswith("linux"):
        return
    version_3, myself = 0x20080522, 0
    header = (ctypes.c_uint32 * 2)(version_3, myself)
    nothing = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing):
        raise OSError(ctypes.get_errno(), "capset")
