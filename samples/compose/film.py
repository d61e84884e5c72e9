"""From a rendered scene to a video file: the camera's optics, exposure, colour and noise, then H.264."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from .camera import FPS, HEIGHT, WIDTH, Camera
from .source import Bytes, Floats

BITS_PER_SECOND = 740_000  # keeps half a minute below 3 MB


class Sensor:
    """What happens between the scene and the pixel values."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._rng = np.random.default_rng(camera.seed)
        size = (HEIGHT + 64, WIDTH + 64)
        self._noise = []
        for _ in range(3):
            grain = self._rng.standard_normal((*size, 1)).astype(np.float32)
            coarse = self._rng.standard_normal((size[0] // 2, size[1] // 2, 3)).astype(np.float32)
            blotches = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), 0.8), size[::-1])
            self._noise.append((grain + 0.9 * blotches) * camera.noise)
        across, down = np.linspace(-1, 1, WIDTH, dtype=np.float32), np.linspace(-1, 1, HEIGHT, dtype=np.float32)
        self._vignette = (1 - 0.16 * (across[None] ** 2 + 0.6 * down[:, None] ** 2))[..., None]
        self._vignette = self._vignette * np.array(camera.cast, np.float32)

    def expose(self, scene: Floats, time_s: float) -> Bytes:
        """The 8-bit RGB picture of a scene (values 0..1) at a moment."""
        picture = cv2.GaussianBlur(scene, (0, 0), 0.55)
        picture *= self._vignette * np.float32(self._camera.exposure(time_s))
        which, dy, dx = int(self._rng.integers(3)), int(self._rng.integers(64)), int(self._rng.integers(64))
        noise = self._noise[which][dy : dy + HEIGHT, dx : dx + WIDTH]
        # photon noise grows with the light
        picture += noise * (0.6 + 0.7 * np.sqrt(picture[..., 1:2]))
        picture -= 0.4 * np.maximum(picture - 0.85, 0)  # highlights roll off
        return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)


def write(path: Path, frames: Iterator[Bytes]) -> None:
    """Encode RGB frames as H.264 (yuv420p) at FPS; the same frames always give the same bytes."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = BITS_PER_SECOND
        stream.codec_context.thread_count = 1
        stream.options = {"preset": "medium", "g": str(4 * FPS), "x264-params": "rc-lookahead=60"}
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
