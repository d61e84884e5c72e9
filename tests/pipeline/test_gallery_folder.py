"""pipeline.gallery: folders that are missing, foreign, damaged, unreadable or read-only, and who may write."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from storage_samples import (
    LOOKS,
    SPACES,
    content,
    fill,
    frames,
    info,
    mount_small,
    unmount,
    unprivileged,
    vector,
)

from pipeline.errors import GalleryBusy, GalleryDamaged, GalleryError, GalleryNotFound, GalleryReadOnly
from pipeline.gallery import Gallery


def _modes(folder: Path) -> set[str]:
    """The permissions of all in a folder, and of itself."""
    return {
        f"{'folder' if path.is_dir() else 'file'} {path.stat().st_mode & 0o777:o}"
        for path in (folder, *folder.rglob("*"))
    }


def test_a_new_gallery_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Gallery.open(tmp_path / "deep" / "er" / "g", create=True) as gallery:
            assert not gallery.read_only
            assert gallery.path == tmp_path / "deep" / "er" / "g"
            fill(gallery, "door")
            with gallery.writer():
                assert _modes(tmp_path / "deep") == {"folder 700", "file 600"}
    finally:
        os.umask(before)


def test_home_and_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Gallery.open(Path("~/g"), create=True).close()
    with Gallery.open(Path("g")) as gallery:
        assert gallery.path == tmp_path / "g"


@pytest.mark.parametrize("name", ["a b", "ü–監視", "100%", "what?#x=y&mode=ro", "bad\udce9", "quote'\"", "a::b"])
def test_any_folder_name(tmp_path: Path, name: str) -> None:
    with Gallery.open(tmp_path / name, create=True) as gallery:
        fill(gallery, "door", 1)
        assert gallery.verify() == []
    for read_only in (False, True):
        with Gallery.open(tmp_path / name, read_only=read_only) as gallery:
            assert len(gallery.search(LOOKS, vector(1)[None], 3)[0]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "no" / "where", tmp_path / "empty"):
        for read_only in (False, True):
            with pytest.raises(GalleryNotFound, match=r"there is no gallery at .*reidpipe ingest"):
                Gallery.open(path, read_only=read_only)
        with pytest.raises(GalleryNotFound):
            Gallery.open(path, create=True, read_only=True)
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


def test_the_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "cat.mp4").write_text("meow")
    with pytest.raises(GalleryError, match=r"holds other things \(cat\.mp4\)"):
        Gallery.open(tmp_path / "videos", create=True)
    for path in (tmp_path / "videos" / "cat.mp4", tmp_path / "videos" / "cat.mp4" / "g"):
        for create in (False, True):
            with pytest.raises(GalleryError):
                Gallery.open(path, create=create)
    assert [path.name for path in tmp_path.rglob("*")] == ["videos", "cat.mp4"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "disk" / "lost+found").mkdir(parents=True)
    (tmp_path / "disk" / ".DS_Store").touch()
    with Gallery.open(tmp_path / "disk", create=True) as gallery:
        assert gallery.count() == 0


def test_a_creation_that_was_cut_short_is_completed(tmp_path: Path) -> None:
    (tmp_path / "g" / "index").mkdir(parents=True)
    (tmp_path / "g" / "gallery.sqlite3").touch()
    with pytest.raises(GalleryNotFound, match="only the beginning of one"):
        Gallery.open(tmp_path / "g", read_only=True)
    with Gallery.open(tmp_path / "g") as gallery:
        fill(gallery, "door")
        assert gallery.verify() == []


@pytest.mark.parametrize("junk", [b"hello", b"\x00" * 4096, b"SQLite format 3\x00" + b"\xff" * 5000])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database(tmp_path: Path, junk: bytes, read_only: bool) -> None:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "gallery.sqlite3").write_bytes(junk)
    with pytest.raises(GalleryDamaged, match=r"gallery\.sqlite3") as caught:
        Gallery.open(tmp_path / "g", read_only=read_only)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "g" / "gallery.sqlite3").read_bytes() == junk


def test_the_database_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "g").mkdir()
    with closing(sqlite3.connect(tmp_path / "g" / "gallery.sqlite3")) as raw:
        raw.execute("CREATE TABLE recipes (id)")
    before = (tmp_path / "g" / "gallery.sqlite3").read_bytes()
    with pytest.raises(GalleryDamaged, match="recipes"):
        Gallery.open(tmp_path / "g", create=True)
    assert (tmp_path / "g" / "gallery.sqlite3").read_bytes() == before


def test_a_database_with_holes(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "door")
    path = tmp_path / "g" / "gallery.sqlite3"
    with closing(sqlite3.connect(path)) as raw:
        [page] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tracklets'").fetchone()
    whole = bytearray(path.read_bytes())
    whole[4096 * (page - 1) : 4096 * page] = b"\xee" * 4096
    path.write_bytes(whole)
    with Gallery.open(tmp_path / "g") as gallery:
        assert gallery.verify() != []
        with pytest.raises(GalleryDamaged, match="no sound SQLite database"):
            gallery.tracklets([1])


# Read-only


@pytest.fixture(params=["asked for", "folder", "file", "media", "mount"])
def read_only(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A gallery that may not be written to, for one reason or another."""
    path = tmp_path / "g"
    path.mkdir()
    mounted = request.param == "mount" and mount_small(path, "8m")
    try:
        _shut(path, request.param, mounted)
        yield path
    finally:
        if mounted:
            unmount(path)
        else:
            for place in (path, *path.rglob("*")):
                place.chmod(0o700)


def _shut(path: Path, reason: str, mounted: bool) -> None:
    with Gallery.open(path, create=True) as gallery:
        fill(gallery, "door")
        fill(gallery, "yard", 2, done=False)
    places = {"folder": [path], "file": [path / "gallery.sqlite3"], "media": [path / "media"]}
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro", str(path)], check=True)
    elif reason != "asked for":
        for place in places.get(reason, [path, *path.rglob("*")]):
            place.chmod(place.stat().st_mode & ~0o222)


def test_a_read_only_gallery_can_be_searched_and_nothing_else(read_only: Path, request: pytest.FixtureRequest) -> None:
    asked_for = request.node.callspec.params["read_only"] == "asked for"
    (names, before) = _files(read_only)

    def use() -> None:
        with Gallery.open(read_only, read_only=asked_for) as gallery:
            assert gallery.read_only
            assert len(gallery.search(LOOKS, vector(1)[None], 9)[0]) == 5
            assert len(gallery.search(LOOKS, vector(1)[None], 9, cameras=["yard"])[0]) == 2
            assert [t.number for t in gallery.tracklets([1, 4])] == [1, 1]
            assert [record.complete for record in gallery.footage()] == [True, False]
            assert gallery.verify() == []
            for change in (
                lambda: gallery.begin(info("new"), settings="s", spaces=SPACES),
                lambda: gallery.commit(2, frames(90), []),
                lambda: gallery.finish(2, frames_decoded=1, corrupt_packets=0),
                lambda: gallery.remove(1),
                lambda: gallery.writer().__enter__(),
            ):
                with pytest.raises(GalleryReadOnly, match=re.escape(f"{read_only} is read-only here")):
                    change()

    unprivileged(use)
    after = _files(read_only)
    assert after[1] == before
    assert after[0] - names <= {"gallery.sqlite3-shm", "gallery.sqlite3-wal"}  # what a reader needs beside a writer


def _files(folder: Path) -> tuple[set[str], dict[str, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files}, {
        str(p): p.read_bytes() for p in files if not p.name.endswith(("-shm", "-wal"))
    }


def test_a_read_only_gallery_builds_its_index_in_memory(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "door")
        right = gallery.search(LOOKS, vector(1)[None], 9)
    for path in (tmp_path / "g" / "index").iterdir():
        path.unlink()
    with Gallery.open(tmp_path / "g", read_only=True) as gallery:
        assert gallery.search(LOOKS, vector(1)[None], 9) == right
    assert list((tmp_path / "g" / "index").iterdir()) == []


def test_reading_without_permission_to_write_beside_a_writer(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        record = fill(gallery, "door", 1, done=False)
        (tmp_path / "g").chmod(0o500)

        def use() -> None:
            with Gallery.open(tmp_path / "g") as reader:
                assert reader.read_only
                assert reader.count() == 1
                (tmp_path / "g").chmod(0o700)
                gallery.commit(record.id, frames(50), [])
                assert reader.get_footage("door.mp4").frames_done == 8

        unprivileged(use)


def test_a_log_that_only_a_writer_can_bring_in_is_not_passed_over(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "door", 1)
        shutil.copytree(tmp_path / "g", tmp_path / "copy", ignore=shutil.ignore_patterns("*-shm"))
    (tmp_path / "copy").chmod(0o500)
    with pytest.raises(GalleryError, match="was not closed by its last writer"):
        unprivileged(lambda: Gallery.open(tmp_path / "copy"))
    (tmp_path / "copy").chmod(0o700)
    with Gallery.open(tmp_path / "copy") as gallery:
        assert gallery.count() == 1


@pytest.mark.parametrize("place", ["g", "g/gallery.sqlite3", "."])
def test_what_may_not_be_read(tmp_path: Path, place: str) -> None:
    (tmp_path / "parent").mkdir()
    path = tmp_path / "parent" / "g"
    Gallery.open(path, create=True).close()
    shut = tmp_path / "parent" / place
    mode = shut.stat().st_mode
    shut.chmod(0)
    for create in (False, True):
        with pytest.raises(GalleryError, match=r"may not be read|cannot be reached: no permission") as caught:
            unprivileged(lambda create=create: Gallery.open(path, create=create))
        assert not isinstance(caught.value, GalleryNotFound)
        assert "\n" not in str(caught.value)
    shut.chmod(mode)
    Gallery.open(path).close()


def test_what_may_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "parent").mkdir(mode=0o500)
    with pytest.raises(GalleryError, match=r"no permission for .*new"):
        unprivileged(lambda: Gallery.open(tmp_path / "parent" / "new", create=True))


# One writer at a time


def test_a_second_writer_is_told_who_is_first(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as first, Gallery.open(tmp_path / "g") as second:
        with first.writer():
            started = time.monotonic()
            with pytest.raises(GalleryBusy, match=rf"process {os.getpid()} on .*: wait until it ends"):
                second.begin(info("door"), settings="s", spaces=SPACES)
            assert time.monotonic() - started < 2
            assert second.footage() == []
            first.begin(info("door"), settings="s", spaces=SPACES)  # the holder itself goes on
        second.begin(info("door"), settings="s", spaces=SPACES)
    assert not (tmp_path / "g" / "writer.json").exists()


def test_a_second_writer_waits_as_long_as_it_was_told(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as first, Gallery.open(tmp_path / "g") as second:
        entered, order = threading.Event(), []

        def hold() -> None:
            with first.writer():
                entered.set()
                time.sleep(0.4)
                order.append("first")

        thread = threading.Thread(target=hold)
        thread.start()
        entered.wait()
        with pytest.raises(GalleryBusy):
            second.writer(wait_s=0.05).__enter__()
        with second.writer(wait_s=30):
            order.append("second")
        thread.join()
        assert order == ["first", "second"]


def test_another_thread_is_another_writer(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery, gallery.writer():
        outcome: list[BaseException] = []

        def intrude() -> None:
            try:
                gallery.remove(1)
            except BaseException as error:
                outcome.append(error)

        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        assert [type(error) for error in outcome] == [GalleryBusy]


def test_a_holder_that_cannot_be_read_is_left_unnamed(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as first, Gallery.open(tmp_path / "g") as second, first.writer():
        (tmp_path / "g" / "writer.json").write_text("{rubbish")
        with pytest.raises(GalleryBusy, match="by another process: wait"):
            second.remove(1)


def test_a_catalogue_that_stays_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody looks into the file with another tool, and leaves a transaction open."""
    from pipeline.catalogue import connect

    monkeypatch.setattr(connect, "BUSY_S", 0.1)
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        with closing(sqlite3.connect(tmp_path / "g" / "gallery.sqlite3", isolation_level=None)) as raw:
            raw.execute("BEGIN IMMEDIATE")
            with pytest.raises(GalleryBusy, match=r"keeps the catalogue of .* locked"):
                gallery.begin(info("door"), settings="s", spaces=SPACES)
            assert gallery.footage() == []
        fill(gallery, "door", 1)
        assert len(content(gallery)) == 1
