"""When a decoded frame was shown, and which frames of a footage are looked at."""

from __future__ import annotations

import math
from fractions import Fraction

_JUMP_S = 1.0  # a step back of more than this is a clock that was set anew, less is a stamp out of order
_LEAST_STEP_S = 0.001
_SLACK_S = 0.001  # containers such as Matroska round their stamps to a millisecond


class Clock:
    """Turns the presentation stamps of a stream into seconds since its first frame, which always ascend.

    A stamp that is missing, or does not lie after the one before, is replaced by the last time plus the nominal
    duration of a frame. A clock that jumps back by more than a second (recordings that were joined) goes on from there.

    Args:
        nominal_s: the nominal duration of a frame, used for nothing else.
    """

    def __init__(self, nominal_s: float) -> None:
        self._nominal_s = nominal_s
        self._origin: Fraction | None = None  # the stamp that stands for time 0
        self._stamp: Fraction | None = None  # the last stamp that was seen
        self._last_s: float | None = None

    def tell(self, pts: int | None, time_base: Fraction | None) -> float:
        """The time in seconds of the next frame in order of presentation."""
        stamp = None if pts is None or time_base is None else pts * time_base
        if self._last_s is None:
            self._origin = stamp
            time_s = 0.0
        else:
            time_s = self._after(self._last_s, stamp)
        self._last_s = time_s
        self._stamp = stamp if stamp is not None else self._stamp
        return time_s

    def _after(self, last_s: float, stamp: Fraction | None) -> float:
        guess_s = last_s + self._nominal_s
        if stamp is None:
            return guess_s
        if self._origin is None:
            self._origin = stamp - Fraction(guess_s)
            return guess_s
        told_s = float(stamp - self._origin)
        if told_s > last_s:
            return told_s
        if self._stamp is not None and stamp > self._stamp:
            return last_s + _LEAST_STEP_S  # the stamps are sound again, it was an earlier guess that ran ahead
        if last_s - told_s > _JUMP_S:
            self._origin = stamp - Fraction(guess_s)
        return guess_s


class Sampler:
    """Picks frames by time: the first one at or after each tick of a fixed grid of ``fps`` ticks a second.

    Args:
        fps: ticks a second; None takes every frame.

    Raises:
        ValueError: unless fps is above 0.
    """

    def __init__(self, fps: float | None) -> None:
        if fps is not None and not (math.isfinite(fps) and fps > 0):
            raise ValueError(f"frames a second to look at: expected a number above 0, got {fps}")
        self._fps = fps
        self._tick = 0

    def due(self, time_s: float) -> bool:
        """Whether the frame of this time is taken; ask once for each frame, in ascending order of time."""
        if self._fps is None:
            return True
        tick = math.floor((time_s + _SLACK_S) * self._fps)
        if tick < self._tick:
            return False
        self._tick = tick + 1
        return True
