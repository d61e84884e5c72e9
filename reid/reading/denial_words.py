"""Denials that are one word or an answer: "hatless", "non-black", "hat: no"; spelt out for `reid.reading.negation`."""

from __future__ import annotations

from collections.abc import Sequence

from reid.data.words import STOP_WORDS
from reid.reading import trained
from reid.reading.tokens import PUNCTUATION

_LESS = {
    **{
        f"{noun}less": noun
        for noun in ("hat", "bag", "scarf", "backpack", "coat", "jacket", "logo", "beard", "umbrella")
    },
    **dict.fromkeys(("bareheaded", "barehead", "capless"), "hat"),
}


def spelt_out(words: Sequence[str]) -> list[str]:
    """Tokens with "hatless man" as "man without hat"."""
    out: list[str] = []
    waiting: list[str] = []
    words = _answers(words)
    for place, word in enumerate(words):
        noun = _LESS.get(word.replace("-", ""), "")
        if noun:
            waiting += ["without", noun]
            if words[place + 1 : place + 2] and words[place + 1] not in PUNCTUATION | STOP_WORDS:
                continue  # behind the person it is said of
        else:
            out.append(word)
        out, waiting = out + waiting, []
    return out


def _answers(words: Sequence[str]) -> list[str]:
    """Tokens with "hat: no" as "no hat", and "non-black coat" as "coat is not black"."""
    out: list[str] = []
    rest = list(words)
    at = 0
    while at < len(rest):
        if rest[at + 1 : at + 2] == [":"] and rest[at + 2 : at + 3] in (["no"], ["none"], ["yes"]):
            out += [rest[at]] if rest[at + 2] == "yes" else ["no", rest[at]]
            at += 3
            continue
        colour = rest[at].removeprefix("non-")
        size = trained.longest(rest, at + 1, trained.THINGS) if colour != rest[at] else 0
        if size and colour in trained.COLOURS:
            out += [*rest[at + 1 : at + 1 + size], "is", "not", colour]
            at += size
        else:
            out.append(rest[at])
        at += 1
    return out
