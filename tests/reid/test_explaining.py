"""Explanations: the covering, the arithmetic against a slow one by hand, and whether they tell the truth."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from drawn_people import draw

from reid import registry
from reid.explaining import covered, interactions, probe_effects, strip_effects, word_effects


class Bands:
    """Sees how red, blue and green the upper and the lower half of a crop are; norm 1, so not linear."""

    dim, space, wants_keypoints = 7, "bands", False

    def encode(self, images, keypoints=None):
        halves = [half.mean(axis=(0, 1)) / 99 for image in images for half in np.array_split(image, 2)]
        table = np.concatenate([np.ones((len(images), 1)), np.reshape(halves, (len(images), 6))], axis=1)
        return (table / np.linalg.norm(table, axis=1, keepdims=True)).astype(np.float32)


class Words:
    """Knows some words, each a direction; raises for a sentence of none."""

    dim, space = 7, "bands"

    def __init__(self):
        words = ("red", "coat", "blue", "man")
        self.table = {word: np.random.default_rng(n).normal(size=7) for n, word in enumerate(words)}

    def unknown_words(self, text):
        return tuple(word for word in text.split() if word not in self.table)

    def encode(self, texts):
        rows = [sum((self.table[w] for w in text.split() if w in self.table), np.zeros(7)) for text in texts]
        if any(not row.any() for row in rows):
            raise ValueError("no known word")
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


def picture(seed=0, height=50):
    return np.random.default_rng(seed).integers(0, 256, (height, 20, 3), dtype=np.uint8)


def test_each_strip_is_covered_alone_and_left_alone_and_the_crop_stays_as_it_was():
    image = picture(height=50)
    image[:, :2], image[:, -2:] = 40, 60
    before = image.copy()
    ways = covered(image, 6)
    assert len(ways) == 14
    assert np.array_equal(image, before)
    assert np.array_equal(ways[0], image)
    assert (ways[13] == 50).all()  # the mean of both margins
    edges = [0, 8, 17, 25, 33, 42, 50]
    for strip in range(6):
        rows = np.zeros(50, bool)
        rows[edges[strip] : edges[strip + 1]] = True
        one, others = ways[1 + strip], ways[7 + strip]
        assert (one[rows] == 50).all()
        assert np.array_equal(one[~rows], image[~rows])
        assert (others[~rows] == 50).all()
        assert np.array_equal(others[rows], image[rows])


def test_a_crop_lower_than_its_strips_can_be_explained():
    assert np.isfinite(strip_effects(Bands(), [picture(height=3)])).all()


def by_hand(sentence, phrases, image):
    """Second-order differences of single scores, averaged over the orders of a phrase's words and two ways to cover."""

    def score(gone, way):
        text = " ".join(word for place, word in enumerate(sentence) if place not in gone)
        try:
            return float(Words().encode([text])[0] @ Bands().encode([way])[0])
        except ValueError:
            return 0.0

    ways = covered(image, 6)
    rows = {}
    for phrase in phrases:
        for word in phrase:
            row = np.zeros(6)
            orders = list(permutations(phrase))
            for order in orders:
                gone = set(order[: order.index(word)])
                for strip in range(6):
                    for seen, hidden in ((ways[0], ways[1 + strip]), (ways[7 + strip], ways[13])):
                        with_word = score(gone, seen) - score(gone, hidden)
                        without = score(gone | {word}, seen) - score(gone | {word}, hidden)
                        row[strip] += (with_word - without) / 2 / len(orders)
            rows[word] = row
    return np.stack([rows[place] for place in sorted(rows)])


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("a man in a red coat", [[1], [4, 5]]),
        ("Blue, red coat zebra", [[0], [1, 2, 3]]),  # a mark parts phrases; what is not known counts nowhere
        ("red", [[0]]),
        ("man red blue coat", [[0, 1], [2, 3]]),  # a run of four is cut into two
    ],
)
def test_it_is_the_second_order_difference_of_the_score(text, phrases):
    sentence = [word.strip(",").lower() for word in text.split()]
    images = [picture(seed) for seed in range(3)]
    words, changes = word_effects(Words(), text)
    assert words == tuple(sentence[place] for phrase in phrases for place in phrase)
    found = interactions(changes, strip_effects(Bands(), images))
    for matrix, image in zip(found, images, strict=True):
        assert matrix == pytest.approx(by_hand(sentence, phrases, image), abs=1e-5)
    if "zebra" in words:
        assert np.abs(found[:, words.index("zebra")]).max() < 1e-7 < 1e-3 < np.abs(found).max()


def test_the_words_of_a_phrase_add_up_to_what_is_lost_without_it():
    _, changes = word_effects(Words(), "man in red coat")
    whole, without = Words().encode(["man red coat", "man"])
    assert changes[1:].sum(axis=0) == pytest.approx(whole - without, abs=1e-6)


def test_several_probes_are_one_person():
    one, other = picture(1), picture(2)
    assert probe_effects(Bands(), [one]) == pytest.approx(strip_effects(Bands(), [one])[0], abs=1e-6)
    both = probe_effects(Bands(), [one, other])
    vectors = [Bands().encode([covered(image)[n] for image in (one, other)]).mean(axis=0) for n in (0, 1, 7, 13)]
    whole, hidden, alone, nothing = (vector / np.linalg.norm(vector) for vector in vectors)
    assert both[0] == pytest.approx((whole - hidden + alone - nothing) / 2, abs=1e-6)


def test_no_crop_is_no_explanation():
    assert strip_effects(Bands(), []).shape == (0, 6, 7)


def test_the_shipped_weights_tell_the_truth_of_a_drawn_person_and_of_one_in_swapped_colours():
    folder = registry.default_weights("language")
    texts, pictures = registry.open_text_encoder(folder), registry.open_encoder(folder)
    words, changes = word_effects(texts, "red shirt and blue trousers")
    assert words == ("red", "shirt", "blue", "trousers")
    people = [draw(*colours, np.random.default_rng(0)) for colours in (("red", "blue"), ("blue", "red"))]
    right, swapped = interactions(changes, strip_effects(pictures, people))
    # the drawn top fills the strips 2 and 3, the legs those from 4 to 6
    assert [int(row.argmax()) for row in right[:2]] == [2, 2]
    assert all(int(row.argmax()) >= 3 for row in right[2:])
    red, shirt, blue, trousers = range(4)
    assert right[red, 1:3].sum() > 0.2 > 0 > swapped[red, 1:3].sum()
    assert right[blue, 3:].sum() > 2 * swapped[blue, 3:].sum()
    assert right[[red, shirt], 1:3].sum() > 0 > swapped[[red, shirt], 1:3].sum()
    assert right[[blue, trousers], 3:].sum() > 2 * swapped[[blue, trousers], 3:].sum()


@pytest.mark.parametrize(("colours", "changed"), [(("green", "blue"), {1, 2}), (("red", "white"), {3, 4, 5})])
def test_where_another_person_differs_from_a_probe_its_strips_match_less(colours, changed):
    encoder = registry.open_encoder(registry.default_weights("appearance"))
    probe, same = (draw("red", "blue", np.random.default_rng(seed)) for seed in (0, 1))
    other = draw(*colours, np.random.default_rng(1))
    found = interactions(probe_effects(encoder, [probe]), strip_effects(encoder, [same, other]))
    likeness, less = np.diagonal(found, axis1=1, axis2=2)  # (6,) strip with the same strip
    assert (likeness > 0).all()
    assert set(np.argsort(less - likeness)[: len(changed)].tolist()) == changed
