"""A saved index as one file: a line of JSON that says what it was made from, then the index, guarded by a checksum."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import numpy as np

from pipeline.index.types import Bytes, Stamp
from pipeline.types import Space

_FORMAT = "reidpipe index 1"


def write(path: Path, stamp: Stamp, payload: Bytes) -> None:
    """Writes a file whole or not at all, readable by its owner only.

    Raises:
        OSError: there is no room, or no permission.
    """
    head = {
        "format": _FORMAT,
        "kind": stamp.space.kind,
        "digest": stamp.space.digest,
        "dim": stamp.space.dim,
        "generation": stamp.generation,
        "removals": stamp.removals,
        "bytes": payload.nbytes,
        "crc32": zlib.crc32(payload.data),
    }
    part = path.with_name(f"{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(json.dumps(head).encode() + b"\n")
            file.write(payload.data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[Stamp, Bytes]:
    """What a file was made from, and the bytes of its index.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not what `write` wrote.
    """
    with path.open("rb") as file:
        line = file.readline(4096)
        payload = np.fromfile(file, np.uint8)
    try:
        head = json.loads(line)
        stamp = Stamp(Space(head["kind"], head["digest"], head["dim"]), head["generation"], head["removals"])
        sound = (
            head["format"] == _FORMAT and head["bytes"] == payload.nbytes and head["crc32"] == zlib.crc32(payload.data)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no index of a gallery") from error
    if not sound:
        raise ValueError(f"{path} is damaged: its checksum does not agree")
    return stamp, payload
