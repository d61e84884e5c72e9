"""Dresses a body: from its parts and an outfit to lit, movable pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .anatomy import Body
from .arms import arm
from .cast import Outfit
from .extras import bag_layers, hat_layer
from .legs import leg, seat
from .paint import over, premultiplied
from .pieces import Piece
from .source import Floats
from .tops import skirt_of, trunk_of


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """A dressed body, in pieces.

    Attributes:
        body: whom the clothes were put on.
        legs: for each side (left, right of the picture; a side view has one) thigh, shank and foot.
        arms: for each side upper arm and forearm.
        behind, skirt, trunk, head, before: still layers, from the back to the front; `skirt` swings with the legs.
        one_piece: whether the skirt is the lower part of what the trunk wears (a dress, a coat).
    """

    body: Body
    legs: list[tuple[Piece, Piece, Piece]]
    arms: list[tuple[Piece, Piece]]
    behind: Floats
    skirt: Floats
    trunk: Floats
    head: Floats
    before: Floats
    one_piece: bool


def dress(body: Body, outfit: Outfit, seed: int) -> Dressed:
    """Put an outfit on a body; `seed` makes the folds."""
    shape = (*body.alpha.shape, 4)
    sides = (0,) if body.facing == "side" else (0, 1)
    skirt = np.zeros(shape, np.float32)
    if outfit.lower_garment == "skirt":
        skirt = skirt_of(body, outfit.lower_colour, 0.46, 1.12, opening=False, seamless=False, seed=seed)
    elif outfit.upper_garment == "dress":
        skirt = skirt_of(body, outfit.upper_colour, 0.47, 1.22, opening=False, seamless=True, seed=seed)
    elif outfit.upper_garment == "coat":
        skirt = skirt_of(body, outfit.upper_colour, 0.44, 1.06, opening=True, seamless=True, seed=seed)
    elif body.facing != "side":
        skirt = seat(body, outfit.lower_colour, seed)
    head = premultiplied(body.rgb, body.head * body.alpha)
    head = over(hat_layer(body, outfit), head)
    behind, before = bag_layers(body, outfit)
    return Dressed(
        body,
        [leg(body, outfit, side, seed + 10 * side) for side in sides],
        [arm(body, outfit, side, seed + 20 + 10 * side) for side in sides],
        behind,
        skirt,
        trunk_of(body, outfit),
        head,
        before,
        outfit.upper_garment in ("dress", "coat"),
    )
