"""Writes down what is true of the clips: who is in them, how dressed, and where in every frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .camera import FPS, HEIGHT, WIDTH
from .cast import Identity
from .stage import Seen

COLUMNS = ["frame", "time_s", "x1", "y1", "x2", "y2", "visible"]


class Truth:
    """Collects what each frame shows."""

    def __init__(self, cast: tuple[Identity, ...]) -> None:
        self._cast = cast
        self._tracks: dict[str, dict[str, list[list[float]]]] = {identity.id: {} for identity in cast}
        self._cameras: list[dict[str, Any]] = []
        self._probes: list[dict[str, Any]] = []

    def add_camera(self, name: str, clip: str, frames: int) -> None:
        """Announce a clip."""
        self._cameras.append({"name": name, "clip": clip, "frames": frames, "duration_s": frames / FPS})

    def add(self, camera: str, frame: int, seen: list[Seen]) -> None:
        """Note everyone in one frame of a camera."""
        for one in seen:
            row = [frame, round(frame / FPS, 3), *(int(v) for v in one.box), round(one.visible, 2)]
            self._tracks[one.who].setdefault(camera, []).append(row)

    def add_probe(self, file: str, who: str, camera: str, time_s: float) -> None:
        """Note whom a probe picture shows and where it was taken."""
        self._probes.append({"file": file, "id": who, "camera": camera, "time_s": round(time_s, 3)})

    def write(self, path: Path) -> None:
        """Save it as JSON, one track row after the other without spaces."""
        identities = [{**who.described(), "tracks": self._tracks[who.id]} for who in self._cast]
        document = {
            "note": "Boxes are xyxy in pixels, x2 and y2 exclusive, tight on the person as if nothing stood before it, "
            "clipped at the frame; visible is the share of the person's pixels that the frame shows.",
            "size": [WIDTH, HEIGHT],
            "fps": FPS,
            "cameras": self._cameras,
            "columns": COLUMNS,
            "probes": self._probes,
            "identities": identities,
        }
        path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
