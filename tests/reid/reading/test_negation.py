"""What is denied leaves the text, with the scope that `reid.reading.negation` states."""

import pytest

from reid.data.attributes import ATTRIBUTES
from reid.data.words import Vocabulary
from reid.reading import deniable, read
from reid.registry import default_weights

BAGS = ("backpack", "shoulder_bag", "hand_bag")


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary((default_weights("language") / "words.txt").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("typed", "text", "denied"),
    [
        # cues
        ("person without a backpack", "person", ("backpack",)),
        ("woman with no hat", "woman", ("hat",)),
        ("man not wearing glasses", "man", ("glasses",)),
        ("she isn't carrying a backpack", "woman", ("backpack",)),
        ("he doesnt have a suitcase", "man", ("suitcase",)),
        ("hatless man in black", "man in black", ("hat",)),
        ("bagless woman", "woman with no bag", BAGS),
        ("man w/o scarf", "man", ("scarf",)),
        ("a woman lacking an umbrella", "a woman", ("umbrella",)),
        ("without a hat", "person", ("hat",)),
        ("man with nothing on his head", "man", ("hat",)),
        # "or", "nor": always
        ("man with no hat or glasses", "man", ("hat", "glasses")),
        ("man who has neither a hat nor glasses and wears jeans", "man, wears jeans", ("hat", "glasses")),
        ("no hat, glasses or scarf", "person", ("hat", "glasses", "scarf")),
        # "and": over a bare noun; with an article if the first had one
        ("a man without hat and glasses", "a man", ("hat", "glasses")),
        ("a man without a hat and a backpack", "a man", ("hat", "backpack")),
        ("a man with no hat and a backpack", "a man, a backpack", ("hat",)),
        ("man with no hat and a red coat", "man, a red coat", ("hat",)),
        ("man without a hat and with a red coat", "man, with a red coat", ("hat",)),
        ("He does not wear a hat and carries a black bag.", "man carries a black bag.", ("hat",)),
        ("man without hat and wearing jeans", "man, wearing jeans", ("hat",)),
        # a comma ends it
        ("no hat, blue jeans", "person in blue jeans", ("hat",)),
        ("woman, no suitcase, red coat", "woman, red coat", ("suitcase",)),
        # "but" ends it
        ("no coat but a red shirt", "person in a red shirt", ("jacket",)),
        ("man with no coat but a red shirt", "man with a red shirt", ("jacket",)),
        ("man not in black but in red", "man, in red", ("upper_black", "lower_black")),
        # where it is worn belongs to it
        ("man with no backpack on his back in jeans", "man in jeans", ("backpack",)),
        ("man with no logo on his shirt", "man", ("logo",)),
        # colours
        ("man not in black", "man", ("upper_black", "lower_black")),
        ("woman not wearing a black jacket", "woman", ("upper_black", "jacket")),
        ("man without blue trousers", "man", ("lower_blue", "trousers")),
        ("woman without white shoes", "woman", ("shoes_white",)),
        ("his coat is not red", "man in a coat", ("upper_red",)),
        ("not red but blue coat", "person in blue coat", ("upper_red",)),
        # hair, age
        ("a woman whose hair isn't long", "a woman", ("long_hair",)),
        ("woman without blonde hair", "woman", ("hair_blonde",)),
        ("not an old man in jeans", "man in jeans", ("old",)),
        # the grammar's own opposites are stated
        ("not a man", "woman", ()),
        ("man with no hair", "man with a bald head", ()),
        ("man with nothing in his hands", "man with nothing in the hands", ()),
        ("woman without short hair", "woman with long hair", ()),
        ("man without a bag", "man with no bag", BAGS),
        # no denials
        ("not without a backpack", "person with a backpack", ()),
        ("woman not only with a hat", "woman with a hat", ()),
        ("woman with long hair", "woman with long hair", ()),
        # words that were not taught
        ("man without a rucksack", "man", ("backpack",)),
        ("man not wearing trainers", "man", ("sneakers",)),
    ],
)
def test_scope(vocabulary, typed, text, denied):
    reading = read(typed, vocabulary)
    assert (reading.text, reading.denied) == (text, denied)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("man in a suit without a tie", "without a tie"),
        ("man not walking", "not walking"),
        ("woman, no shoes", "no shoes"),
    ],
)
def test_what_no_attribute_tells_is_named_and_not_affirmed(vocabulary, typed, named):
    reading = read(typed, vocabulary)
    assert not reading.denied
    assert named in [ignored.phrase for ignored in reading.ignored]
    assert named.split()[-1] not in reading.text


def test_the_colour_of_a_denied_bag_is_named(vocabulary):
    reading = read("a man without a red backpack", vocabulary)
    assert reading.denied == ("backpack",)
    assert [ignored.phrase for ignored in reading.ignored] == ["red (of red backpack)"]


def test_the_table_names_attributes_only():
    assert {name for names in deniable.NOUNS.values() for name in names} <= set(ATTRIBUTES)
