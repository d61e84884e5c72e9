"""Where weights lie: those that ship with this package and their cards, and those that the user keeps."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import platformdirs

from detectors.unpickling import CheckpointError

SHIPPED = Path(__file__).parent / "weights"


def user_folder() -> Path:
    """The folder in which users may keep further weights, so that they can be called by name."""
    return platformdirs.user_data_path("reidpipe") / "weights"


def shipped() -> list[Path]:
    """The weights that ship with this package."""
    return sorted(card.with_suffix(".pt") for card in SHIPPED.glob("*.json"))


def find(name: str | Path) -> Path:
    """The weights file that a name or a path means.

    Looked for, in this order: among the shipped ones, as a path, in the user's folder. Nothing is ever downloaded.

    Args:
        name: such as ``yolo26n``, ``yolo26s.pt`` or ``/models/mine.pt``.

    Raises:
        FileNotFoundError: with one line that says where to put the file.
    """
    path = Path(name).expanduser()
    file_name = path.name if path.suffix == ".pt" else f"{path.name}.pt"
    is_bare = path.name == str(name)
    candidates = [path, path.with_name(file_name)]
    if is_bare:
        candidates = [SHIPPED / file_name, *candidates, user_folder() / file_name]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if not is_bare:
        raise FileNotFoundError(f"there are no weights at {path}")
    names = ", ".join(p.stem for p in shipped())
    raise FileNotFoundError(
        f"weights {str(name)!r} do not ship with reidpipe ({names} do) and are never downloaded:"
        f" put {file_name} into {user_folder()}, or give its path"
    )


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_card(path: Path) -> dict[str, Any]:
    """What is known of a weights file: origin, licence, sha256, size and what was changed; empty if it has no card.

    Raises:
        CheckpointError: if the card is there but damaged.
    """
    card = path.with_suffix(".json")
    if not card.is_file():
        return {}
    try:
        content = json.loads(card.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{card}: not a card ({error})") from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{card}: not a card (expected an object)")
    return content


def verify(path: Path) -> str | None:
    """What is wrong with a weights file, in one line; None if it is what its card says."""
    if not path.is_file():
        return f"{path}: missing"
    try:
        expected = read_card(path).get("sha256")
    except CheckpointError as error:
        return str(error)
    if expected is None:
        return f"{path}: has no card that gives its sha256"
    actual = sha256(path)
    return None if actual == expected else f"{path}: damaged, sha256 is {actual[:12]}... and not {expected[:12]}..."
