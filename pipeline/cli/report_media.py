"""Pictures and films of a gallery as ``data:`` addresses, made small for a page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.clip import cut_clip
from pipeline.media import read_located
from pipeline.types import Image, StoredTracklet

CROP_HEIGHT_PX, SCENE_WIDTH_PX, SPOT_HEIGHT_PX = 320, 720, 128
_QUALITY = 82
_FOG, _LEAST_CLEAR = 225, 0.15  # grey, and how much of a crop is seen where no word looked


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

    def stored(self, path: str, *, height: int = CROP_HEIGHT_PX) -> str | None:
        """A crop of the gallery, at most `height` pixels tall."""
        image = read_located(path)
        return None if image is None else self.embed(image, height=height)

    def spotlight(self, path: str, region: Sequence[Sequence[float]]) -> str | None:
        """A crop of the gallery, clear where a word looked and in fog elsewhere: its colours stay what they are.

        Args:
            path: of the crop.
            region: (h, w) shares of the picture, row 0 at its head.
        """
        image = read_located(path)
        if image is None:
            return None
        small = _fit(image, SPOT_HEIGHT_PX / image.shape[0])
        size = (small.shape[1], small.shape[0])
        light = cv2.resize(np.asarray(region, np.float32), size, interpolation=cv2.INTER_CUBIC)[..., None]
        light = np.clip(light / max(float(light.max()), 1e-12), 0, 1)
        clear = _LEAST_CLEAR + (1 - _LEAST_CLEAR) * light
        return _address("image/jpeg", _jpeg(np.asarray(small * clear + _FOG * (1 - clear), np.uint8)))

    def scene(self, path: str) -> str | None:
        """A scene of the gallery."""
        image = read_located(path)
        return None if image is None else _address("image/jpeg", _jpeg(_fit(image, SCENE_WIDTH_PX / image.shape[1])))

    def clip(self, tracklet: StoredTracklet) -> EmbeddedClip | None:
        """The moment of a tracklet, if its footage is still there."""
        best = read_located(tracklet.crops[0].path)
        clip = None if best is None else cut_clip(tracklet, best)
        if clip is None:
            return None
        poster = _address("image/jpeg", _jpeg(clip.poster))
        return EmbeddedClip(_address(clip.mime, clip.data), poster, clip.mime, clip.start_s, clip.end_s)


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
