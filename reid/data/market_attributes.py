"""The 27 attributes of Market-1501's people as they are published: nine yes-or-no questions, age, and two colours.

Lin et al., "Improving person re-identification by attribute and identity learning", Pattern Recognition 2019
(arXiv:1703.07220), table 2. `reid.data.attributes` brings them into one vocabulary with PETA's; here they stay the
choices that their authors train on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.int64]  # (..., M) position of the answer, -1 unknown

UNKNOWN = -1
# Question -> its answers in the order of their published numbers, which count from 1. The two colours are published
# as one column for each answer.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "gender": ("male", "female"),
    "hair": ("short", "long"),
    "up": ("long sleeves", "short sleeves"),
    "down": ("long lower clothing", "short lower clothing"),
    "clothes": ("dress or skirt", "trousers"),
    "hat": ("no", "yes"),
    "backpack": ("no", "yes"),
    "bag": ("no", "yes"),
    "handbag": ("no", "yes"),
    "age": ("young", "teenager", "adult", "old"),
    "upper colour": ("black", "white", "red", "purple", "yellow", "gray", "blue", "green"),
    "lower colour": ("black", "white", "pink", "purple", "yellow", "gray", "blue", "green", "brown"),
}
_COLUMNS = {"upper colour": "up", "lower colour": "down"}
SIZES = tuple(len(answers) for answers in QUESTIONS.values())


def market_attributes(root: Path, split: str = "train") -> dict[int, Answers]:
    """Identity -> (M,) answers from `ROOT/market_attribute.mat`, in the order of `QUESTIONS`.

    A colour is unknown where none of the list is marked (78 of 751 training identities wear another on top), and
    where more than one is.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if it is another kind of file, or holds a number that is no answer.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    path = root / "market_attribute.mat"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; the attributes of Market-1501 are published on their own")
    try:
        table = loadmat(path, simplify_cells=True)["market_attribute"][split]
        identities = [int(text) for text in np.atleast_1d(table["image_index"])]
        columns = [_column(table, question) for question in QUESTIONS]
        rows = np.stack(columns, axis=1)  # (N, M)
        if len(rows) != len(identities):
            raise ValueError(f"{len(identities)} identities with {len(rows)} rows")
    except (MatReadError, KeyError, TypeError, ValueError, IndexError, NotImplementedError) as error:
        raise ValueError(f"{path} does not hold the attributes of Market-1501 ({error})") from None
    return dict(zip(identities, rows, strict=True))


def _column(table: Mapping[str, Any], question: str) -> Answers:
    answers = QUESTIONS[question]
    if question in _COLUMNS:
        marked = np.stack([np.atleast_1d(table[_COLUMNS[question] + colour]) == 2 for colour in answers], axis=1)
        return np.where(marked.sum(axis=1) == 1, marked.argmax(axis=1), UNKNOWN).astype(np.int64)
    column = np.atleast_1d(np.asarray(table[question], np.int64)) - 1
    if ((column < 0) | (column >= len(answers))).any():
        raise ValueError(f"{question}: expected numbers from 1 to {len(answers)}")
    return column
