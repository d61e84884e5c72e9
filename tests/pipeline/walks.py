"""A gallery of five people before two cameras, whose clothes are all that is known of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from colours import PALETTE, ColourEncoder

from pipeline.gallery import Gallery
from pipeline.types import APPEARANCE, LANGUAGE, FootageInfo, FrameDetections, Image, PersonCrop, Space, Tracklet

# camera -> who walks by: (upper, lower, second)
WALKS = {
    "yard": [("red", "black", 1.0), ("blue", "grey", 5.0), ("green", "brown", 9.0)],
    "door": [("red", "white", 2.0), ("yellow", "black", 6.0)],
}


def person(upper: str, lower: str, seed: int = 0) -> Image:
    image = np.empty((128, 48, 3), np.uint8)
    image[:68], image[68:] = PALETTE[upper], PALETTE[lower]
    noise = np.random.default_rng(seed).integers(-12, 13, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def tracklet(number: int, upper: str, lower: str, time_s: float) -> Tracklet:
    image = person(upper, lower, number)
    box = np.array([10, 10, 58, 138], np.float32)
    crop = PersonCrop(image, round(time_s * 5), time_s, box, 0.9, 0.8)
    vector = ColourEncoder().encode([image])[0]
    return Tracklet(
        number, np.array([time_s, time_s + 0.2]), np.stack([box, box]), np.full(2, 0.9, np.float32),
        (crop,), np.zeros((90, 160, 3), np.uint8), {APPEARANCE: vector, LANGUAGE: vector},
    )  # fmt: skip


def spaces() -> list[Space]:
    return [Space(APPEARANCE, "pictures", ColourEncoder.dim), Space(LANGUAGE, "words", ColourEncoder.dim)]


def fill(gallery: Gallery) -> None:
    for number, (camera, walks) in enumerate(WALKS.items()):
        info = FootageInfo(
            Path(f"/nowhere/{camera}.mp4"), f"{number:064x}", 10, "h264", 160, 160, 0, 12.0, 5.0, camera,
            datetime(2025, 5, 1, 14, 30) if camera == "yard" else None,
        )  # fmt: skip
        record = gallery.begin(info, settings="s", spaces=spaces())
        frames = [FrameDetections(0, 0.0, np.zeros((0, 4), np.float32), np.zeros(0, np.float32))]
        gallery.commit(record.id, frames, [tracklet(i, *walk) for i, walk in enumerate(walks, 1)])
        gallery.finish(record.id, frames_decoded=60, corrupt_packets=0)
