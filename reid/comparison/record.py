"""What a comparison remembers of itself, so that its document can be written again without doing any of it anew."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from reid.comparison import machine
from reid.comparison.folder import COST, MethodFolder

FILE = "comparison.json"
_UNDISTURBED = 0.9  # share of its core that a process must have had for its times to be trusted


def write(out: Path, command: str, data: Sequence[str], jobs: int, threads: int) -> None:
    """Remember how and on what the figures were made."""
    out.mkdir(parents=True, exist_ok=True)
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.describe(),
        "training": f"{jobs} at a time, {threads} {'thread' if threads == 1 else 'threads'} each",
        "data": ", ".join(sorted(data)),
    }
    (out / FILE).write_text(json.dumps({"command": command, "facts": facts}, indent=2) + "\n", encoding="utf-8")


def read(out: Path) -> tuple[str, dict[str, str]]:
    """Command and facts of the comparison in a folder.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = out / FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; there is no comparison in this folder yet")
    content: Any = json.loads(path.read_text(encoding="utf-8"))
    return str(content["command"]), dict(content["facts"])


def timing(folders: Sequence[MethodFolder]) -> dict[str, str]:
    """A warning, if time was taken while the machine had other things to do."""
    shares = [cost.get("share", 1.0) for folder in folders if (cost := folder.read(COST))]
    busy = sum(share < _UNDISTURBED for share in shares)
    if not busy:
        return {}
    return {"times": f"{busy} of {len(shares)} were taken while other programs had the processor: they are too long"}


def read_remarks(path: Path | None) -> Mapping[str, str]:
    """Method -> sentence, from a YAML file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is something else.
    """
    if path is None:
        return {}
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
        raise ValueError(f"{path}: expected lines of the form 'image/triplet: what to say of it'")
    return {str(name): text for name, text in content.items()}
