"""The probe: the picture of a person that is searched for, made safe, put upright and cut to that person."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detectors import boxes
from detectors.types import Detector, Floats
from pipeline.errors import ProbeError
from pipeline.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# No EPS and the like: Pillow would start a program to read those.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "PPM")
MOST_PIXELS = 50_000_000
LEAST_HEIGHT, LEAST_WIDTH = 16, 8
CROP_ASPECT = 1.5  # height / width from which a picture may itself be a person crop
CROP_SHARE = 0.5  # of such a picture that the person must cover
_BEHIND = (127, 127, 127)  # shown through where a picture is transparent

Box = tuple[float, float, float, float]


def load_probe(path: Path, detector: Detector | None, box: Box | None = None) -> tuple[Image, tuple[str, ...]]:
    """Read a picture and cut it to the person that is meant.

    The person is who is inside `box`, else the largest that the detector finds, else the whole picture. A picture
    that is a person crop already (tall, and the person covers most of it) is left as it is.

    Args:
        path: a picture file.
        detector: finds people; may be None if there is a box, or the picture is to be taken as it is.
        box: x1, y1, x2, y2 in pixels of the upright picture.

    Returns:
        The crop (H, W, 3) uint8 RGB, and one-line notices of what the user might not expect.

    Raises:
        ProbeError: if it is no picture, has more than 50 megapixels, is too small, or the box lies outside of it.
    """
    return crop_person(path, read_picture(path), detector, box)


def crop_person(
    name: object, image: Image, detector: Detector | None, box: Box | None = None
) -> tuple[Image, tuple[str, ...]]:
    """Cut a picture to the person that is meant, as `load_probe` does; `name` is what notices call the picture."""
    if box is not None:
        return _inside(name, image, box)
    if detector is None:
        return image, ()
    people = detector.detect([image])[0].xyxy
    people = boxes.clip(people, image.shape[1], image.shape[0])
    people = people[(people[:, 3] - people[:, 1] >= LEAST_HEIGHT) & (people[:, 2] - people[:, 0] >= LEAST_WIDTH)]
    return _largest(name, image, people)


def read_picture(path: Path) -> Image:
    """A picture file as (H, W, 3) uint8 RGB, upright; its size is looked at before a pixel is decoded.

    Raises:
        ProbeError: if it is no picture, is damaged, too large or too small.
    """
    import PIL.Image
    import PIL.ImageOps

    _check_file(path)
    PIL.Image.init()  # or Pillow knows but its five oldest formats
    formats = [name for name in FORMATS if name in PIL.Image.OPEN]  # not every build of it reads AVIF
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, softer limits
            with PIL.Image.open(path, formats=formats) as picture:
                wide, high = picture.size
                if wide * high > MOST_PIXELS:
                    raise _too_large(path, f"{wide * high / 1e6:.0f} megapixels,")
                image = _rgb(PIL.ImageOps.exif_transpose(picture))
    except PIL.Image.DecompressionBombError:
        raise _too_large(path, "far") from None
    # Ultralytics, once it is loaded, puts itself in front of Image.open and fails for want of a package of its own
    except (PIL.UnidentifiedImageError, ImportError):
        raise ProbeError(f"{path}: is not a picture that can be read; give a JPEG, PNG or WebP file") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ProbeError(f"{path}: the picture is damaged ({' '.join(str(error).split())})") from None
    high, wide = image.shape[:2]
    if high < LEAST_HEIGHT or wide < LEAST_WIDTH:
        raise _too_small(path, wide, high)
    return image


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise ProbeError(f"{path}: is a folder; give a picture file")
    if not path.exists():
        raise ProbeError(f"{path}: no such picture file")
    if not path.is_file():
        raise ProbeError(f"{path}: is not a regular file")
    if not os.access(path, os.R_OK):
        raise ProbeError(f"{path}: may not be read (permission denied)")


def _too_large(path: Path, how: str) -> ProbeError:
    return ProbeError(f"{path}: {how} more than the {MOST_PIXELS / 1e6:.0f} that are allowed; scale it down first")


def _too_small(what: object, wide: float, high: float) -> ProbeError:
    return ProbeError(
        f"{what}: {wide:.0f}x{high:.0f} pixels are too few to tell a person by; "
        f"at least {LEAST_WIDTH}x{LEAST_HEIGHT} are needed"
    )


def _rgb(picture: Picture) -> Image:
    import PIL.Image

    if picture.mode.startswith("I"):  # 16 bit grey, which Pillow would clip at 255
        grey = np.asarray(picture).astype(np.float64) / (65535 / 255)
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        behind = PIL.Image.new("RGBA", above.size, (*_BEHIND, 255))
        picture = PIL.Image.alpha_composite(behind, above)
    return np.array(picture.convert("RGB"), np.uint8)


def _inside(name: object, image: Image, box: Box) -> tuple[Image, tuple[str, ...]]:
    high, wide = image.shape[:2]
    x1, y1, x2, y2 = box
    if not all(np.isfinite(box)) or x1 >= x2 or y1 >= y2:
        raise ProbeError(f"--box {_told(box)}: expected x1,y1,x2,y2 with x1 < x2 and y1 < y2")
    if x2 <= 0 or y2 <= 0 or x1 >= wide or y1 >= high:
        raise ProbeError(f"--box {_told(box)}: lies outside of {name}, which has {wide}x{high} pixels")
    crop = _cut(image, np.asarray(box, np.float32))
    if crop.shape[0] < LEAST_HEIGHT or crop.shape[1] < LEAST_WIDTH:
        raise _too_small(f"--box {_told(box)}", crop.shape[1], crop.shape[0])
    cropped = x1 < 0 or y1 < 0 or x2 > wide or y2 > high
    return crop, ((f"--box {_told(box)}: reaches out of {name} ({wide}x{high} pixels) and was cut off",) * cropped)


def _largest(name: object, image: Image, people: Floats) -> tuple[Image, tuple[str, ...]]:
    if not len(people):
        return image, (f"{name}: no person was found in it, so the whole picture is used; --box x1,y1,x2,y2 picks one",)
    areas = boxes.area(people)
    best = people[int(np.argmax(areas))]
    high, wide = image.shape[:2]
    if high >= CROP_ASPECT * wide and float(areas.max()) >= CROP_SHARE * wide * high:
        return image, ()
    if len(people) == 1:
        return _cut(image, best), ()
    return _cut(image, best), (
        f"{name}: {len(people)} people were found in it and the largest is used ({_told(best)}); --box picks another",
    )


def _cut(image: Image, box: Floats) -> Image:
    x1, y1, x2, y2 = boxes.to_int(box[None], image.shape[1], image.shape[0])[0]
    return np.ascontiguousarray(image[y1:y2, x1:x2])


def _told(box: Box | Floats) -> str:
    return ",".join(f"{value:.0f}" for value in box)
