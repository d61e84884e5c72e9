"""pipeline.gallery: verify finds each fault, says where it is, and finds none where there is none."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from storage_samples import LOOKS, fill, info, vector

from pipeline.errors import GalleryDamaged
from pipeline.gallery import Gallery
from pipeline.index import files
from pipeline.index.faiss_index import FaissIndex


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """Complete footage 'door' with tracklets 1-3, unfinished 'yard' with 4 and 5."""
    with Gallery.open(tmp_path / "g", create=True) as made:
        fill(made, "door")
        fill(made, "yard", 2, done=False)
        assert made.verify() == []
        yield made


def _sql(*statements: str) -> Callable[[Gallery], None]:
    def act(gallery: Gallery) -> None:
        with closing(sqlite3.connect(gallery.path / "gallery.sqlite3")) as raw, raw:
            for statement in statements:
                raw.execute(statement)

    return act


def _file(path: Path, content: bytes) -> Callable[[Gallery], None]:
    def act(gallery: Gallery) -> None:
        (gallery.path / path).parent.mkdir(exist_ok=True)
        (gallery.path / path).write_bytes(content)

    return act


NAN = np.full(16, np.nan, "<f4").tobytes().hex()


def _media(name: str) -> Path:
    return Path("media") / info("door").sha256 / name


FAULTS: dict[str, tuple[Callable[[Gallery], None], list[str]]] = {
    "missing crop": (
        lambda g: (g.path / _media("000002-01.jpg")).unlink(),
        [r"footage 1 \(door.mp4\), tracklet 2: .*000002-01.jpg is missing"],
    ),
    "missing scene": (
        lambda g: (g.path / _media("000003-scene.jpg")).unlink(),
        ["tracklet 3: .*000003-scene.jpg is missing"],
    ),
    "empty crop": (
        _file(_media("000001-00.jpg"), b""),
        ["tracklet 1: .*000001-00.jpg is empty"],
    ),
    "missing crop of unfinished footage": (
        lambda g: (g.path / "media" / info("yard").sha256 / "000001-00.jpg").unlink(),
        [r"footage 2 \(yard.mp4\), tracklet 1: .*missing"],
    ),
    "orphan": (
        _file(_media("000077-00.jpg"), b"x"),
        [r"1 media files belong to no tracklet of footage 1 \(door.mp4\), such as .*000077-00.jpg"],
    ),
    "orphan folder": (
        _file(Path("media/old/a.jpg"), b"x"),
        ["1 media files belong to no footage, such as .*old/a.jpg"],
    ),
    "short vector": (
        _sql("UPDATE vectors SET data = x'0011223344556677' WHERE tracklet_id = 2 AND space_id = 1"),
        ["tracklet 2: its appearance vector has 8 bytes, expected 96"],
    ),
    "long vector": (
        _sql("UPDATE vectors SET data = CAST(data || data AS BLOB) WHERE tracklet_id = 2 AND space_id = 2"),
        ["tracklet 2: its language vector has 128 bytes, expected 64"],
    ),
    "vector of zeros": (
        _sql("UPDATE vectors SET data = zeroblob(96) WHERE tracklet_id = 5 AND space_id = 1"),
        [r"footage 2 \(yard.mp4\), tracklet 2: its appearance vector has length 0.000"],
    ),
    "vector of nan": (
        _sql(f"UPDATE vectors SET data = x'{NAN}' WHERE tracklet_id = 5 AND space_id = 2"),
        ["tracklet 2: its language vector has length nan"],
    ),
    "no vectors": (
        _sql("DELETE FROM vectors WHERE tracklet_id = 3"),
        ["tracklet 3: it has no appearance vector", "tracklet 3: it has no language vector"],
    ),
    "no crops": (
        _sql("DELETE FROM crops WHERE tracklet_id = 3"),
        ["tracklet 3: it has no crops", "2 media files belong to no tracklet"],
    ),
    "track cut off": (
        _sql("UPDATE tracklets SET track = substr(track, 1, 50) WHERE id = 1"),
        ["tracklet 1: it has a track of 50 bytes"],
    ),
    "track of another": (
        _sql("UPDATE tracklets SET track = (SELECT track FROM tracklets WHERE id = 2) WHERE id = 1"),
        ["tracklet 1: its times do not run from its start to its end"],
    ),
    "log cut off": (
        _sql("UPDATE detections SET data = substr(data, 1, 40) WHERE id = (SELECT max(id) FROM detections)"),
        [r"footage 2 \(yard.mp4\): a run of detections that cannot be read"],
    ),
    "log incomplete": (
        _sql("DELETE FROM detections WHERE id = (SELECT max(id) FROM detections)"),
        ["footage 2 .*: detections of 4 frames, expected 8"],
    ),
    "foreign key": (
        _sql("DELETE FROM tracklets WHERE id = 3"),
        [".*crops points to no row of tracklets", ".*vectors points to no row of tracklets"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told(gallery: Gallery, fault: str) -> None:
    damage, expected = FAULTS[fault]
    damage(gallery)
    lines = gallery.verify()
    assert all("\n" not in line for line in lines)
    for pattern in expected:
        assert any(re.search(pattern, line) for line in lines), (pattern, lines)
    assert all(any(re.search(pattern, line) for pattern in expected) for line in lines), lines


def _saved(gallery: Gallery) -> tuple[Path, FaissIndex, files.Stamp]:
    gallery.get_footage("door.mp4")
    gallery.finish(2, frames_decoded=1, corrupt_packets=0)
    path = gallery.path / "index" / "appearance.index"
    stamp, payload = files.read(path)
    return path, FaissIndex.load(payload), stamp


def test_an_index_that_lies_is_told(gallery: Gallery) -> None:
    path, index, stamp = _saved(gallery)
    swapped = FaissIndex(index.dim)
    swapped.add(index.ids(), index.vectors(index.ids())[::-1])
    files.write(path, stamp, swapped.save())
    [line] = gallery.verify()
    assert "appearance.index is not what the catalogue holds" in line
    index.remove(np.array([2]))
    files.write(path, stamp, index.save())
    assert len(gallery.verify()) == 1
    path.write_bytes(b"junk")
    [line] = gallery.verify()
    assert "appearance.index is no index" in line


def test_a_stale_index_is_no_fault(gallery: Gallery) -> None:
    path, index, stamp = _saved(gallery)
    files.write(path, files.Stamp(stamp.space, stamp.generation - 1, stamp.removals), FaissIndex(index.dim).save())
    assert gallery.verify() == []
    path.unlink()
    assert gallery.verify() == []


def test_a_damaged_page_is_told(gallery: Gallery) -> None:
    gallery.close()
    path = gallery.path / "gallery.sqlite3"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [page] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'vectors'").fetchone()
    whole = bytearray(path.read_bytes())
    whole[4096 * (page - 1) : 4096 * page] = b"\xee" * 4096
    path.write_bytes(whole)
    assert gallery.verify() != []
    for saved in (gallery.path / "index").glob("*.index"):
        saved.unlink()
    with Gallery.open(gallery.path) as again, pytest.raises(GalleryDamaged):
        again.search(LOOKS, vector(1)[None], 3)


def test_an_ingest_under_way_is_no_fault(gallery: Gallery) -> None:
    """Its media are written before its rows."""
    (gallery.path / "media" / info("yard").sha256 / "000009-00.jpg").write_bytes(b"x")
    with gallery.writer():
        assert gallery.verify() == []
        with Gallery.open(gallery.path, read_only=True) as other:
            assert other.verify() == []
