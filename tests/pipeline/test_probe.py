import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from detectors import quiet
from detectors.types import Detections
from pipeline.errors import ProbeError
from pipeline.probe import load_probe, read_picture
from pipeline.types import Image


class Finds:
    """A detector that always finds the same."""

    fingerprint = "fixed"

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self.boxes = np.array(boxes, np.float32).reshape(-1, 4)
        self.seen: list[tuple[int, ...]] = []

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self.seen += [image.shape for image in images]
        return [Detections(self.boxes, np.full(len(self.boxes), 0.9, np.float32)) for _ in images]


def gradient(wide: int, high: int) -> Image:
    x, y = np.meshgrid(np.linspace(0, 255, wide), np.linspace(0, 255, high))
    return np.stack([x, y, np.full_like(x, 77)], 2).astype(np.uint8)


def save(path: Path, image: Image, **options: object) -> Path:
    PIL.Image.fromarray(image).save(path, **options)
    return path


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    return save(tmp_path / "wide.png", gradient(300, 200))


def test_the_person_who_is_found_is_cut_out(wide: Path) -> None:
    crop, notices = load_probe(wide, Finds((40, 20, 90, 160)))
    assert np.array_equal(crop, gradient(300, 200)[20:160, 40:90])
    assert notices == ()


def test_of_several_the_largest_and_a_notice(wide: Path) -> None:
    crop, notices = load_probe(wide, Finds((0, 0, 30, 60), (100, 10, 160, 190), (200, 0, 240, 80)))
    assert np.array_equal(crop, gradient(300, 200)[10:190, 100:160])
    assert len(notices) == 1
    assert "3 people" in notices[0]
    assert "--box" in notices[0]


def test_nobody_means_the_whole_picture_and_a_notice(wide: Path) -> None:
    crop, notices = load_probe(wide, Finds())
    assert np.array_equal(crop, gradient(300, 200))
    assert "no person was found" in notices[0]


def test_specks_are_nobody(wide: Path) -> None:
    crop, notices = load_probe(wide, Finds((10, 10, 15, 20)))
    assert crop.shape == (200, 300, 3)
    assert "no person was found" in notices[0]


def test_a_person_crop_is_left_as_it_is(tmp_path: Path) -> None:
    path = save(tmp_path / "crop.png", gradient(64, 160))
    crop, notices = load_probe(path, Finds((6, 4, 60, 156), (0, 100, 10, 130)))
    assert np.array_equal(crop, gradient(64, 160))
    assert notices == ()


def test_a_tall_picture_of_a_small_person_is_cut(tmp_path: Path) -> None:
    path = save(tmp_path / "tall.png", gradient(200, 400))
    crop, _ = load_probe(path, Finds((80, 100, 120, 200)))
    assert crop.shape == (100, 40, 3)


def test_without_a_detector_the_picture_is_taken_as_it_is(wide: Path) -> None:
    crop, notices = load_probe(wide, None)
    assert crop.shape == (200, 300, 3)
    assert notices == ()


def test_a_box_asks_no_detector(wide: Path) -> None:
    detector = Finds((0, 0, 100, 100))
    crop, notices = load_probe(wide, detector, (50, 40, 100, 190))
    assert np.array_equal(crop, gradient(300, 200)[40:190, 50:100])
    assert (detector.seen, notices) == ([], ())


def test_a_box_that_reaches_out_is_cut_off_and_told(wide: Path) -> None:
    crop, notices = load_probe(wide, None, (250, 100, 400, 500))
    assert np.array_equal(crop, gradient(300, 200)[100:200, 250:300])
    assert "cut off" in notices[0]


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((400, 0, 500, 100), "lies outside of"),
        ((0, 200, 10, 300), "lies outside of"),
        ((-50, 0, 0, 100), "lies outside of"),
        ((50, 50, 40, 90), "x1 < x2"),
        ((50, 50, 90, 50), "x1 < x2"),
        ((10, 10, float("nan"), 90), "x1 < x2"),
        ((10, 10, 14, 90), "too few"),
        ((10, 10, 90, 20), "too few"),
    ],
)
def test_impossible_boxes(wide: Path, box: tuple[float, float, float, float], message: str) -> None:
    with pytest.raises(ProbeError, match=message):
        load_probe(wide, None, box)


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_the_camera_s_orientation_is_honoured(tmp_path: Path, orientation: int, turns: int) -> None:
    picture = PIL.Image.fromarray(gradient(60, 40))
    exif = picture.getexif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(read_picture(tmp_path / "turned.png"), np.rot90(gradient(60, 40), turns))


def test_other_modes_become_rgb(tmp_path: Path) -> None:
    grey = np.full((40, 20), 40000, np.uint16)
    PIL.Image.fromarray(grey).save(tmp_path / "16bit.png")
    assert read_picture(tmp_path / "16bit.png")[0, 0].tolist() == [155, 155, 155]
    clear = np.dstack([gradient(20, 40), np.zeros((40, 20), np.uint8)])
    PIL.Image.fromarray(clear).save(tmp_path / "clear.png")
    assert (read_picture(tmp_path / "clear.png") == 127).all()
    PIL.Image.fromarray(gradient(20, 40)).convert("CMYK").save(tmp_path / "cmyk.jpg")
    assert np.abs(read_picture(tmp_path / "cmyk.jpg").astype(int) - gradient(20, 40)).mean() < 12
    PIL.Image.fromarray(gradient(20, 40)).convert("P").save(tmp_path / "palette.gif")
    assert read_picture(tmp_path / "palette.gif").shape == (40, 20, 3)


@pytest.mark.parametrize(("size", "fits"), [((8, 16), True), ((7, 16), False), ((8, 15), False), ((1, 1), False)])
def test_the_least_size(tmp_path: Path, size: tuple[int, int], fits: bool) -> None:
    path = save(tmp_path / "small.png", gradient(*size))
    if fits:
        assert read_picture(path).shape == (size[1], size[0], 3)
    else:
        with pytest.raises(ProbeError, match=rf"{size[0]}x{size[1]} pixels are too few"):
            read_picture(path)


def header_of_png(wide: int, high: int) -> bytes:
    """A PNG that ends after its header: whoever decodes it gets an error of another kind."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(("size", "told"), [((10_001, 5_000), "50 megapixels, more"), ((60_000, 60_000), "far more")])
def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path, size: tuple[int, int], told: str) -> None:
    (tmp_path / "bomb.png").write_bytes(header_of_png(*size) + b"\x00\x00\x00\x00IDAT")
    with pytest.raises(ProbeError, match=f"{told} than the 50 that are allowed"):
        read_picture(tmp_path / "bomb.png")


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    with pytest.raises(ProbeError, match="is not a picture"):
        read_picture(tmp_path / "text.jpg")
    with pytest.raises(ProbeError, match="no such picture"):
        read_picture(tmp_path / "nowhere.jpg")
    with pytest.raises(ProbeError, match="is a folder"):
        read_picture(tmp_path)
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ProbeError, match="is not a picture"):
        read_picture(tmp_path / "empty.jpg")
    # Pillow would start Ghostscript for this one
    (tmp_path / "script.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n")
    with pytest.raises(ProbeError, match="is not a picture"):
        read_picture(tmp_path / "script.jpg")


def test_it_is_the_same_once_ultralytics_is_loaded(tmp_path: Path) -> None:
    quiet.ultralytics("ultralytics.data.utils")
    (tmp_path / "text.jpg").write_text("not a picture")
    with pytest.raises(ProbeError, match="is not a picture"):
        read_picture(tmp_path / "text.jpg")
    assert np.array_equal(read_picture(save(tmp_path / "good.png", gradient(30, 40))), gradient(30, 40))


def test_a_picture_that_was_cut_short(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.jpg", gradient(300, 200)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ProbeError, match="damaged") as caught:
        read_picture(tmp_path / "cut.jpg")
    assert "\n" not in str(caught.value)
