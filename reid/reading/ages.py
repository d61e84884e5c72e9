"""Years: "25 year old", "in his sixties" as young and old, the only ages that the grammar tells apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reid.reading import trained

YOUNG, OLD = 30, 60  # PETA: personalLess30, personalLarger60
_TENS = {
    word: 10 * tens
    for tens, word in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split(), 2)
}
_TENS["teens"] = 10
_YEARS = re.compile(
    r"\b(?:aged |about |around )*(\d{1,3})[ -]?(?:years?|yrs?|yo|y o)\b(?:[ -]?olds?\b)?|\baged? (\d{1,3})\b"
)
_DECADE = re.compile(r"\bin (?:his|her|their|the) (?:early |mid |late )?(?:(\d0)s|(" + "|".join(_TENS) + r"))\b")

# "man aged 70": the grammar says it before the person
_BEHIND = re.compile(
    rf"\b({'|'.join(sorted(trained.PEOPLE, key=len, reverse=True))})[ ,]+(young|old)\b(?! \w*(?:man|woman|person|lady))"
)


def read_ages(words: Sequence[str]) -> list[str]:
    """Tokens in which years are "young", "old", or nothing where they are neither."""
    text = " ".join(words).replace("year-old", "year old").replace("years-old", "years old")
    text = _YEARS.sub(lambda match: _named(int(match[1] or match[2])), text)
    text = _DECADE.sub(lambda match: _named(int(match[1] or _TENS.get(match[2], 40))), text)
    return _BEHIND.sub(r"\2 \1", text).split()


def _named(years: int) -> str:
    return " young " if years < YOUNG else " old " if years >= OLD else " "
