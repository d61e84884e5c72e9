"""Understands what people type, before a network reads it: one idea per file, put together in `read.py`."""

from reid.reading.read import as_typed, read
from reid.reading.remarks import remarks
from reid.reading.types import Denial, Ignored, Reading, Swap

__all__ = ["Denial", "Ignored", "Reading", "Swap", "as_typed", "read", "remarks"]
