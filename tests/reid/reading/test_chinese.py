"""A question in Chinese finds whom the same question in English finds."""

import numpy as np
import pytest
from chinese_pairs import PAIRS

from reid.data.words import Vocabulary
from reid.reading import read
from reid.reading.chinese import glossary, holds_chinese, translate
from reid.reading.chinese_traditional import simplified
from reid.registry import default_weights, open_text_encoder


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary((default_weights("language") / "words.txt").read_text(encoding="utf-8").split())


def test_each_is_nearest_to_its_own_english():
    encoder = open_text_encoder(default_weights("language"))
    chinese = encoder.encode([chinese for chinese, _ in PAIRS])
    english = encoder.encode([english for _, english in PAIRS])
    cosines = chinese @ english.T
    assert len(PAIRS) >= 60
    assert (cosines.argmax(axis=1) == np.arange(len(PAIRS))).mean() >= 0.95
    assert (np.diag(cosines) >= 0.9).mean() >= 0.9


def test_the_glossary_knows_many_words_and_its_english_is_known(vocabulary):
    assert len(glossary()) >= 250
    unknown = {part for word in glossary().values() for part in vocabulary.unknown(word.english)}
    assert not unknown


@pytest.mark.parametrize(
    ("chinese", "english", "denied"),
    [
        ("穿红色外套的女人", "a woman wearing a red coat", ()),
        ("年轻男子背着黑色双肩包", "a young man carrying a black backpack", ()),
        ("没有戴帽子的女人", "a woman", ("hat",)),
        ("不戴眼镜，也没有围巾的男人", "a man", ("glasses", "scarf")),
        ("未穿外套的男人", "a man", ("jacket",)),
        ("外套不是红色的男人", "a man with a coat", ("upper_red",)),
        ("不是女人", "man", ()),
        ("头发很长的女孩", "a girl with long hair", ()),
        ("穿紅色襯衫的女孩", "a girl wearing a red shirt", ()),
        ("红色 jacket 的男人", "a man in red jacket", ()),
    ],
)
def test_sentences(vocabulary, chinese, english, denied):
    reading = read(chinese, vocabulary)
    assert (reading.text, reading.denied) == (english, denied)
    assert reading.translated
    assert reading.language == "zh"


def test_what_is_in_no_glossary_is_named(vocabulary):
    reading = read("穿红色外套和螭吻的女人", vocabulary)
    assert reading.text.startswith("a woman wearing a red coat")
    assert [ignored.phrase for ignored in reading.ignored] == ["螭吻"]


def test_moods_are_translated_and_left_out(vocabulary):
    reading = read("生气的男人", vocabulary)
    assert reading.text == "a man"
    assert [ignored.phrase for ignored in reading.ignored] == ["angry"]


def test_traditional_characters():
    assert simplified("穿藍色襯衫、戴眼鏡的長髮女孩") == "穿蓝色衬衫、戴眼镜的长发女孩"


def test_english_is_no_chinese(vocabulary):
    assert not holds_chinese("a woman in a red coat")
    assert not read("a woman in a red coat", vocabulary).translated
    assert translate("红色外套") == ("a red coat", [])
