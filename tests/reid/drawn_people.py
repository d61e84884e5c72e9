"""Described people who do not exist, drawn as blocks of colour, in the folder layout of PETA."""

import cv2
import numpy as np

COLOURS = {
    "black": (15, 15, 15),
    "white": (240, 240, 240),
    "red": (200, 20, 20),
    "blue": (20, 20, 200),
    "green": (20, 160, 20),
    "yellow": (220, 210, 30),
}
_THINGS = ("", " carryingBackpack", " accessoryHat", " accessorySunglasses", " carryingMessengerBag")


def draw(upper, lower, random):
    image = random.integers(90, 150, (64, 32, 3), np.uint8)
    image[12:32, 6:26] = COLOURS[upper]
    image[32:60, 8:24] = COLOURS[lower]
    return image


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1])


def peta(root, people, seed=0):
    """So many different people of PETA's subset CUHK, one picture each; returns what `--data` is given."""
    random = np.random.default_rng(seed)
    pairs = [(upper, lower) for upper in COLOURS for lower in COLOURS]
    rows = []
    for number in range(1, people + 1):
        upper, lower = pairs[(number * 7) % len(pairs)]
        write(root / "peta" / "CUHK" / "archive" / f"{number:04d}.png", draw(upper, lower, random))
        sex = ("personalMale", "personalFemale")[number % 2]
        thing = _THINGS[number % len(_THINGS)]
        clothes = f"upperBody{upper.capitalize()} lowerBody{lower.capitalize()} lowerBodyTrousers"
        rows.append(f"{number:04d}.png {clothes} {sex}{thing}")
    (root / "peta" / "CUHK" / "archive" / "Label.txt").write_text("\n".join(rows) + "\n")
    return {"peta": root / "peta", "cache": root / "cache"}
