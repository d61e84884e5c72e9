"""pipeline.gallery: after a removal nothing is left of a footage, and of the others everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from storage_samples import LOOKS, WORDS, content, fill, info, tracklet, vector

from pipeline.catalogue import connect, reads
from pipeline.catalogue.store import Catalogue
from pipeline.errors import GalleryEmpty
from pipeline.gallery import Gallery
from pipeline.index import files
from pipeline.index.faiss_index import FaissIndex


def _traces(folder: Path, names: list[bytes]) -> list[str]:
    """The files of a folder that hold any of these bytes, in their content or their name."""
    found = []
    for path in folder.rglob("*"):
        all_of_it = bytes(path) + (path.read_bytes() if path.is_file() else b"")
        found += [f"{path.relative_to(folder)}: {name[:20]!r}" for name in names if name in all_of_it]
    return found


def _marks(name: str, tracklets: int) -> list[bytes]:
    """What gives a footage away: names, digest, vectors, boxes."""
    marks = [name.encode(), info(name).sha256.encode()]
    for number in range(1, tracklets + 1):
        one = tracklet(name, number, 10.0 * number)
        marks += [np.asarray(v, "<f4").tobytes() for v in one.vectors.values()]
        marks += [np.asarray(v, "<f4").tobytes()[8:32] for v in one.vectors.values()]
        marks.append(np.asarray(one.boxes[2], "<f4").tobytes())
    return marks


@pytest.mark.parametrize("order", ["first", "middle", "last"])
def test_nothing_is_left(tmp_path: Path, order: str) -> None:
    names = {"first": ["secretdoor", "yard", "hall"], "middle": ["yard", "secretdoor", "hall"]}
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        for name in names.get(order, ["yard", "hall", "secretdoor"]):
            fill(gallery, name, 6, camera=f"camera of {name}", done=name != "hall")
        marks = _marks("secretdoor", 6)
        assert len({trace.split(":")[0] for trace in _traces(gallery.path, marks)}) > 18  # they can be found at all
        rest = content(gallery)
        del rest[info("secretdoor").sha256]

        assert gallery.remove(gallery.get_footage("secretdoor.mp4").id) == 6

        assert _traces(gallery.path, marks) == []  # while it is still open, log and all
        assert content(gallery) == rest
        assert gallery.verify() == []
        assert gallery.count() == 12
        assert len(gallery.search(LOOKS, vector(1)[None], 99)[0]) == 12
    assert _traces(tmp_path / "g", marks) == []
    with Gallery.open(tmp_path / "g") as gallery:
        found = gallery.search(WORDS, vector(1, 16)[None], 99)[0]
        assert (
            sorted(t.footage.info.path.stem for t in gallery.tracklets([i for i, _ in found]))
            == ["hall"] * 6 + ["yard"] * 6
        )


def test_unfinished_footage_can_be_removed_and_ingested_again(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        record = fill(gallery, "door", 2, done=False)
        before = content(gallery)
        assert gallery.remove(record.id) == 2
        assert _traces(gallery.path, _marks("door", 2)) == []
        assert gallery.find(info("door").sha256) is None
        with pytest.raises(GalleryEmpty):
            gallery.search(LOOKS, vector(1)[None], 3)
        again = fill(gallery, "door", 2, done=False)
        assert again.id > record.id  # ids are never given twice
        assert content(gallery) == before
        assert [t.id for t in gallery.tracklets([3, 4])] == [3, 4]


def test_a_removal_shows_in_the_saved_index(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "yard", 4)
        gallery.remove(fill(gallery, "door", 5).id)
        stamp, payload = files.read(gallery.path / "index" / "appearance.index")
        assert sorted(FaissIndex.load(payload).ids().tolist()) == [1, 2, 3, 4]
        assert stamp.space == LOOKS


def test_removal_beside_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader in the midst of a question keeps the log from being emptied; it is when the last one closes."""
    monkeypatch.setattr(connect, "BUSY_S", 0.2)
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "yard", 2)
        record = fill(gallery, "door", 5)
        reader = Catalogue.open(gallery.path, writable=False)
        with reader.reading() as session:
            assert reads.count(session) == 7
            assert gallery.remove(record.id) == 5
            assert reads.count(session) == 7
        reader.close()
        assert gallery.count() == 2
        assert gallery.verify() == []
    assert _traces(tmp_path / "g", _marks("door", 5)) == []


def test_a_removal_that_was_cut_short_is_ended_by_the_next_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "yard", 2)
        record = fill(gallery, "door", 3)
        rest = {info("yard").sha256: content(gallery)[info("yard").sha256]}
        with monkeypatch.context() as patch:
            patch.setattr("pipeline.media.Media.delete_folder", lambda *_: (_ for _ in ()).throw(SystemExit))
            with pytest.raises(SystemExit):
                gallery.remove(record.id)
    with Gallery.open(tmp_path / "g") as gallery:
        assert content(gallery) == rest  # it is gone for everyone already
        assert len(gallery.search(LOOKS, vector(1)[None], 9)[0]) == 2
        [line] = gallery.verify()
        assert line.startswith(f"removed footage {record.info.sha256[:12]}: not all is swept yet")
        assert (gallery.path / "media" / record.info.sha256).is_dir()
        with gallery.writer():
            pass
        assert gallery.verify() == []
        assert _traces(gallery.path, _marks("door", 3)) == []
        assert content(gallery) == rest
