import re

import numpy as np
import pytest

from reid.data import captions
from reid.data.attributes import ATTRIBUTES, COLOURS, INDEX, NO, UNKNOWN, YES
from reid.data.captions import CaptionWriter, Fact, contradictions, stated

# Written by hand, apart from the lexicon: what a reader takes certain words for.
FEMALE = {"woman", "lady", "female", "girl", "she"}
MALE = {"man", "guy", "male", "boy", "gentleman", "he"}
SAYS = {
    "long_hair": r"\b(long|shoulder length|medium length)\b[a-z ]* hair",
    "backpack": r"backpack|rucksack|book bag|back pack|knapsack|school bag",
    "plaid": r"plaid|checkered|checked",
    "jeans": r"denim",
    "sneakers": r"sneakers|tennis shoes|running shoes|sports shoes|trainers|athletic shoes",
    "hat": r"\b(hat|cap|beanie)\b",
    "glasses": r"glasses",
    "umbrella": r"umbrella",
}


LOWER = ("trousers", "jeans", "shorts", "skirt")
HAIR = ("hair_black", "hair_brown", "hair_grey", "hair_blonde")


def people(count, seed=0, known=0.8):
    """Random but possible people: one colour a part, one kind of trousers, and much that is not known."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        row = (random.random(len(ATTRIBUTES)) < 0.3).astype(np.int8)
        for part in ("upper", "lower", "shoes"):
            row[[INDEX[f"{part}_{colour}"] for colour in COLOURS]] = NO
            row[INDEX[f"{part}_{COLOURS[random.integers(len(COLOURS))]}"]] = YES
        for group in (LOWER, HAIR):
            row[[INDEX[name] for name in group]] = NO
            row[INDEX[group[random.integers(4)]]] = YES
        row[INDEX["long_lower"]] = row[INDEX["trousers"]] | row[INDEX["jeans"]]
        if row[INDEX["young"]]:
            row[INDEX["old"]] = NO
        if any(row[INDEX[name]] == YES for name in ("backpack", "shoulder_bag", "hand_bag")):
            row[INDEX["empty_handed"]] = NO
        if random.random() > known:
            row[random.random(len(ATTRIBUTES)) < 0.5] = UNKNOWN
        rows.append(row)
    return rows


def test_every_stated_fact_is_true_of_the_labels():
    writer = CaptionWriter(np.random.default_rng(1))
    for row in people(400):
        caption = writer.write(row)
        for fact in caption.facts:
            values = row[list(fact.any_of)]
            if fact.value:
                assert (values == YES).any(), (caption.text, ATTRIBUTES[fact.any_of[0]])
            else:
                assert (values == NO).all(), (caption.text, ATTRIBUTES[fact.any_of[0]])


def test_the_sentence_states_exactly_its_facts():
    writer = CaptionWriter(np.random.default_rng(2))
    mentioned = set()
    for row in people(700):
        caption = writer.write(row)
        words = set(re.findall(r"[a-z]+", caption.text.lower()))
        female, male = Fact((INDEX["female"],)), Fact((INDEX["female"],), value=False)
        assert bool(words & FEMALE) == (female in caption.facts), caption.text
        assert bool(words & MALE) == (male in caption.facts), caption.text
        affirmed = {ATTRIBUTES[a] for f in caption.facts if f.value for a in f.any_of[:1]}
        possible = {ATTRIBUTES[a] for f in caption.facts if f.value for a in f.any_of}
        for name, pattern in SAYS.items():
            found = re.search(pattern, caption.text.lower()) is not None
            mentioned |= {name} if found else set()
            if found:
                assert name in possible, (name, caption.text)
            elif name not in ("backpack", "jeans"):  # a bag without its kind, jeans without denim
                assert name not in affirmed, (name, caption.text)
    assert mentioned == set(SAYS)


def test_a_stated_colour_is_named_with_its_garment():
    writer = CaptionWriter(np.random.default_rng(3))
    seen = 0
    for row in people(200, known=1.0):
        caption = writer.write(row)
        stated_parts = {ATTRIBUTES[f.any_of[0]].split("_")[0] for f in caption.facts if f.near}
        for part in stated_parts:
            colour = next(c for c in COLOURS if row[INDEX[f"{part}_{c}"]] == YES)
            phrases = [phrase for phrase, _, _ in captions.lexicon.COLOUR_WORDS[colour]]
            assert any(phrase in caption.text.lower() for phrase in phrases)
            seen += 1
    assert seen > 200


def test_nothing_known_states_nothing():
    writer = CaptionWriter(np.random.default_rng(4))
    for _ in range(200):
        assert writer.write(np.full(len(ATTRIBUTES), UNKNOWN, np.int8)).facts == ()


def test_the_same_seed_writes_the_same_and_captions_vary():
    rows = people(40)
    writers = [CaptionWriter(np.random.default_rng(seed)) for seed in (5, 5, 6)]
    first, second, other = ([writer.write(row).text for row in rows] for writer in writers)
    assert first == second
    assert first != other
    writer = CaptionWriter(np.random.default_rng(7))
    assert len({writer.write(rows[0]).text for _ in range(100)}) > 80


def slow_contradiction(facts, row, soft):
    worst = 0.0
    for fact in facts:
        values = [row[a] for a in fact.any_of]
        wrong = all(v == NO for v in values) if fact.value else any(v == YES for v in values)
        if wrong:
            worst = max(worst, soft if any(row[a] == YES for a in fact.near) else 1.0)
    return worst


def test_contradictions_equal_those_by_hand():
    writer = CaptionWriter(np.random.default_rng(8))
    rows = people(30, seed=9, known=0.5)
    facts = [writer.write(row).facts for row in rows[:20]] + [()]
    expected = [[slow_contradiction(fact, row, 0.25) for row in rows] for fact in facts]
    found = contradictions(facts, np.stack(rows), soft=0.25)
    np.testing.assert_allclose(found, expected)
    assert {0.0, 0.25, 1.0} == set(np.unique(found).tolist())
    assert all(found[i, i] == 0 for i in range(20))


def test_no_facts_at_all_contradict_nobody():
    assert not contradictions([(), ()], np.stack(people(3))).any()


def test_stated_shares_credit_between_alternatives():
    said = stated([Fact((3, 5)), Fact((3,)), Fact((7,), value=False)], 10)
    assert said[0, [3, 5]].tolist() == [1.0, 0.5]
    assert said[1, 7] == 1.0
    assert said.sum() == 2.5


@pytest.mark.parametrize("name", ["black", "grey", "brown"])
def test_near_colours_and_alternatives_are_labels(name):
    assert set(captions.lexicon.NEAR[name]) <= set(COLOURS)
    for colour, choices in captions.lexicon.COLOUR_WORDS.items():
        assert all(set(others) <= set(COLOURS) - {colour} for _, _, others in choices)
