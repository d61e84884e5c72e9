"""A surveillance camera on a wall: where the ground and upright things appear in its picture, and how it sways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT, FPS = 1280, 720, 25
MARGIN = 56  # the picture is painted so much larger on every side, for the camera's movement


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera and the light at its place.

    Attributes:
        name: also the name of its clip.
        focal: focal length in pixels.
        height: above the ground, metres.
        tilt: downward, radians.
        pan: how far it turns to and fro, pixels. sway: trembling, pixels.
        gain: exposure. cast: colour balance (R, G, B).
        noise: standard deviation of the sensor noise, 0..1.
        shadow: where the shadow of a point one unit above the ground falls, in units of the picture (right, down).
        seed: of everything random about it.
    """

    name: str
    focal: float
    height: float
    tilt: float
    pan: float
    sway: float
    gain: float
    cast: tuple[float, float, float]
    noise: float
    shadow: tuple[float, float]
    seed: int

    def scale(self, z: float) -> float:
        """Pixels per metre of something upright that stands `z` metres away."""
        return float(self.focal / (self.height * np.sin(self.tilt) + z * np.cos(self.tilt)))

    def ground(self, x: float, z: float) -> tuple[float, float]:
        """Where the ground point (x right, z away, metres) lies on the painted picture."""
        s = self.scale(z)
        down = self.height * np.cos(self.tilt) - z * np.sin(self.tilt)
        return WIDTH / 2 + MARGIN + s * x, float(HEIGHT / 2 + MARGIN + s * down)

    def offset(self, time_s: float) -> tuple[float, float]:
        """Upper left corner of the frame on the painted picture at a moment, in pixels."""
        slow, fast = 2 * np.pi * time_s, np.array([0.0, 1.7]) + self.seed
        across = self.pan * np.sin(slow / 17.0 + self.seed) + self.sway * np.sin(slow / 2.9 + fast[0])
        down = 0.2 * self.pan * np.sin(slow / 23.0) + 0.7 * self.sway * np.sin(slow / 2.3 + fast[1])
        return MARGIN + float(across), MARGIN + float(down)

    def exposure(self, time_s: float) -> float:
        """The gain at a moment: automatic exposure breathes a little."""
        return self.gain * (1 + 0.02 * float(np.sin(2 * np.pi * time_s / 11.0 + self.seed)))


CAMERAS: tuple[Camera, ...] = (
    Camera("plaza_north", 1150.0, 2.6, np.radians(12.5), 16.0, 1.2, 1.06, (1.03, 1.00, 0.95), 0.011, (0.60, -0.13), 3),
    Camera("plaza_south", 1080.0, 2.9, np.radians(13.0), 12.0, 0.9, 0.93, (0.95, 1.00, 1.06), 0.014, (-0.50, -0.12), 8),
)
