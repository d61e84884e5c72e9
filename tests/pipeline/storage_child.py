"""Processes for the tests of storage that get killed.

Run as a script, it does everything once and then forks: such a fork starts at once, a Python does not.

storage_child.py kills GALLERY TIMES SEED    kill ingests and removals at random moments, then let one end
storage_child.py points GALLERY              kill at each of the moments that matter, and let one end after each
storage_child.py crowd GALLERY               one that writes, two that search, one that wants to write too

Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from storage_samples import LOOKS, SPACES, fill, frames, info, tracklet, vector

import pipeline.index.files
from pipeline.catalogue import writes
from pipeline.catalogue.store import Catalogue
from pipeline.errors import GalleryBusy, GalleryEmpty
from pipeline.gallery import Gallery
from pipeline.media import Media
from pipeline.storage import intake, removal
from pipeline.storage.parts import Parts

NAMES = ("door", "yard", "passage")
BATCHES = 6


def ingest(gallery: Gallery, name: str, batches: int = BATCHES, pause_s: float = 0.0) -> None:
    """Ingests a footage, or what is left of it: batches of four frames and two people."""
    record = gallery.begin(info(name), settings="s1", spaces=SPACES)
    if record.complete:
        return
    log, done = list(gallery.logged(record.id)), gallery.committed(record.id)
    for batch in range(batches):
        new = frames(4 * batch)
        if 4 * batch < len(log):  # a batch is stored whole or not at all
            assert [f.index for f in log[4 * batch : 4 * batch + 4]] == [f.index for f in new]
            assert {2 * batch + 1, 2 * batch + 2} <= done
            continue
        gallery.commit(record.id, new, [tracklet(name, 2 * batch + n, float(batch)) for n in (1, 2)])
        time.sleep(pause_s)
    gallery.finish(record.id, frames_decoded=100, corrupt_packets=1)


def everything(path: Path) -> None:
    """All there is to ingest."""
    with Gallery.open(path, create=True) as gallery, gallery.writer(wait_s=5):
        for name in NAMES:
            ingest(gallery, name)


def little(path: Path) -> None:
    """The first footage only, and only the beginning of it."""
    with Gallery.open(path, create=True) as gallery:
        ingest(gallery, NAMES[0], 3)


def endless(path: Path) -> None:
    """Ingests everything; then removes something and ingests it again, and so on."""
    while True:
        everything(path)
        with Gallery.open(path) as gallery:
            gallery.remove(gallery.get_footage(f"{NAMES[-1]}.mp4").id)


def verified(path: Path) -> list[str]:
    """What is wrong with a gallery; removals that were cut short are no fault, but must be told."""
    if not (path / "gallery.sqlite3").exists() or not (path / "gallery.sqlite3").stat().st_size:
        return []
    with Gallery.open(path) as gallery:
        lines = gallery.verify()
        try:
            hits = gallery.search(LOOKS, vector(1)[None], 99)[0]
        except GalleryEmpty:
            hits = []
        if len(hits) != gallery.count():
            lines.append(f"{len(hits)} hits among {gallery.count()} tracklets")
        gallery.tracklets([i for i, _ in hits])
    return [line for line in lines if "not all is swept yet" not in line]


def warm_up() -> None:
    """Does everything once, so that forks need not. What a killed process wrote is not lost, unlike at a power cut."""
    os.fsync = lambda _: None
    with tempfile.TemporaryDirectory() as folder:
        little(Path(folder) / "g")
        remove(Path(folder) / "g")
        verified(Path(folder) / "g")


def forked(action: Callable[[], Any]) -> int:
    """Starts a process that does something; returns its id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        action()
        status = 0
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    os._exit(status)


def ended(child: int) -> int:
    """How a process ended: its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def checked(path: Path) -> list[str]:
    """`verified`, in a process of its own, so that this one stays as it is."""
    reading, writing = os.pipe()

    def tell() -> None:
        os.write(writing, json.dumps(verified(path)).encode())

    code = ended(forked(tell))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return [*json.loads(said)] if code == 0 else [f"verify ended with {code}"]


def kills(path: Path, times: int, seed: int) -> dict[str, Any]:
    """Kills at random moments."""
    rng = random.Random(seed)
    started = time.monotonic()
    ended(forked(lambda: everything(path.with_name("rehearsal"))))
    whole = time.monotonic() - started
    endings, wrong = [], []
    for _ in range(times):
        child = forked(lambda: endless(path))
        time.sleep(rng.uniform(0.02, 0.35) * whole)
        os.kill(child, signal.SIGKILL)
        endings.append(ended(child))
        wrong += checked(path)
    last = ended(forked(lambda: everything(path)))
    return {"endings": endings, "wrong": wrong, "last": last}


def remove(path: Path) -> None:
    """Removes one footage."""
    with Gallery.open(path) as gallery:
        gallery.remove(gallery.get_footage("door.mp4").id)


def restart(path: Path) -> None:
    """Begins one anew that was interrupted, with other settings."""
    with Gallery.open(path) as gallery:
        gallery.begin(info("hall"), settings="s2", spaces=SPACES)


def before_a_change(path: Path) -> None:
    """Something to remove, and something to begin anew."""
    little(path)
    with Gallery.open(path) as gallery:
        fill(gallery, "hall", 2, done=False)


def deadly(owner: Any, function: str, when: str, call: int, act: Callable[[], None]) -> None:
    """Does something, and is killed before or after the n-th call of a function."""
    real, calls = getattr(owner, function), []

    def replaced(*args: Any, **more: Any) -> Any:
        calls.append(1)
        if when == "before" and len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **more)
        if when == "after" and len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with patch.object(owner, function, replaced):
        act()


def _points() -> Iterator[tuple[str, Callable[[Path], None], Any, str, str, int]]:
    """Name, what is done, and the function before or after whose n-th call the process is killed."""
    yield "begun", little, intake, "begin", "after", 1
    yield "a picture half written", little, Path, "replace", "before", 9
    yield "pictures without rows", little, Media, "write", "after", 2
    yield "within the transaction", little, writes, "commit", "after", 3
    yield "all but the end", little, writes, "finish", "before", 1
    yield "within the last transaction", little, writes, "finish", "after", 1
    yield "complete without indexes", little, Parts, "save_indexes", "before", 1
    yield "one index of two", little, pipeline.index.files, "write", "before", 2
    yield "an index half written", little, Path, "replace", "before", 19
    yield "rows removed", remove, removal, "forget", "before", 1
    yield "media removed", remove, Media, "delete_folder", "after", 1
    yield "rewritten", remove, Catalogue, "scrub", "after", 1
    yield "within the transaction that ends it", remove, writes, "swept", "after", 1
    yield "removed but for the log", remove, Catalogue, "empty_log", "before", 2
    yield "started over but for the media", restart, Media, "delete_folder", "before", 1
    yield "started over but for the index", restart, Media, "delete_folder", "after", 1


def points(path: Path) -> dict[str, Any]:
    """Kills at the moments that matter."""
    outcome = {}
    for number, (name, act, owner, function, when, call) in enumerate(_points()):
        gallery = path / str(number)
        changes = act is not little
        prepared = ended(forked(lambda: before_a_change(gallery))) if changes else 0  # noqa: B023 - done at once
        died = ended(forked(lambda: deadly(owner, function, when, call, lambda: act(gallery))))  # noqa: B023
        wrong = checked(gallery)
        last = ended(forked(lambda: little(gallery)))  # noqa: B023
        outcome[name] = [prepared, died, wrong, last, checked(gallery)]
    return outcome


def crowd(path: Path) -> dict[str, Any]:
    """One writes, two search meanwhile, one wants to write too."""
    Gallery.open(path, create=True).close()
    reports = [path.with_name(f"report{n}.json") for n in range(3)]

    def write() -> None:
        with Gallery.open(path) as gallery, gallery.writer():
            reports[2].write_text(str(os.getpid()))
            for name in NAMES:
                ingest(gallery, name, pause_s=0.01)

    def search(number: int) -> None:
        sizes = []
        with Gallery.open(path, read_only=True) as gallery:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                records = gallery.footage()
                try:
                    hits = gallery.search(LOOKS, vector(1)[None], 99)[0]
                except GalleryEmpty:
                    hits = []
                people = gallery.tracklets([i for i, _ in hits])
                assert all(Path(crop.path).read_bytes()[-2:] == b"\xff\xd9" for one in people for crop in one.crops)
                sizes.append(len(hits))
                if sum(record.complete for record in records) == len(NAMES):
                    break
        reports[number].write_text(json.dumps(sizes))

    writer = forked(write)
    readers = [forked(lambda n=n: search(n)) for n in range(2)]
    while not reports[2].exists():
        time.sleep(0.002)
    said = ""
    with Gallery.open(path) as gallery:
        try:
            gallery.begin(info("hall"), settings="s1", spaces=SPACES)
        except GalleryBusy as error:
            said = str(error)
    codes = [ended(child) for child in (writer, *readers)]
    sizes = [json.loads(report.read_text()) for report in reports[:2]]
    return {"codes": codes, "sizes": sizes, "busy": said, "writer": int(reports[2].read_text())}


if __name__ == "__main__":
    what, where, *numbers = sys.argv[1:]
    acts: dict[str, Callable[..., dict[str, Any]]] = {"kills": kills, "points": points, "crowd": crowd}
    warm_up()
    sys.stdout.write(json.dumps(acts[what](Path(where), *map(int, numbers))))
