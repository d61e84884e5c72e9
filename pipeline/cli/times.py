"""Times as people write and read them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FORMS = "seconds (90), mm:ss, hh:mm:ss, or a date and time (2025-05-01T14:30)"


def parse_moment(text: str, *, end: bool = False) -> float | datetime:
    """A moment of footage in seconds, or of the wall clock.

    Args:
        text: ``90``, ``90.5``, ``1:30``, ``0:01:30``, ``2025-05-01T14:30:00+02:00`` or ``2025-05-01``.
        end: whether a bare date stands for the end of that day and not for its start.

    Raises:
        ValueError: for anything else; the message says what is expected.
    """
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(f"{text!r} is no time: expected {FORMS}")
        return seconds
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(clock[1] or 0), int(clock[2]), float(clock[3])
        if minutes < 60 and seconds < 60:
            return hours * 3600 + minutes * 60 + seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time: expected {FORMS}") from None
    return moment + timedelta(days=1) if end and _DAY.fullmatch(text) else moment


def parse_date(text: str) -> datetime:
    """A wall-clock moment in ISO 8601.

    Raises:
        ValueError: if it is none.
    """
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no date and time: expected such as 2025-05-01T14:30:00") from None


def clock(seconds: float) -> str:
    """``02:05`` or ``1:02:05``; the second that is running, as a player shows it."""
    whole = int(seconds + 1e-6)
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def span(start_s: float, end_s: float) -> str:
    """``00:03-00:12``, or one time where both are the same second."""
    first, last = clock(start_s), clock(end_s)
    return first if first == last else f"{first}–{last}"


def wall(moment: datetime | None) -> str:
    """``2025-05-01 14:30:05``; empty if unknown."""
    return "" if moment is None else moment.replace(microsecond=0).isoformat(" ")


def duration(seconds: float) -> str:
    """A length of time in words as short as can be: ``12 s``, ``3 min 05 s``, ``2 h 10 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
