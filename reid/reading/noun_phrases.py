"""The noun phrases of a sentence, as far as denials need them: "a red backpack", "the coat is", "on his back"."""

from __future__ import annotations

from dataclasses import dataclass

from reid.data.words import STOP_WORDS
from reid.reading import trained
from reid.reading.deniable import AGES, HEADS, NOUNS
from reid.reading.tokens import PUNCTUATION

CUES = (
    "without",
    "no",
    "not",
    "never",
    "neither",
    "nor",
    "lacking",
    "lacks",
    "minus",
    "no longer",
    "excluding",
    "sans",
)
VERBS = frozenset(
    """wear wearing wears worn carry carrying carries have having has had hold holding holds with in dressed got show
    showing use using pull pulling push pushing put on be being to clad visible seem appear look looking""".split()
)
FILLERS = frozenset(
    "a an any the his her their its kind sort type pair of at all some single such other another".split()
)
ENDS = frozenset("but only just instead yet though however although while rather".split())
_BODY = frozenset("head back shoulder shoulders face hand hands neck feet ears eyes arm arms body chest front".split())
_CUE_WORDS = frozenset(cue for cue in CUES if " " not in cue)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: its adjectives, its noun, where it ends, and whether an article stands before it."""

    adjectives: tuple[str, ...]
    noun: str
    end: int
    article: bool
    known: bool


def phrase_at(words: list[str], at: int) -> Phrase | None:
    """The noun phrase that starts here; of unknown words all up to the next word that holds a sentence together."""
    start, article = at, False
    while at < len(words) and words[at] in FILLERS:
        article = article or words[at] in ("a", "an")
        at += 1
    adjectives: list[str] = []
    while at < len(words):
        if size := trained.longest(words, at, HEADS):
            noun = " ".join(words[at : at + size]).replace("-", " ")
            beyond = trained.longest(words, at + size, HEADS)
            if beyond and noun in NOUNS and noun in ("plaid", "striped", "checkered", "checked", "stripy", "logo"):
                adjectives.append(noun)
                at += size
                continue
            return Phrase(tuple(adjectives), noun, at + size, article, True)
        size = trained.longest(words, at, trained.COLOURS)
        if not size and (words[at] in AGES or words[at] in ("long", "short", *trained.HAIR_COLOURS)):
            size = 1
        if not size:
            break
        adjectives.append(" ".join(words[at : at + size]).replace("-", " "))
        at += size
        if at + 1 < len(words) and words[at] in ("and", "or") and _colour_then_noun(words, at + 1):
            at += 1
    if adjectives:
        return Phrase(tuple(adjectives), "", at, article, True)
    end = at
    while end < len(words) and words[end] not in PUNCTUATION | ENDS | _CUE_WORDS:
        if end > at and (words[end] in STOP_WORDS or words[end] in VERBS or trained.longest(words, end, HEADS)):
            break
        end += 1
    return None if end == start else Phrase((), " ".join(words[at:end]), end, article, False)


def _colour_then_noun(words: list[str], at: int) -> bool:
    size = trained.longest(words, at, trained.COLOURS)
    return bool(size and trained.longest(words, at + size, HEADS) and words[at] not in FILLERS)


def worn_where(words: list[str], at: int) -> int:
    """Passes over "on his back", "in the hands"."""
    place = at
    if place < len(words) and words[place] in ("on", "in", "over", "around", "at", "with", "across"):
        place += 1
        while place < len(words) and words[place] in FILLERS | {"left", "right", "both", "either"}:
            place += 1
        if place < len(words) and words[place] in _BODY | {"him", "them"}:
            return place + 1
        if words[at] == "on" and (size := trained.longest(words, place, trained.THINGS)):
            return place + size
        if words[at] in ("on", "with") and (at + 1 == len(words) or words[at + 1] in PUNCTUATION):
            return at + 1
    if words[at : at + 2] == ["at", "all"]:
        return at + 2
    return at


def owner_of(out: list[str]) -> str:
    """The noun of "the coat is", taken off the end."""
    at = len(out)
    if at and out[at - 1] in ("is", "are", "was", "were"):
        if at > 1 and out[at - 2] in ("that", "which"):
            del out[at - 2]
            at -= 1
        for size in (3, 2, 1):
            start = at - 1 - size
            if start >= 0 and trained.longest(out, start, trained.THINGS) == size:
                noun = " ".join(out[start : at - 1]).replace("-", " ")
                del out[start:]
                if out and out[-1] in ("the", "his", "her", "their", "whose"):
                    out.pop()
                return noun
    return ""


def corrected_noun(words: list[str], at: int) -> str:
    """ "coat" of "not red but a blue coat"."""
    at += words[at : at + 1] == [","]
    direct = trained.longest(words, at, trained.THINGS)  # "not blue, jeans"
    while at < len(words) and (words[at] in ENDS | FILLERS):
        at += 1
    size = trained.longest(words, at, trained.COLOURS)
    noun = trained.longest(words, at + size, trained.THINGS) if size else direct
    return " ".join(words[at + size : at + size + noun]).replace("-", " ")
