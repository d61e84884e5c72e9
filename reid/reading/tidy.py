"""What is left of a sentence after something was taken out of it, as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from reid.reading.tokens import PUNCTUATION

# none of them may stand last, or before a mark of punctuation
_OPEN = frozenset(
    """with in and but or nor wearing wears carrying carries holding has have had having is are was were who that which
    a an the of his her their from at on by as does do did not looks seems very""".split()
)
_NOT_FIRST = frozenset("and but or nor is are was were of".split())


def tidy(words: Sequence[str]) -> list[str]:
    """Tokens without loose ends."""
    out: list[str] = []
    for word in words:
        if word in PUNCTUATION - {"(", '"'} or (word == "and" and out and out[-1] in ("with", "is", "a", "the")):
            while out and out[-1] in _OPEN:
                out.pop()
        if word in PUNCTUATION and (not out or out[-1] in PUNCTUATION):
            continue
        if word in _NOT_FIRST and (not out or out[-1] == "." or (word == "and" and out[-1] in ("and", ","))):
            continue
        if word in ("with", "in", "and") and out and out[-1] == word:
            continue
        out.append(word)
    while out and (out[-1] in _OPEN or out[-1] in ",;:("):
        out.pop()
    return out
