"""pipeline.media: pictures in, pictures out, whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from storage_samples import unprivileged

from pipeline.errors import DiskFull, GalleryDamaged, GalleryError
from pipeline.media import Media, crop_name, encode, scene_name
from pipeline.types import Image


@pytest.fixture(params=["folder", "memory"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    return Media(tmp_path / "media" if request.param == "folder" else f"memory://{tmp_path.name}-media")


def _scene() -> Image:
    """A smooth picture in which red, green and blue can be told apart."""
    y, x = np.mgrid[0:60, 0:80]
    return np.stack([200 - y, 40 + x, np.full_like(x, 20)], axis=2).astype(np.uint8)


def test_names_are_the_same_for_the_same_tracklet() -> None:
    assert scene_name("ab", 7) == "ab/000007-scene.jpg"
    assert crop_name("ab", 1_234_567, 12) == "ab/1234567-12.jpg"


def test_a_picture_comes_back_in_its_colours(media: Media) -> None:
    assert media.write([("f/a.jpg", _scene()), ("f/b.jpg", _scene()[:1, :1])]) == ["f/a.jpg", "f/b.jpg"]
    assert np.abs(media.read("f/a.jpg").astype(int) - _scene()).max() <= 8
    assert media.read("f/b.jpg").shape == (1, 1, 3)
    sizes = media.names("f")
    assert sizes == {name: len(encode(_scene() if "a" in name else _scene()[:1, :1])) for name in sizes}
    assert sorted(sizes) == ["f/a.jpg", "f/b.jpg"]
    assert media.folders() == ["f"]
    assert media.has("f/a.jpg")
    assert not media.has("f/c.jpg")


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert encode(_scene()) == encode(np.asfortranarray(_scene()))
    assert cv2.imdecode(np.frombuffer(encode(_scene()), np.uint8), cv2.IMREAD_COLOR).shape == (60, 80, 3)


def test_writing_again_replaces(media: Media) -> None:
    media.write([("f/a.jpg", _scene())])
    media.write([("f/a.jpg", _scene()[:10])])
    assert media.read("f/a.jpg").shape == (10, 80, 3)
    assert list(media.names("f")) == ["f/a.jpg"]


def test_deleting(media: Media) -> None:
    media.write([("f/a.jpg", _scene()), ("f/b.jpg", _scene()), ("g/a.jpg", _scene())])
    media.delete(["f/a.jpg", "f/nothing.jpg", "nowhere/a.jpg"])
    assert list(media.names("f")) == ["f/b.jpg"]
    media.delete_folder("f")
    media.delete_folder("f")
    assert media.folders() == ["g"]
    assert media.names("f") == {}


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5), np.uint8),
        np.zeros((5, 5, 3), np.float32),
        np.zeros((5, 5, 4), np.uint8),
    ],
)
def test_no_picture_is_refused_and_the_others_are_taken_back(media: Media, picture: Image) -> None:
    with pytest.raises(ValueError, match=r"\(H, W, 3\) uint8 expected"):
        media.write([("f/a.jpg", _scene()), ("f/b.jpg", picture)])
    assert media.names("f") == {}


def test_what_is_no_picture_is_a_damage(media: Media, tmp_path: Path) -> None:
    with pytest.raises(GalleryDamaged, match=r"f/a\.jpg cannot be read"):
        media.read("f/a.jpg")
    folder = Media(tmp_path / "other")
    folder.write([("f/a.jpg", _scene())])
    for junk in (b"", b"not a picture"):
        Path(folder.locate("f/a.jpg")).write_bytes(junk)
        with pytest.raises(GalleryDamaged, match="is no picture"):
            folder.read("f/a.jpg")


def test_a_remote_picture_has_a_url() -> None:
    media = Media("memory://bucket/gallery")
    media.write([("f/a.jpg", _scene())])
    assert media.locate("f/a.jpg").startswith("memory://")
    assert media.locate("f/a.jpg").endswith("bucket/gallery/f/a.jpg")


@pytest.mark.parametrize("name", ["a::b", "s3:x", "with space #?%", "~", "bad\udce9"])
def test_any_folder_name_is_a_folder(tmp_path: Path, name: str) -> None:
    media = Media(tmp_path / name)
    media.write([("f/a.jpg", _scene())])
    assert (tmp_path / name / "f" / "a.jpg").is_file()
    assert media.locate("f/a.jpg") == str(tmp_path / name / "f" / "a.jpg")
    assert media.read("f/a.jpg").shape == (60, 80, 3)
    assert media.folders() == ["f"]


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    media = Media(tmp_path / "media")
    media.write([("f/a.jpg", _scene())])
    assert (tmp_path / "media" / "f").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "media" / "f" / "a.jpg").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    media = Media(tmp_path / "media")
    flushed: list[int] = []

    def fsync(descriptor: int) -> None:
        flushed.append(descriptor)
        if len(flushed) == 2:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DiskFull, match="no room left"):
        media.write([("f/a.jpg", _scene()), ("f/b.jpg", _scene()), ("f/c.jpg", _scene())])
    assert [p.name for p in (tmp_path / "media").rglob("*")] == ["f"]


def test_a_half_written_file_is_never_taken_for_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = Media(tmp_path / "media")
    media.write([("f/a.jpg", _scene())])

    def killed(self: Path, target: Path) -> Path:
        raise SystemExit  # as good as a kill: no handler of ours sees it

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(SystemExit):
            media.write([("f/a.jpg", _scene()[:5])])
    assert media.read("f/a.jpg").shape == (60, 80, 3)
    assert sorted(media.names("f")) == ["f/a.jpg", "f/a.jpg.part"]
    media.write([("f/a.jpg", _scene()[:5])])
    assert list(media.names("f")) == ["f/a.jpg"]


def test_no_permission_is_said_in_one_line(tmp_path: Path) -> None:
    media = Media(tmp_path / "media")
    media.write([("f/a.jpg", _scene())])
    (tmp_path / "media" / "f").chmod(0o500)
    with pytest.raises(GalleryError, match=r"b\.jpg\.part cannot be written: Permission denied") as caught:
        unprivileged(lambda: media.write([("f/b.jpg", _scene())]))
    assert "\n" not in str(caught.value)
    with pytest.raises(GalleryError, match="cannot be written: Permission denied"):
        unprivileged(lambda: media.delete_folder("f"))
    (tmp_path / "media" / "f").chmod(0o700)
    assert list(media.names("f")) == ["f/a.jpg"]
