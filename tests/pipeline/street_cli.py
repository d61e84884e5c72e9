"""The command line on a small world: real video files and a real gallery, with the quick parts of `ingest_parts`."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, ColourWords
from ingest_parts import BlobDetector, OverlapTracker, film_street

from pipeline import assemble
from pipeline.cli import main
from pipeline.types import LANGUAGE

CALIBRATION = (14.0, -9.0)


def film(folder: Path) -> Path:
    return film_street(folder / "street.mp4", fps=5.0)


def with_small_parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put the small parts in the place of the networks; returns the names of what was opened, as it grows."""
    opened: list[str] = []

    def part(name: str, made: object) -> object:
        opened.append(name)
        return made

    monkeypatch.setattr(assemble, "build_detector", lambda _: part("detector", BlobDetector()))
    monkeypatch.setattr(assemble, "build_make_tracker", lambda _: OverlapTracker)
    monkeypatch.setattr(
        assemble, "build_image_encoder", lambda _, kind: part(kind, ColourEncoder("colours " + kind, CALIBRATION))
    )
    monkeypatch.setattr(
        assemble, "build_text_encoder", lambda _: part("text", ColourWords("colours " + LANGUAGE, CALIBRATION))
    )
    return opened


def filled(folder: Path) -> Path:
    """A gallery that holds the street; the film lies beside it."""
    with pytest.MonkeyPatch.context() as patch:
        with_small_parts(patch)
        gallery = folder / "gallery"
        arguments = ["ingest", str(film(folder)), "--camera", "street", "--started-at", "2025-05-01T14:30:00"]
        assert main([*arguments, "--gallery", str(gallery), "--json"]) == 0
    return gallery
