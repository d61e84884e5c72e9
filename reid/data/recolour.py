"""People in colours that nobody in the data wears, so that rare colour words are learnt too.

Hardly anybody in street footage wears orange or pink, and a network that reads sentences about such people only now and
then takes pink for red. Sentences about people who do not exist cost nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reid.data.attributes import COLOURS, INDEX, NO, PARTS, YES, Labels

_GROUPS = {part: np.array([INDEX[f"{part}_{colour}"] for colour in COLOURS]) for part in PARTS}


def recoloured(labels: Labels, generator: np.random.Generator) -> Labels:
    """A copy of (N, A) in which each part of every person has one colour, all colours being equally frequent."""
    result = labels.copy()
    for columns in _GROUPS.values():
        result[:, columns] = NO
        result[np.arange(len(result)), columns[generator.integers(len(columns), size=len(result))]] = YES
    return result


def rarity(labels: Labels) -> NDArray[np.float64]:
    """(N,) how often to draw each picture, summing up to 1, so that rare colours of clothes are seen more often.

    A picture counts by the rarest colour of its upper or lower body: 1 / sqrt(share of pictures with that colour).
    """
    columns = np.concatenate([_GROUPS["upper"], _GROUPS["lower"]])
    worn = labels[:, columns] == YES  # (N, C)
    share = (worn.sum(axis=0) + 1) / (len(labels) + 1)
    weight = np.where(worn, 1 / np.sqrt(share), 1.0).max(axis=1)
    return np.asarray(weight / weight.sum(), np.float64)
