"""On what a figure of time was taken."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """Processor, cores, and what runs on it, in one line."""
    import torch

    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, torch {torch.__version__}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    found = dict(line.partition(":")[::2] for line in lines if ":" in line)
    names = {key.strip(): value.strip() for key, value in found.items()}
    return names.get("model name", platform.processor() or "unknown processor")
