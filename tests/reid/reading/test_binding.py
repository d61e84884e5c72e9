"""Whose colour is it? "red shirt and blue trousers" is not "blue shirt and red trousers"."""

import itertools
import json

import numpy as np
import pytest

from reid.registry import default_weights, open_text_encoder

# colours that nobody takes for each other
CLEAR = ("black", "white", "red", "green", "blue", "yellow")
PAIRS = (("shirt", "trousers"), ("jacket", "jeans"), ("sweater", "shorts"), ("coat", "skirt"))
PHRASINGS = (
    "man in a {a} {u} and {b} {l}",
    "{b} {l} and a {a} {u}",
    "a person wearing {b} {l} with a {a} {u}",
    "the {u} is {a} and the {l} are {b}",
    "{l}: {b}, {u}: {a}",
    "a {u} that is {a} and {l} that are {b}",
    "{u} in {a} and {l} in {b}",
)


@pytest.fixture(scope="module")
def encoder():
    return open_text_encoder(default_weights("language"))


@pytest.fixture(scope="module")
def places():
    card = json.loads((default_weights("language") / "card.json").read_text())
    return {name: place - len(card["attributes"]) for place, name in enumerate(card["attributes"])}


def bound(encoder, places, phrasing):
    """For each of 120 pairs, whether both colours went to their garments."""
    cases = [(*colours, *garments) for colours in itertools.permutations(CLEAR, 2) for garments in PAIRS]
    vectors = encoder.encode([phrasing.format(**dict(zip("abul", case, strict=True))) for case in cases])
    return np.array(
        [
            v[places[f"upper_{a}"]] > v[places[f"upper_{b}"]] and v[places[f"lower_{b}"]] > v[places[f"lower_{a}"]]
            for v, (a, b, _, _) in zip(vectors, cases, strict=True)
        ]
    )


def test_colours_go_to_their_garments_in_nine_of_ten(encoder, places):
    right = np.stack([bound(encoder, places, phrasing) for phrasing in PHRASINGS])
    assert right.shape[1] >= 100
    assert right.mean() >= 0.9, dict(zip(PHRASINGS, right.mean(axis=1).round(3), strict=True))
    assert right.mean(axis=1).min() >= 0.85, dict(zip(PHRASINGS, right.mean(axis=1).round(3), strict=True))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("the shirt is red and the trousers are blue", "person in a red shirt and blue trousers"),
        ("his jacket is dark blue, his hair is long", "man in a dark blue jacket, long hair"),
        ("man whose coat is black", "man with a black coat"),
        ("red on top and blue on the bottom", "person in red top and blue bottoms"),
        ("upper body white, lower body black", "person in a white top, black bottoms"),
        ("woman with shirt in red and black shoes", "woman with red shirt and black shoes"),
        ("man in a red shirt and blue trousers", "man in a red shirt and blue trousers"),
        ("man whose shirt is clean", "man whose shirt is clean"),
        ("a woman all in white", "a woman in a white top and white bottoms"),
    ],
)
def test_what_is_said_of_a_garment_goes_before_it(encoder, typed, read):
    assert encoder.read(typed).text == read
