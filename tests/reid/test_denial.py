"""What a sentence denies counts against pictures that show it."""

import json

import numpy as np
import pytest

from reid.data.attributes import ATTRIBUTES
from reid.denial import HALF, turned_away
from reid.evaluation.denials import average_precision
from reid.reading import Denial
from reid.registry import default_weights, open_text_encoder
from reid.text_encoder import open_network_text_encoder
from reid.types import Reader

NAMES = ("hat", "backpack", "skirt")
A = len(ATTRIBUTES)


@pytest.fixture(scope="module")
def encoder():
    return open_text_encoder(default_weights("language"))


@pytest.fixture(scope="module")
def deaf():
    """The shipped network, taken for one whose vectors name no attributes."""
    folder = default_weights("language")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return open_network_text_encoder(folder, {**card, "attributes": []})


def vector(*stated):
    halves = [np.array([3.0, 4.0]), np.array(stated)]
    return np.concatenate([half / np.linalg.norm(half) * HALF for half in halves]).astype(np.float32)


def test_a_step_is_taken_against_what_is_denied_and_both_halves_keep_their_length():
    before = vector(0.0, 1.0, 0.0)
    after = turned_away(before, [Denial("a hat", ("hat",))], NAMES, nothing_else=False, strength=0.75)
    assert after[:2] == pytest.approx(before[:2])
    assert after[2:] == pytest.approx(np.array([-0.75, 1, 0]) / 1.25 * HALF)
    assert np.linalg.norm(after) == pytest.approx(1)


def test_a_denial_of_several_attributes_is_no_longer_than_one_of_one():
    after = turned_away(
        vector(0.0, 0.0, 1.0), [Denial("x", ("hat", "backpack"))], NAMES, nothing_else=False, strength=1
    )
    assert after[2:] == pytest.approx(np.array([-(0.5**0.5), -(0.5**0.5), 1]) / 2**0.5 * HALF)


def test_where_nothing_is_affirmed_only_the_denial_is_stated():
    after = turned_away(vector(0.3, 0.9, 0.1), [Denial("a hat", ("hat",))], NAMES, nothing_else=True)
    assert after[2:] == pytest.approx(np.array([-HALF, 0, 0]))


def test_what_the_network_has_no_name_for_changes_nothing():
    before = vector(0.3, 0.9, 0.1)
    assert turned_away(before, [Denial("boots", ("boots",))], NAMES, nothing_else=True) is before
    assert turned_away(before, [], NAMES, nothing_else=False) is before


@pytest.mark.parametrize("name", ["hat", "glasses", "backpack", "long_hair", "jeans", "skirt", "upper_black", "boots"])
def test_without_ranks_who_lacks_it_above_who_has_it(encoder, name):
    """Two pictures that differ in one attribute."""
    phrases = {"long_hair": "long hair", "upper_black": "a black top"}
    picture = np.zeros((2, encoder.dim), np.float32)
    picture[0, -A + ATTRIBUTES.index(name)] = 1
    picture[1, -A + ATTRIBUTES.index(name)] = -1
    phrase = phrases.get(name, name)
    for sentence in ("without {}", "person without {}", "woman in a red coat and blue trousers without {}", "no {}"):
        has, lacks = picture @ encoder.encode([sentence.format(phrase)])[0]
        assert lacks > has + 0.2, sentence


def test_a_denial_leaves_the_rest_of_the_sentence_standing(encoder):
    plain, denying = encoder.encode(["woman in a red coat", "woman in a red coat without a hat"])
    assert plain @ denying > 0.85
    assert np.linalg.norm(denying) == pytest.approx(1, abs=1e-5)


def test_no_attributes_no_denial_and_never_the_opposite(encoder, deaf):
    assert isinstance(encoder, Reader)
    assert (encoder.denies, deaf.denies) == (True, False)
    without, plain, having = deaf.encode(["woman without a backpack", "woman", "woman with a backpack"])
    assert np.allclose(without, plain)
    assert without @ having < 0.95
    assert deaf.read("woman without a backpack").denied == ("backpack",)


def test_only_what_describes_nobody_is_refused(encoder):
    with pytest.raises(ValueError, match=r"no word to search by; ignored: angry \(no picture shows"):
        encoder.encode(["angry"])
    with pytest.raises(ValueError, match="no word to search by; unknown: wombat"):
        encoder.encode(["wombat"])


def test_average_precision():
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    assert average_precision(scores, np.array([True, False, True, False])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(-scores, np.array([True, False, False, False])) == pytest.approx(1 / 4)
