"""Which words of a sentence, or strips of a picture, met which strips of a crop: asked of any pair of encoders.

The score of a pair is a dot product, so what two players of a game add together beyond what each adds alone, the
second-order difference s(w, t) - s(-w, t) - s(w, -t) + s(-w, -t), is the product of two first-order ones: the change of
the sentence's vector by the word, times the change of the crop's vector by the strip. That is the Shapley interaction
of a word and a strip (Grabisch and Roubens, "An axiomatic approach to the concept of interaction among players in
cooperative games", International Journal of Game Theory 1999), once the changes are averaged over what else is there:

- A strip's change is the mean of its two ends: covered while all others are seen (occlusion, Zeiler and Fergus,
  "Visualizing and understanding convolutional networks", ECCV 2014), and seen while all others are covered. Occlusion
  alone misleads: a garment spans two strips, and the one that is left says all that the covered one said. With both
  ends the table agrees with that of all 64 ways of covering (correlation 0.96 over the sample footage and 60 pictures
  of Market-1501's training half; occlusion alone 0.50), at 14 encodings.
- A word's change is its share of what its phrase ("red coat") adds: the Owen value (Owen, "Values of games with a
  priori unions", 1977) with the sentence as it is around the phrase. So the rows of a phrase's words add up to what is
  lost when the phrase is left out, and words that say the same share it; leaving out each alone would show none.

A strip is covered by the mean colour of the crop's left and right margins: then the person is gone where the ground
around goes on, which is no garment. (The crop's own mean has the colour of the clothes that are to be covered, and a
fixed grey shines at night; black is what many wear.) A person in one colour who fills the crop from side to side
therefore cannot be explained: covering changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from math import ceil, factorial

import numpy as np

from reid.data.words import STOP_WORDS, split
from reid.networks.alignment import equal_bounds
from reid.types import Floats, Image, ImageEncoder, TextEncoder

STRIPS = 6
_PHRASE = 3  # words of a phrase at most: one of n takes 2^n sentences
_MARGIN = 0.1  # of the width, on each side: what is taken for the ground
_CROPS = 8  # at a time, so that covered copies of large crops do not fill the memory


def covered(image: Image, strips: int = STRIPS) -> list[Image]:
    """A crop with strips of equal height covered in 2 S + 2 ways.

    Args:
        image: (H, W, 3) uint8.
        strips: S.

    Returns:
        As it is; with strip 1, 2, ... covered; with all but strip 1, 2, ... covered; with all covered.
    """
    edges = np.rint(equal_bounds(strips)[:, 1] * image.shape[0]).astype(int)
    strip_of_row = np.searchsorted(edges, np.arange(image.shape[0]), side="right")
    wide = max(1, round(_MARGIN * image.shape[1]))
    ground = np.concatenate([image[:, :wide], image[:, -wide:]], axis=1).mean(axis=(0, 1)).round().astype(np.uint8)
    one = np.eye(strips, dtype=bool)
    ways = np.concatenate([np.zeros((1, strips), bool), one, ~one, np.ones((1, strips), bool)])
    return [np.where(way[strip_of_row][:, None, None], ground, image) for way in ways]


def strip_effects(encoder: ImageEncoder, images: Sequence[Image], strips: int = STRIPS) -> Floats:
    """(N, S, dim) by how much each strip changes the vector of its crop.

    Strips are of equal height, also for an encoder that would place its own by keypoints.
    """
    parts = [_encoded(encoder, images[start : start + _CROPS], strips) for start in range(0, len(images), _CROPS)]
    return _changes(np.concatenate(parts)) if parts else np.zeros((0, strips, encoder.dim), np.float32)


def probe_effects(encoder: ImageEncoder, images: Sequence[Image], strips: int = STRIPS) -> Floats:
    """(S, dim) the same of one person's pictures together: a strip is covered in all of them."""
    mean = _encoded(encoder, images, strips).mean(axis=0, keepdims=True)
    return _changes(mean / np.maximum(np.linalg.norm(mean, axis=2, keepdims=True), 1e-12))[0]


def word_effects(encoder: TextEncoder, text: str) -> tuple[tuple[str, ...], Floats]:
    """By how much each word changes the vector of a sentence.

    Args:
        encoder: reads sentences; one of which nothing is left that it knows counts as a vector of zeros.
        text: the sentence.

    Returns:
        The W words that may describe somebody, in order, in the spelling of `reid.data.words`, and their (W, dim)
        changes: zero for a word that the encoder does not know.
    """
    words, phrases = _phrases(text)
    vectors: dict[frozenset[int], Floats] = {}

    def without(gone: frozenset[int]) -> Floats:
        if gone not in vectors:
            vectors[gone] = _sentence(encoder, [word for place, word in enumerate(words) if place not in gone])
        return vectors[gone]

    changes = np.zeros((len(words), encoder.dim), np.float32)
    for phrase in phrases:
        for place in phrase:
            others = [other for other in phrase if other != place]
            for count in range(len(phrase)):
                weight = factorial(count) * factorial(len(others) - count) / factorial(len(phrase))
                for more in combinations(others, count):
                    gone = frozenset(more)
                    changes[place] += weight * (without(gone) - without(gone | {place}))
    said = [place for phrase in phrases for place in phrase]
    return tuple(words[place] for place in said), changes[said]


def interactions(asked: Floats, strips: Floats) -> Floats:
    """What each part of a question and each strip of a crop add to the score together, beyond what each adds alone.

    Args:
        asked: (W, D) changes by words, or (S, D) by strips of the picture that was asked with.
        strips: (N, S, D) changes by the strips of N crops.

    Returns:
        (N, W, S) in units of the score: above zero speaks for the hit, below zero against it.
    """
    return np.asarray(asked @ strips.transpose(0, 2, 1), np.float32)


def _encoded(encoder: ImageEncoder, images: Sequence[Image], strips: int) -> Floats:
    """(N, 2 S + 2, dim) vectors of crops, covered in each way."""
    ways = [way for image in images for way in covered(image, strips)]
    return encoder.encode(ways).reshape(len(images), 2 * strips + 2, -1)


def _changes(vectors: Floats) -> Floats:
    """(N, 2 S + 2, dim) -> (N, S, dim): the mean of what is lost by covering and what is won by showing."""
    strips = vectors.shape[1] // 2 - 1
    whole, nothing = vectors[:, :1], vectors[:, -1:]
    lost, won = whole - vectors[:, 1 : strips + 1], vectors[:, strips + 1 : -1] - nothing
    return np.asarray((lost + won) / 2, np.float32)


def _sentence(encoder: TextEncoder, words: Sequence[str]) -> Floats:
    try:
        return encoder.encode([" ".join(words)])[0]
    except ValueError:  # no word is left that it knows
        return np.zeros(encoder.dim, np.float32)


def _phrases(text: str) -> tuple[list[str], list[list[int]]]:
    """The words of a sentence, and the places of those that stand together without a stop word or a mark between."""
    words: list[str] = []
    runs: list[list[int]] = [[]]
    for clause in re.split(r"[^\w\s'’-]+", text):
        for word in split(clause):
            if word in STOP_WORDS:
                runs.append([])
            else:
                runs[-1].append(len(words))
            words.append(word)
        runs.append([])
    phrases = [part.tolist() for run in runs if run for part in np.array_split(run, ceil(len(run) / _PHRASE))]
    return words, phrases
