"""Pictures and films of a gallery as ``data:`` addresses, made small for a page."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.clip import cut_clip
from pipeline.types import Image, StoredTracklet

CROP_HEIGHT_PX, SCENE_WIDTH_PX = 320, 720
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class EmbeddedClip:
    """A film for the page: its address, that of its still picture, its type and the seconds that it shows."""

    source: str
    poster: str
    mime: str
    start_s: float
    end_s: float


class Pictures:
    """Reads what a page shows. What is missing or damaged is None: a report must not fail for one picture."""

    def embed(self, image: Image, *, height: int = CROP_HEIGHT_PX) -> str:
        """A picture (H, W, 3) RGB, at most `height` pixels tall."""
        return _address("image/jpeg", _jpeg(_fit(image, height / image.shape[0])))

    def stored(self, path: str) -> str | None:
        """A crop of the gallery."""
        image = _read(path)
        return None if image is None else self.embed(image)

    def scene(self, path: str) -> str | None:
        """A scene of the gallery."""
        image = _read(path)
        return None if image is None else _address("image/jpeg", _jpeg(_fit(image, SCENE_WIDTH_PX / image.shape[1])))

    def clip(self, tracklet: StoredTracklet) -> EmbeddedClip | None:
        """The moment of a tracklet, if its footage is still there."""
        best = _read(tracklet.crops[0].path)
        clip = None if best is None else cut_clip(tracklet, best)
        if clip is None:
            return None
        poster = _address("image/jpeg", _jpeg(clip.poster))
        return EmbeddedClip(_address(clip.mime, clip.data), poster, clip.mime, clip.start_s, clip.end_s)


def _read(path: str) -> Image | None:
    """A picture by its path, or by its URL where the gallery's media are remote; None if it cannot be had."""
    import fsspec

    try:
        with fsspec.open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError, ImportError):
        return None
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.ascontiguousarray(image[:, :, ::-1], np.uint8)


def _fit(image: Image, scale: float) -> Image:
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image: Image) -> bytes:
    done, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return bytes(data)


def _address(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{b64encode(data).decode('ascii')}"
