"""The parts put together: what is left out, years, and sentences that need nothing."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid.data.words import Vocabulary
from reid.reading import Reading, read, remarks
from reid.registry import default_weights

WORDS = Vocabulary((default_weights("language") / "words.txt").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("typed", "text", "ignored"),
    [
        ("angry man named John in a red coat", "man in a red coat", ["named john", "angry"]),
        ("a suspicious woman called Mary Smith in a hat", "a woman in a hat", ["called mary smith", "suspicious"]),
        ("the man looks nervous and angry, red coat", "the man, red coat", ["nervous", "angry"]),
        ("tall man", "man", ["tall"]),
        ("short woman with short hair", "woman with short hair", ["short"]),
        ("man 180 cm tall in blue", "man in blue", ["180 cm tall"]),
        ("yesterday at 5 pm a man in red", "a man in red", ["at 5 pm", "yesterday"]),
        ("german tourist in shorts", "person in shorts", ["german"]),
        ("man in a red coat who stole my bike", "man in a red coat", ["who stole my bike"]),
        ("angry", "", ["angry"]),
        ("red wombat coat", "person in red coat", ["wombat"]),
        ("coat рюкзак", "person in coat", ["рюкзак"]),
    ],
)  # fmt: skip
def test_what_no_picture_shows_is_left_out_and_named(typed, text, ignored):
    reading = read(typed, WORDS)
    assert reading.text == text
    assert [phrase.phrase for phrase in reading.ignored] == ignored
    assert all(phrase.why for phrase in reading.ignored)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("25-year-old woman", "young woman"),
        ("man aged 70 with a hat", "old man with a hat"),
        ("a man in his sixties", "a old man"),
        ("40 year old man in jeans", "man in jeans"),
    ],
)
def test_years_are_young_and_old(typed, text):
    assert read(typed, WORDS).text in (text, text.replace("a old", "an old"))


@pytest.mark.parametrize(
    "text",
    [
        "a woman in a red coat and black trousers",
        "the man wears a blue t-shirt. he is carrying a backpack.",
        "a person wearing a long sleeved shirt, shorts and white shoes",
    ],
)
def test_a_sentence_of_the_grammar_stays_as_it_is(text):
    assert read(text, WORDS) == Reading(text)


def test_remarks_tell_everything():
    reading = read("angry wombat man wihtout a bakcpack, pram", WORDS)
    assert remarks(reading, denies=True) == [
        'read "wihtout" as "without", "bakcpack" as "backpack"',
        'read "pram" as "rolling suitcase", the nearest that was taught',
        "denied, counts against: backpack",
        "ignored: angry (no picture shows what somebody thinks or is like)",
        "ignored, not known to the text encoder: wombat",
    ]
    assert "passed over, the matcher x cannot deny: backpack" in remarks(reading, denies=False, who="the matcher x")
    assert remarks(read("红色外套", WORDS), denies=True) == ["Chinese, read as: person in a red coat"]
    assert remarks(read("a woman in a red coat", WORDS), denies=True) == []


def test_json_names_all():
    content = read("man without a hat", WORDS).as_dict()
    assert content["text"] == "man"
    assert content["denied"] == ["hat"]
    assert content["translated"] is False
    assert set(content) == {
        "text", "denials", "denied", "corrected", "synonyms", "ignored", "language", "translated"
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            """no not without a the red black coat hat bag and or but , . : is in with hair long blonde man she whose
            on top nothing hands 红色 没有 外套 的 女人 是 angry named 25 years old wombat all""".split()
        ),
        max_size=12,
    )
)
def test_it_reads_whatever_is_typed(words):
    reading = read(" ".join(words), WORDS)
    assert "not" not in reading.text.split()
    assert set(reading.text) <= set(string.ascii_lowercase + string.digits + " -'.,;:!?()\"")
    again = read(reading.text, WORDS)
    assert again.denied in ((), ("backpack", "shoulder_bag", "hand_bag"))  # the second of "no bag"
