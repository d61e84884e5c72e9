"""What is asked of a vector, and which answers the labels of `reid.data.attributes` leave possible.

A question is either exclusive (one of its answers holds: the colour of the upper body) or a list of things each of
which a person may have or not (bags). Labels are often partial: a person known to wear neither a skirt nor short
trousers wears trousers or jeans. So a label is the set of the answers that are possible, and learning and judging both
count the probability of the whole set (Jin and Ghahramani, "Learning with multiple labels", NIPS 2002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reid.data.attributes import COLOURS, INDEX, NO, UNKNOWN, YES, Labels

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        name: such as ``upper``.
        answers: answer -> the label that says it; None for the answer that holds where all others are denied.
        exclusive: True if exactly one answer holds, False if each is a yes or no of its own.
        without: answer -> labels (name, value) that deny it.
    """

    name: str
    answers: Mapping[str, str | None]
    exclusive: bool = True
    without: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def possible(self, labels: Labels) -> Flags:
        """(N, K) which answers the labels (N, A) leave open; an exclusive row with all of them says nothing."""
        told = np.stack([self._told(labels, label) for label in self.answers.values()], axis=1)
        for place, answer in enumerate(self.answers):
            if answer in self.without:
                label, value = self.without[answer]
                told[labels[:, INDEX[label]] == value, place] = NO
        yes = told == YES
        return np.where(yes.any(axis=1, keepdims=True), yes, told != NO)

    def told(self, labels: Labels) -> Labels:
        """(N, K) yes, no or unknown of each answer for itself."""
        if not self.exclusive:
            return np.stack([self._told(labels, label) for label in self.answers.values()], axis=1)
        possible = self.possible(labels)
        sure = possible & (possible.sum(axis=1, keepdims=True) == 1)
        rows = np.full(possible.shape, UNKNOWN, np.int8)
        rows[~possible] = NO
        rows[sure] = YES
        # who wears two colours wears both: each of them is a right answer
        rows[possible & self._said(labels)] = YES
        return rows

    def _said(self, labels: Labels) -> Flags:
        return np.stack([self._told(labels, label) == YES for label in self.answers.values()], axis=1)

    def _told(self, labels: Labels, label: str | None) -> Labels:
        if label is not None:
            return labels[:, INDEX[label]].copy()
        others = np.stack([labels[:, INDEX[other]] for other in self.answers.values() if other is not None], axis=1)
        rows = np.full(len(labels), UNKNOWN, np.int8)
        rows[(others == NO).all(axis=1)] = YES
        rows[(others == YES).any(axis=1)] = NO
        return rows


def _colours(part: str) -> dict[str, str | None]:
    return {colour: f"{part}_{colour}" for colour in COLOURS}


QUESTIONS: tuple[Question, ...] = (
    Question("gender", {"female": "female", "male": None}),
    Question("age", {"young": "young", "adult": None, "old": "old"}),
    Question("hair", {"long": "long_hair", "short": None}),
    Question(
        "hair_colour", {"black": "hair_black", "brown": "hair_brown", "grey": "hair_grey", "blonde": "hair_blonde"}
    ),
    Question("upper", _colours("upper")),
    Question("upper_garment", {"t-shirt": "tshirt", "jacket": "jacket", "sweater": "sweater", "suit": "suit"}),
    Question("pattern", {"plaid": "plaid", "stripes": "stripes", "logo": "logo"}, exclusive=False),
    Question("sleeves", {"long": "long_sleeves", "short": None}),
    Question("lower", _colours("lower")),
    Question(
        "lower_garment",
        {"trousers": "trousers", "jeans": "jeans", "shorts": "shorts", "skirt": "skirt"},
        without={"trousers": ("long_lower", NO), "jeans": ("long_lower", NO), "shorts": ("long_lower", YES)},
    ),
    Question("lower_length", {"long": "long_lower", "short": None}),
    Question(
        "bag",
        {
            "backpack": "backpack",
            "shoulder bag": "shoulder_bag",
            "hand bag": "hand_bag",
            "suitcase": "suitcase",
            "folder": "folder",
            "none": "empty_handed",
        },
        exclusive=False,
    ),
    Question(
        "wears",
        {"hat": "hat", "glasses": "glasses", "scarf": "scarf", "headphones": "headphones"},
        exclusive=False,
    ),
    Question("shoes", _colours("shoes")),
    Question(
        "footwear",
        {"sneakers": "sneakers", "boots": "boots", "sandals": "sandals", "leather shoes": "leather_shoes"},
    ),
)
