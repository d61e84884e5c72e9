"""The walk: joint angles over one cycle of two steps, after the usual curves of human gait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SWING, ARM_SWING = np.radians(23.0), np.radians(19.0)
STRIDE_PER_HEIGHT = 0.74  # two steps cover so much of the body height; keeps the feet from sliding
_PITCH_AT = (0.0, 0.25, 0.36, 0.60, 0.75, 0.90, 1.0)
_PITCH = (6.0, 14.0, 0.0, 0.0, -32.0, -26.0, 6.0)  # degrees, toe up is positive


@dataclass(frozen=True, slots=True)
class Stance:
    """Angles in radians, forward positive: thigh, shank and foot of one leg, upper and lower part of its arm."""

    thigh: float
    shank: float
    foot: float
    arm: float
    forearm: float


STANDING = Stance(0.0, 0.0, 0.0, 0.03, 0.10)


def stance(phase: float) -> Stance:
    """One body half at `phase` (0..1, periodic); the other half is half a cycle away.

    At 0.25 the heel strikes in front, at 0.75 the toe leaves the ground behind.
    """
    phase %= 1.0
    wave = float(np.sin(2 * np.pi * phase))
    thigh = SWING * wave + np.radians(2.0)
    bump = sum(np.exp(-(((phase - centre) / 0.115) ** 2)) for centre in (-0.06, 0.94))
    loading = np.exp(-(((phase - 0.42) / 0.09) ** 2))
    knee = np.radians(4.0 + 50.0 * bump + 9.0 * loading)
    foot = np.radians(float(np.interp(phase, _PITCH_AT, _PITCH)))
    arm = -ARM_SWING * wave
    return Stance(float(thigh), float(thigh - knee), float(foot), float(arm), float(arm + np.radians(14 - 8 * wave)))
