"""Slips of the fingers are mended where there is no doubt, and told."""

import pytest

from reid.data.words import Vocabulary
from reid.reading import read
from reid.reading.typing_errors import corrected, distance
from reid.registry import default_weights


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary((default_weights("language") / "words.txt").read_text(encoding="utf-8").split())


def slowly(one, other):
    """Optimal string alignment by its recursive definition."""
    if not one or not other:
        return len(one) + len(other)
    found = min(
        slowly(one[:-1], other) + 1, slowly(one, other[:-1]) + 1, slowly(one[:-1], other[:-1]) + (one[-1] != other[-1])
    )
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[: -3 if len(other) > 2 else None : -1]:
        found = min(found, slowly(one[:-2], other[:-2]) + 1)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [("coat", "coat"), ("caot", "coat"), ("cot", "coat"), ("coatt", "coat"), ("ab", "ba"), ("hta", "hat"),
     ("abc", "cab"), ("blakc", "black"), ("shrit", "shirt"), ("grey", "green"), ("", "hat")],
)  # fmt: skip
def test_the_distance_is_that_of_its_definition(one, other):
    assert distance(one, other, 9) == slowly(one, other)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jaket", "jacket"), ("balck", "black"), ("blakc", "black"), ("yelow", "yellow"), ("trouers", "trousers"),
        ("bakcpack", "backpack"), ("umbrela", "umbrella"), ("bule", "blue"), ("womna", "woman"),
        ("sneekers", "sneakers"),
        ("purpel", "purple"), ("orage", "orange"), ("brwon", "brown"), ("sweter", "sweater"),
        ("sunglases", "sunglasses"),
        ("handbagg", "handbag"), ("headphons", "headphones"), ("rucksak", "rucksack"), ("scarlett", "scarlet"),
        ("turqoise", "turquoise"), ("burgandy", "burgundy"), ("wihtout", "without"), ("carying", "carrying"),
        ("suitcaes", "suitcase"), ("hoddie", "hoodie"), ("tousers", "trousers"), ("jackt", "jacket"),
        ("skrit", "skirt"),
    ],
)  # fmt: skip
def test_slips_are_mended(typed, meant):
    assert corrected(typed) == meant


@pytest.mark.parametrize(
    "word",
    [
        "gren",  # green or grey
        "wombat", "fluffy", "xyzzyq", "qwrtpl", "zzz",
        "hta",  # three letters
        "nlack",  # another first letter
        "рюкзак",
    ],
)  # fmt: skip
def test_doubtful_words_are_left_alone(word):
    assert corrected(word) is None


def test_a_word_of_the_vocabulary_is_never_mended(vocabulary):
    for word in ("read", "coast", "goat", "short", "hate", "bred", "wight"):
        assert word in vocabulary
        assert not read(f"man in a {word} coat", vocabulary).corrected


def test_a_slip_in_without_does_not_turn_the_sentence_round(vocabulary):
    reading = read("a man wihtout a bakcpack", vocabulary)
    assert (reading.text, reading.denied) == ("a man", ("backpack",))
    assert {(swap.typed, swap.read) for swap in reading.corrected} == {("wihtout", "without"), ("bakcpack", "backpack")}


def test_a_slip_in_a_word_that_was_not_taught_is_mended_and_then_read(vocabulary):
    reading = read("woman with a haversak", vocabulary)
    assert reading.text == "woman with a backpack"
    assert [(swap.typed, swap.read) for swap in reading.corrected] == [("haversak", "haversack")]
