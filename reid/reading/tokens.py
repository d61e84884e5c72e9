"""Text as words and punctuation, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

PUNCTUATION = frozenset('.,;:!?()"')
_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[.,;:!?()\"]")
_SIGNS = str.maketrans("，。；：！？（）、「」“”’‘`—–/+", ',.;:!?(),""""\'\'\'--,,')
_SHORT = (
    (re.compile(r"\bw/\s?o(?:ut)?\b", re.IGNORECASE), "without "),
    (re.compile(r"\bw/\s?", re.IGNORECASE), "with "),
    (re.compile(r"\s[–—-]+\s"), ", "),
    (re.compile(r"\s?&\s?"), " and "),
)
# "isn't", and how it is typed in haste
_NOT = re.compile(r"\b(is|are|was|were|does|do|did|has|have|had|ca|could|wo|would|should)n['’]?t\b")


def tokens(text: str) -> list[str]:
    """Words in lower case (a hyphen or an apostrophe inside a word stays) and marks of punctuation, in order."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = _NOT.sub(r"\1 not", text).replace("cannot", "can not").replace("ain't", "is not")
    for pattern, plainly in _SHORT:
        text = pattern.sub(plainly, text)
    return _TOKEN.findall(text.translate(_SIGNS))


def joined(words: Sequence[str]) -> str:
    """Tokens as a text."""
    return re.sub(r"\s+([.,;:!?)])", r"\1", " ".join(words)).replace("( ", "(")


def plain(words: Sequence[str]) -> str:
    """Tokens as a key of a table: hyphens count as spaces."""
    return " ".join(words).replace("-", " ")
