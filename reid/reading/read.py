"""A sentence as it was typed -> what a network that was taught by the caption grammar can make of it.

In this order: Chinese is translated; spellings are unified; names, moods and the like are left out; typing errors are
mended; years become ages; words that were not taught become words that were; denials are taken out; adjectives go in
front of their nouns; somebody is named who wears it all; what is still unknown is left out. Each step is a file of its
own and works on tokens.
"""

from __future__ import annotations

from reid.data.words import STOP_WORDS, Vocabulary
from reid.reading import chinese
from reid.reading.ages import read_ages
from reid.reading.denial_words import spelt_out
from reid.reading.negation import denied
from reid.reading.order import ordered
from reid.reading.spellings import respelt
from reid.reading.synonyms import rewrite, with_articles
from reid.reading.tidy import tidy
from reid.reading.tokens import PUNCTUATION, joined, tokens
from reid.reading.types import UNKNOWN, Ignored, Reading
from reid.reading.typing_errors import correct
from reid.reading.unseen import left_out
from reid.reading.whole import all_over, with_a_person, without_request

ANYBODY = "person"  # of whom something is denied, and nothing said


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """Understand a sentence.

    Args:
        text: English, Chinese or both, as a person typed it.
        vocabulary: the words that the network knows.

    Returns:
        Its reading; `Reading.text` is empty if nothing in it can be searched by.
    """
    language = "zh" if chinese.holds_chinese(text) else "en"
    untranslated: list[Ignored] = []
    if language == "zh":
        text, missed = chinese.translate(text)
        untranslated = [Ignored(word, UNKNOWN) for word in missed]
    words = spelt_out(respelt(without_request(tokens(text)), vocabulary))
    whom = _spoken_of(words)
    words, unseen = left_out(words)
    words, corrected = correct(words, vocabulary)
    words = read_ages(words)
    words, synonyms, stretched = rewrite(words, vocabulary)
    words, denials, undeniable = denied(words)
    words = with_articles(all_over(ordered(words)))
    words, unknown = _known(words, vocabulary)
    words = tidy(words)
    words = with_a_person(words, whom, vocabulary)
    said = any(word not in STOP_WORDS and word not in PUNCTUATION for word in words)
    return Reading(
        text=joined(words) if said else ANYBODY if denials else "",
        denials=tuple(denials),
        corrected=tuple(corrected),
        synonyms=tuple(synonyms),
        stretched=tuple(stretched),
        ignored=tuple(dict.fromkeys((*unseen, *undeniable, *untranslated, *unknown))),
        language=language,
    )


def as_typed(text: str, vocabulary: Vocabulary) -> Reading:
    """The words as they stand, for measuring what a network by itself makes of them; arguments as for `read`."""
    return Reading(text, ignored=tuple(Ignored(word, UNKNOWN) for word in vocabulary.unknown(text)))


def _spoken_of(words: list[str]) -> str:
    """ "woman" for "she has a red coat"; of a man likewise; nothing where both are spoken of, or neither."""
    she, he = (not pronouns.isdisjoint(words) for pronouns in ({"she", "her", "hers"}, {"he", "his", "him"}))
    return "woman" if she and not he else "man" if he and not she else ""


def _known(words: list[str], vocabulary: Vocabulary) -> tuple[list[str], list[Ignored]]:
    """Tokens without the words that are in no vocabulary, and these; numbers stay and are passed over silently."""
    kept: list[str] = []
    unknown: list[Ignored] = []
    for word in words:
        missing = () if word in PUNCTUATION else vocabulary.unknown(word)
        unknown += [Ignored(part, UNKNOWN) for part in missing]
        if not missing or vocabulary.known(word):
            kept.append(word)
    return kept, unknown
