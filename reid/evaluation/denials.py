"""How well "without" works, against the attribute labels of PETA pictures.

`python -m reid.evaluation.denials PETA` prints, for each attribute of which some people are labelled yes and some no,
the average precision (percent) of "person with X" for those who have it, and of "person without X" for those who have
not: before (the sentence as it stands), with the denial passed over, and as `reid.denial` does it; each beside chance,
the share of right pictures. Then the mean average precision of "person with A without X" by strength of the denial.

Pictures: at most three of each person in 3DPeS, CAVIAR4REID, i-LID, MIT and SARC3D. The shipped network was trained on
these, so the figures say whether denying works, not how well it does on other people.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reid.data.attributes import ATTRIBUTES, INDEX, NO, UNKNOWN, YES, peta
from reid.denial import turned_away
from reid.reading import Denial
from reid.types import Floats, Image, ImageEncoder

if TYPE_CHECKING:
    from reid.text_encoder import NetworkTextEncoder

SUBSETS = ("3DPeS", "CAVIAR4REID", "i-LID", "MIT", "SARC3D")
EACH = 3  # pictures of a person
AFFIRMED = (
    "backpack",
    "shoulder_bag",
    "long_hair",
    "jeans",
    "shorts",
    "upper_black",
    "upper_red",
    "upper_white",
    "lower_blue",
)
LEAST = 20  # pictures with and without it, for an attribute to be measured
PHRASES = {
    "hat": "a hat", "glasses": "glasses", "scarf": "a scarf", "backpack": "a backpack", "folder": "a folder",
    "hand_bag": "a handbag", "suitcase": "a suitcase",
    "shoulder_bag": "a shoulder bag", "long_hair": "long hair", "jeans": "jeans",
    "shorts": "shorts", "skirt": "a skirt", "jacket": "a jacket", "suit": "a suit", "sweater": "a sweater",
    "tshirt": "a t-shirt", "sneakers": "sneakers", "boots": "boots", "sandals": "sandals",
    "leather_shoes": "leather shoes", "upper_black": "a black top", "upper_white": "a white top",
    "upper_red": "a red top",
    "lower_blue": "blue bottoms", "lower_black": "black bottoms", "hair_black": "black hair",
    "hair_blonde": "blonde hair",
}  # fmt: skip


def average_precision(scores: Floats, right: NDArray[np.bool_]) -> float:
    """Area under the precision-recall steps of a ranking; equals stay in their order."""
    found = right[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(found) / np.arange(1, len(found) + 1))[found].mean())


def pictures(root: Path, encoder: ImageEncoder) -> tuple[Floats, NDArray[np.int8]]:
    """Vectors (N, dim) and labels (N, A) of the pictures.

    Raises:
        FileNotFoundError: if a subset is missing.
    """
    from reid.data.pictures import read_rgb

    vectors: list[Floats] = []
    labels: list[NDArray[np.int8]] = []
    for subset in SUBSETS:
        rows, seen = peta(root, subset), dict[int, int]()
        images: list[Image] = []
        for path in sorted((root / subset / "archive").iterdir()):
            number = "".join(filter(str.isdigit, path.stem.split("_")[0]))
            if path.suffix == ".txt" or not number or int(number) not in rows or seen.get(int(number), 0) >= EACH:
                continue
            seen[int(number)] = seen.get(int(number), 0) + 1
            images.append(read_rgb(path))
            labels.append(rows[int(number)])
        vectors += [encoder.encode(images[start : start + 64]) for start in range(0, len(images), 64)]
    return np.concatenate(vectors), np.stack(labels)


def strengths(texts: NetworkTextEncoder, vectors: Floats, labels: NDArray[np.int8]) -> dict[str, float]:
    """Mean average precision of "person with A without X" by strength, where at least 8 % of those with A have X."""
    by: dict[str, list[float]] = {}
    for affirmed in AFFIRMED:
        vector = texts.vectors([f"person with {PHRASES[affirmed]}"])[0]
        for name, phrase in PHRASES.items():
            told = (labels[:, INDEX[affirmed]] != UNKNOWN) & (labels[:, INDEX[name]] != UNKNOWN)
            has, shown = labels[told, INDEX[affirmed]] == YES, labels[told, INDEX[name]] == YES
            if name == affirmed or (has & shown).sum() < 0.08 * has.sum() or (has & ~shown).sum() < LEAST:
                continue
            queries = {"before": texts.vectors([f"person with {PHRASES[affirmed]} without {phrase}"])[0]}
            for strength in (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0):
                denial = [Denial(phrase, (name,))]
                queries[f"{strength}"] = turned_away(vector, denial, ATTRIBUTES, nothing_else=False, strength=strength)
            for key, query in queries.items():
                by.setdefault(key, []).append(average_precision(vectors[told] @ query, has & ~shown))
    return {f"{key} ({len(found)} pairs)": float(np.mean(found)) for key, found in by.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0."""
    from reid.checkpoint import read_card
    from reid.registry import default_weights, open_encoder
    from reid.text_encoder import open_network_text_encoder

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("peta", type=Path, help="folder with the subsets of PETA")
    parser.add_argument("--weights", type=Path, default=default_weights("language"))
    given = parser.parse_args(arguments)
    texts = open_network_text_encoder(given.weights, read_card(given.weights))
    vectors, labels = pictures(given.peta, open_encoder(given.weights))
    table = []
    line = "{:14} {:>5} {:>5} | {:>5} {:>6} | {:>6} {:>6} {:>6} {:>6}\n"
    sys.stdout.write(line.format("attribute", "yes", "no", "with", "chance", "before", "passed", "now", "chance"))
    for name, phrase in PHRASES.items():
        told = labels[:, INDEX[name]]
        shown, yes = vectors[told >= 0], told[told >= 0] == YES
        if min((told == YES).sum(), (told == NO).sum()) < LEAST:
            continue
        sentences = texts.encode([f"person with {phrase}", "person", f"person without {phrase}"])
        before = texts.vectors([f"person without {phrase}"])[0]
        figures = [
            average_precision(shown @ sentences[0], yes), yes.mean(),
            *(average_precision(shown @ query, ~yes) for query in (before, sentences[1], sentences[2])), 1 - yes.mean(),
        ]  # fmt: skip
        table.append(figures)
        cells = (f"{100 * figure:.1f}" for figure in figures)
        sys.stdout.write(line.format(name, yes.sum(), (~yes).sum(), *cells))
    cells = (f"{100 * figure:.1f}" for figure in np.mean(table, axis=0))
    sys.stdout.write(line.format("mean", len(table), "", *cells))
    for strength, figure in strengths(texts, vectors, labels).items():
        sys.stdout.write(f"with A without X, strength {strength}: {100 * figure:.1f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
