"""How `reidpipe calibrate` shows what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.cli import render
from reid.evaluation.background import BackgroundCalibration


def show(calibration: BackgroundCalibration, figures: Mapping[str, Mapping[str, Any]]) -> None:
    """The figures of each group of questions, and what may be had for what."""
    for name, found in figures.items():
        curve = found["false answers, kept, probability"]
        said = {key: _said(value) for key, value in found.items() if not isinstance(value, list)}
        offers = ", ".join(f"{100 * false:.0f} % / {100 * kept:.0f} % at {least:.2f}" for false, kept, least in curve)
        render.say(name)
        render.facts({**said, "false answers / kept, at P": offers})
    render.say(f"a hit counts as found from {calibration.found_at:.3f}")


def _said(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{100 * value:.1f} %"
