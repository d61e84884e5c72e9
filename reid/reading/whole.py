"""A sentence as a whole: of whom it speaks, and clothes that are all of one colour.

The grammar mostly starts with a person; "person in" before a bare "black backpack" raises the mean average precision of
such queries from 52.7 to 54.8 (32 attributes, PETA pictures as in `reid.denial`). "Clothes" it says of the lower body
only: who is dressed in black from top to bottom is found with 0.50 by "person in black clothes", and with 0.77 by
"person in a black top and black bottoms".
"""

from __future__ import annotations

from collections.abc import Sequence

from reid.data.words import Vocabulary
from reid.reading import trained

_ALL = ("all in", "in all", "entirely in", "completely in", "dressed all in", "head to toe in", "all", "entirely")
_ASKING = frozenset(
    """find show search locate spot give get please can could i i'm we is are where where's who who's look looking
    do""".split()
)
_ASKED = frozenset(
    "me us for to you am want need any all out there of up the image images picture pictures photo photos see".split()
)
_ABOUT = trained.THINGS | frozenset(trained.COLOURS)
_CLOTHES = ("clothes", "clothing", "outfit", "attire", "garments", "clothing all over")


def all_over(words: Sequence[str]) -> list[str]:
    """Tokens with "black clothes" and "all in black" as "a black top and black bottoms"."""
    out: list[str] = []
    rest = list(words)
    at = 0
    while at < len(rest):
        lead = trained.longest(rest, at, _ALL)
        place = at + lead
        size = trained.longest(rest, place, trained.COLOURS)
        behind = trained.longest(rest, place + size, _CLOTHES) if size else 0
        said_of = trained.longest(rest, place + size, trained.THINGS) if size else 0
        if size and (behind or (lead and not said_of)):
            colour = rest[place : place + size]
            while out and out[-1] in ("a", "an", "in"):
                out.pop()
            out += (
                ["in", "a", *colour, "top", "and", *colour, "bottoms"]
                if out
                else ["a", *colour, "top", "and", *colour, "bottoms"]
            )
            at = place + size + behind
        else:
            out.append(rest[at])
            at += 1
    return out


def without_request(words: Sequence[str]) -> list[str]:
    """Tokens without what leads to a description: "show me", "is there a", "I am looking for"."""
    start = 0
    if words and words[0] in _ASKING:
        while start < len(words) and words[start] in _ASKING | _ASKED:
            start += 1
    return list(words[start:]) or list(words)


def with_a_person(words: Sequence[str], whom: str, vocabulary: Vocabulary) -> list[str]:
    """Tokens that start with a person, where they speak of what somebody wears or has and of nobody.

    Args:
        words: of what is affirmed.
        whom: "man" or "woman" where a pronoun told; else nothing.
        vocabulary: without "person" nothing is added.
    """
    person = whom or "person"
    if person not in vocabulary or any(trained.longest([word], 0, trained.PEOPLE) for word in words):
        return list(words)
    words = list(words)
    while words and words[0] in ("he", "she", "they", "there", "it"):
        del words[0]
    if words and words[0] in ("is", "are") and len(words) > 1:
        del words[0]
    if not words:
        return [whom] if whom else []
    about = any(trained.longest(words, at, _ABOUT) for at in range(len(words)))
    if not about and "hands" not in words:
        return [whom, ",", *words] if whom else list(words)
    first = words[0]
    if first in (
        "wearing",
        "wears",
        "carrying",
        "carries",
        "holding",
        "holds",
        "with",
        "in",
        "has",
        "dressed",
        "walking",
    ):
        return [person, *words]
    return [person, "with" if first in ("no", "nothing") else "in", *words]
