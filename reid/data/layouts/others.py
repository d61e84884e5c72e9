"""Smaller sets for training: PKU-Reid, and Clothing Co-Parsing for clothes without identities."""

from __future__ import annotations

import re
from pathlib import Path

from reid.data.listing import folders, matches, pictures
from reid.types import PersonSample

_PKU_NAME = re.compile(r"(\d{2})_\d+\.(?:png|jpg)")


def pku_reid(root: Path, split: str) -> list[PersonSample]:
    """PKU-Reid (Ma et al., 2016): `ROOT/train/NNN/CC_D.png`, identity NNN, camera CC, direction D of eight.

    `ROOT/val/all_imgs/NNN/CC_D.png` holds further identities (split `val`). `ROOT/val/{query,gallery}` repeat its
    pictures, some of them in both, and are left out.
    """
    folder = root / {"train": "train", "val": "val/all_imgs"}[split]
    samples = []
    for person in folders(folder):
        if not person.name.isdigit():
            raise ValueError(f"{person}: expected a folder named by an identity number")
        for path, match in matches(person, _PKU_NAME):
            samples.append(PersonSample(path, int(person.name), int(match[1]), "pku_reid"))
    return samples


def clothing_coparsing(root: Path, split: str) -> list[PersonSample]:  # noqa: ARG001 - published without a split
    """Clothing Co-Parsing (Yang et al., CVPR 2014): `ROOT/photos/NNNN.jpg`, people unknown: identity -1."""
    return [PersonSample(path, -1, -1, "clothing_coparsing") for path in pictures(root / "photos")]
