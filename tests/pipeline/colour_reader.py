"""An attribute reader for the vectors of `colours.ColourEncoder`."""

from __future__ import annotations

import numpy as np
from colours import PALETTE, ColourEncoder

from reid.attributes.reader import AttributeReader, ReadQuestion

COLOURS = tuple(PALETTE)
COUNT = len(COLOURS)


def reader(space: str = "words") -> AttributeReader:
    """Reads the colours that `ColourEncoder` sees; who is black below carries a backpack; nobody's pink is offered."""
    colours = frozenset(COLOURS) - {"pink"}
    questions = [
        ReadQuestion("upper", COLOURS, colours, True),
        ReadQuestion("lower", COLOURS, colours, True),
        ReadQuestion("bag", ("backpack", "hand bag"), frozenset({"backpack", "hand bag"}), False),
    ]
    matrix = np.zeros((2 * COUNT + 2, ColourEncoder.dim), np.float32)
    matrix[: 2 * COUNT] = 8 * np.eye(2 * COUNT)
    matrix[2 * COUNT, COUNT + COLOURS.index("black")] = 6
    offset = np.zeros(2 * COUNT + 2, np.float32)
    offset[2 * COUNT :] = (-2, -5)
    return AttributeReader(space, questions, matrix, offset)
