"""Words that were not taught land on the words that were."""

import numpy as np
import pytest
from landing import KINDS, words

from reid.data import lexicon
from reid.data.attributes import unknown
from reid.data.captions import CaptionWriter
from reid.data.words import Vocabulary, split
from reid.reading import read, synonyms, trained
from reid.registry import default_weights, open_text_encoder


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary((default_weights("language") / "words.txt").read_text(encoding="utf-8").split())


def test_each_word_lands_nearest_to_its_trained_term():
    encoder = open_text_encoder(default_weights("language"))
    assert len(words()) >= 150
    astray = []
    for kind, (sentence, terms, table) in KINDS.items():
        trained_ones = encoder.encode([sentence.format(term) for term in terms])
        for term, listed in table.items():
            for word in listed.split(", "):
                nearest = terms[int(np.argmax(trained_ones @ encoder.encode([sentence.format(word)])[0]))]
                if nearest != term:
                    astray.append((kind, word, nearest, term))
    assert not astray


def test_every_target_is_said_by_the_grammar_itself():
    """The tables cannot part from the grammar: their right side is made of words that it writes."""
    random = np.random.default_rng(0)
    writer, said = CaptionWriter(random), set[str]()
    for _ in range(4000):
        row = unknown()
        told = random.random(len(row)) < 0.7
        row[told] = random.random(int(told.sum())) < 0.3
        said.update(split(writer.write(row).text))
    targets = {word for target in synonyms.TABLE.values() for word in split(target)}
    assert len(synonyms.TABLE) >= 200
    assert not targets - said


def test_the_trained_words_are_those_of_the_lexicon():
    for label, phrases in lexicon.COLOUR_WORDS.items():
        assert trained.COLOURS[label] == label
        assert all(phrase.replace("-", " ") in trained.COLOURS for phrase, _, _ in phrases)
    assert {"jacket", "pants", "backpack", "sneakers", "beanie", "hair"} <= trained.THINGS


@pytest.mark.parametrize("word", ["scarlet", "maroon", "crimson", "burgundy", "khaki", "beige", "teal", "charcoal"])
def test_what_the_grammar_uses_and_the_network_knows_is_left_alone(vocabulary, word):
    assert read(f"woman in a {word} coat", vocabulary).text == f"woman in a {word} coat"


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("a blonde woman in a navy coat", "a woman with blonde hair in a navy blue coat"),
        ("a blonde in lilac trousers", "a woman with blonde hair in purple trousers"),
        ("an old bald man", "an old man with a bald head"),
        ("a grey-haired lady", "a lady with grey hair"),
        ("man with golden hair and a golden jacket", "man with golden hair and a yellow jacket"),
        ("woman with black hair in a ponytail", "woman with black hair in a ponytail"),
        ("woman with a ponytail", "woman with long hair in a ponytail"),
        ("man holding a coffee", "man holding a coffee"),  # no colour where nothing to wear follows
        ("man in a coffee coat", "man in a brown coat"),
        ("a teenager girl with an olive green satchel", "a young girl with an olive shoulder bag"),
        ("a toddler", "a young person"),
        ("empty-handed man", "man with nothing in the hands"),
        ("man in a trench coat", "man in a coat"),
        ("woman with a tote bag", "woman with a tote bag"),
    ],
)
def test_sentences(vocabulary, typed, read_as):
    assert read(typed, vocabulary).text == read_as


def test_what_is_only_the_nearest_is_told_apart(vocabulary):
    reading = read("woman with a pram", vocabulary)
    assert reading.text == "woman with a rolling suitcase"
    assert [(swap.typed, swap.read) for swap in reading.stretched] == [("pram", "rolling suitcase")]
    assert not read("woman with a rucksack", vocabulary).stretched


def test_nothing_is_replaced_by_what_a_vocabulary_does_not_hold():
    small = Vocabulary(["woman", "with", "a", "haversack", "lilac", "coat"])
    assert read("woman with a haversack", small).text == "woman with a haversack"
    assert read("woman with a lilac coat", small).text == "woman with a lilac coat"


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("man in a grey coat", "man in a gray coat"),
        ("man in a light coloured coat", "man in a light colored coat"),
        ("woman in pyjamas", "woman in pajamas"),
        ("woman with jewellery", "woman with jewelry"),
        ("man with a moustache", "man with a mustache"),
        ("man in black trousers", "man in black pants"),
        ("woman in a jumper", "woman in a sweater"),
        ("man in trainers", "man in sneakers"),
        ("woman in a woollen hat", "woman in a woolen hat"),
        ("man with a colourful tie", "man with a colorful tie"),
    ],
)
def test_british_and_american_spelling_and_words_mean_the_same(british, american):
    encoder = open_text_encoder(default_weights("language"))
    one, other = encoder.encode([british, american])
    assert one @ other > 0.97
