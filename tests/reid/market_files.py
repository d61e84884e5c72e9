"""A small Market-1501 that tests make: coloured people, and a `market_attribute.mat` that tells their colours."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

UPPER = ("upblack", "upwhite", "upred", "uppurple", "upyellow", "upgray", "upblue", "upgreen")
LOWER = (
    *("downblack", "downwhite", "downpink", "downpurple", "downyellow"),
    *("downgray", "downblue", "downgreen", "downbrown"),
)
YES_OR_NO = ("gender", "hair", "up", "down", "clothes", "hat", "backpack", "bag", "handbag")


def attributes(identity: int) -> dict[str, int]:
    """The 27 published numbers of a person; nobody's are like another's."""
    row = {name: 1 + (identity >> place) % 2 for place, name in enumerate(YES_OR_NO)}
    row |= {"age": 1 + identity % 4}
    row |= {name: 1 + (place == identity % 8) for place, name in enumerate(UPPER)}
    return row | {name: 1 + (place == identity % 9) for place, name in enumerate(LOWER)}


def write_attributes(root: Path, rows: dict[int, dict[str, int]], split: str = "train") -> None:
    """`market_attribute.mat` as it is published: a struct of columns, and the identities as four digits."""
    columns: dict[str, object] = {
        name: np.array([row[name] for row in rows.values()]) for name in next(iter(rows.values()))
    }
    columns["image_index"] = np.array([f"{identity:04d}" for identity in rows], object)
    savemat(root / "market_attribute.mat", {"market_attribute": {split: columns}})


def market(root: Path, people: int = 8, pictures: int = 4, size: tuple[int, int] = (64, 32)) -> Path:
    """Market-1501's layout with people in clothes of two colours of their own, in two cameras."""
    folder = root / "market1501" / "bounding_box_train"
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    height, width = size
    for identity in range(1, people + 1):
        upper, lower = generator.integers(0, 255, (2, 3))
        for number in range(pictures):
            image = generator.integers(90, 110, (height, width, 3))
            image[height // 6 : height // 2, width // 5 : -width // 5] = upper + generator.integers(-8, 8, 3)
            image[height // 2 : -height // 16, width // 4 : -width // 4] = lower + generator.integers(-8, 8, 3)
            name = f"{identity:04d}_c{1 + number % 2}s1_{number:06d}_01.jpg"
            cv2.imwrite(str(folder / name), np.clip(image, 0, 255).astype(np.uint8))
    write_attributes(folder.parent, {identity: attributes(identity) for identity in range(1, people + 1)})
    return folder.parent
