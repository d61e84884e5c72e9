"""Who walks where and when: paths over the ground of each camera's side of the plaza."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class Walk:
    """One way of one person through the view of one camera.

    Attributes:
        who: id of the identity.
        start_s: when it sets out, seconds of the clip.
        speed: metres a second.
        points: corners of its way, (x right, z away) metres.
        stops: seconds that it stands still at a corner, by the corner's number.
    """

    who: str
    start_s: float
    speed: float
    points: tuple[tuple[float, float], ...]
    stops: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a walker is, how far it has walked (metres), which way it goes (unit vector), and whether it walks."""

    x: float
    z: float
    walked: float
    heading: tuple[float, float]
    moving: bool


def at(walk: Walk, time_s: float) -> Moment | None:
    """The walker at a moment; None before it sets out and after it has arrived."""
    clock, walked = walk.start_s, 0.0
    if time_s < clock:
        return None
    heading = (1.0, 0.0)
    for number, start in enumerate(walk.points):
        if number + 1 < len(walk.points):
            step = np.subtract(walk.points[number + 1], start)
            length = float(np.hypot(*step))
            ahead = (float(step[0]) / length, float(step[1]) / length)
        pause = walk.stops.get(number, 0.0)
        if time_s < clock + pause:
            return Moment(*start, walked, heading, moving=False)
        clock += pause
        if number + 1 == len(walk.points):
            return None
        heading = ahead
        if time_s < clock + length / walk.speed:
            gone = (time_s - clock) * walk.speed
            return Moment(
                start[0] + gone * heading[0], start[1] + gone * heading[1], walked + gone, heading, moving=True
            )
        clock += length / walk.speed
        walked += length
    return None


DURATION_S = 30.0

WALKS: dict[str, tuple[Walk, ...]] = {
    "plaza_north": (
        Walk("red-coat", 1.0, 1.30, ((-5.2, 7.4), (5.6, 7.9))),
        Walk("yellow-dress", 0.6, 1.32, ((11.3, 18.2), (2.6, 16.6), (0.0, 11.0), (-0.8, 5.4), (-4.4, 4.9))),
        Walk("blue-jacket", 1.8, 1.25, ((6.6, 9.0), (-6.4, 8.6))),
        Walk("white-tshirt", 6.0, 1.35, ((-10.0, 14.4), (10.4, 15.0))),
        Walk("green-tshirt", 7.5, 1.30, ((4.4, 4.8), (2.4, 6.0), (-4.4, 16.4), (-10.6, 17.4))),
        Walk("purple-sweater", 8.5, 1.22, ((8.4, 12.5), (4.3, 12.4), (-8.4, 13.0)), {1: 3.5}),
        Walk("orange-tshirt", 12.5, 1.42, ((-5.0, 6.2), (4.8, 6.6))),
        Walk("pink-tshirt", 12.0, 1.30, ((10.4, 16.4), (-10.4, 16.8))),
        Walk("black-tshirt", 14.5, 1.33, ((-11.2, 19.2), (-4.6, 16.6), (-1.2, 9.0), (0.3, 2.6))),
        Walk("grey-sweater", 15.5, 1.24, ((-4.6, 5.0), (-0.2, 5.8), (4.6, 22.0))),
        Walk("orange-tshirt", 22.0, 1.40, ((5.6, 8.4), (-6.0, 7.8))),
    ),
    "plaza_south": (
        Walk("brown-coat", 0.5, 1.22, ((6.8, 9.0), (-6.8, 8.7))),
        Walk("red-coat", 0.6, 1.36, ((10.6, 15.2), (2.4, 13.6), (0.8, 6.0), (4.6, 5.2))),
        Walk("white-tshirt", 2.5, 1.35, ((-5.6, 7.0), (5.8, 7.0))),
        Walk("green-tshirt", 4.5, 1.30, ((7.6, 11.6), (-0.6, 11.2), (-10.6, 15.8)), {1: 2.5}),
        Walk("yellow-dress", 3.2, 1.36, ((-10.6, 16.2), (10.8, 16.8))),
        Walk("orange-tshirt", 18.8, 1.40, ((4.6, 4.8), (0.8, 5.6), (-4.2, 21.0))),
        Walk("purple-sweater", 19.2, 1.25, ((-5.2, 6.6), (5.6, 6.6))),
        Walk("black-jacket", 19.8, 1.18, ((5.8, 8.8), (-6.8, 8.6))),
        Walk("blue-jacket", 19.0, 1.30, ((10.4, 15.2), (2.8, 13.2), (1.4, 5.0), (0.0, 2.4))),
        Walk("black-tshirt", 19.6, 1.34, ((-9.4, 13.4), (9.8, 14.6))),
    ),
}
