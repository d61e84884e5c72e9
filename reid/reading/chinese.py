"""Chinese to the English of the grammar, by rule: the longest words first, then English order.

Two things stand elsewhere in English: the person, who comes last in Chinese ("wearing red coat's woman"), and the style
of hair before its colour. What is said of the person's age stays in front of him. Articles are put where the grammar
has them. Denials become "without" and "not", which `reid.reading.negation` reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reid.reading import chinese_words as table
from reid.reading.chinese_traditional import simplified

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_MARKS = {"，": ",", "、": "and", "。": ".", "；": ".", "：": ",", "！": ".", "？": ".", ",": ",", ".": ".", ";": "."}
_YEARS = re.compile(r"(\d{1,3})\s*多?岁")


@dataclass(frozen=True, slots=True)
class _Word:
    """One word: its kind, and its English."""

    kind: str
    english: str = ""


def holds_chinese(text: str) -> bool:
    """True if there is a Chinese character in it."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=1)
def glossary() -> Mapping[str, _Word]:
    """Chinese word -> kind and English; of two kinds the one that is listed first."""
    words: dict[str, _Word] = {}
    kinds = (
        ("colour", table.COLOURS), ("thing", table.THINGS), ("person", table.PEOPLE), ("deed", table.DEEDS),
        ("adjective", table.ADJECTIVES), ("age", table.OF_A_PERSON), ("verb", table.VERBS), ("pronoun", table.PRONOUNS),
    )  # fmt: skip
    for kind, entries in kinds:
        for english, listed in entries.items():
            for word in listed.split():
                words.setdefault(word, _Word(kind if english else "silent", english))
    lists = (
        ("not", table.NOT), ("and", table.AND), ("or", table.OR), ("but", table.BUT), ("of", table.OF),
        ("is", table.IS),
        ("all over", table.ALL_OVER), ("above", table.ABOVE), ("below", table.BELOW), ("silent", table.SILENT),
    )  # fmt: skip
    for kind, particles in lists:
        for word in particles:
            words.setdefault(
                word,
                _Word(kind, {"all over": "all in"}.get(kind, kind) if kind in ("and", "or", "but", "all over") else ""),
            )
    return words


def translate(text: str) -> tuple[str, list[str]]:
    """English of a text that holds Chinese, and the Chinese words that are in no glossary."""
    text = _YEARS.sub(lambda years: "年轻" if int(years[1]) < 30 else "年老" if int(years[1]) >= 60 else "中年", text)
    words, missed = _segmented(simplified(text).lower())
    sentences: list[list[_Word]] = [[]]
    for word in words:
        sentences[-1].append(word)
        if word.english == "." and word.kind == "mark":
            sentences.append([])
    english = " ".join(_sentence(sentence) for sentence in sentences if sentence)
    return re.sub(r"\s+([,.])", r"\1", english).strip(), missed


def _segmented(text: str) -> tuple[list[_Word], list[str]]:
    """Longest match from the left; what is Latin stays as it is."""
    known = glossary()
    longest = max(map(len, known))
    words: list[_Word] = []
    missed: list[str] = []
    at, gap = 0, False
    while at < len(text):
        size = next((n for n in range(min(longest, len(text) - at), 0, -1) if text[at : at + n] in known), 0)
        if size:
            words.append(known[text[at : at + size]])
        elif text[at] in _MARKS:
            mark = _MARKS[text[at]]
            words.append(_Word("and", "and") if mark == "and" else _Word("mark", mark))
        elif _HAN.match(text[at]):
            if gap:
                missed[-1] += text[at]
            else:
                missed.append(text[at])
        elif match := re.match(r"[^\s\u3400-\u9fff，。、；：！？]+", text[at:]):
            words.append(_Word("latin", match[0]))
            size = len(match[0])
        gap = not size and bool(_HAN.match(text[at]))
        at += max(size, 1)
    return [word for word in words if word.kind != "silent"], list(dict.fromkeys(missed))


def _sentence(words: Sequence[_Word]) -> str:
    """One sentence in English order."""
    who = next((place for place, word in enumerate(words) if word.kind == "person"), None)
    if who is None:
        who = next((place for place, word in enumerate(words) if word.kind == "pronoun"), None)
    if who is None:
        return " ".join(_phrases(words, after_person=False))
    ages = [word.english for word in words if word.kind == "age"]
    rest = [word for word in (*words[:who], *words[who + 1 :]) if word.kind not in ("age", "pronoun")]
    person = words[who].english
    if who and _only(words[:who], "not", "of"):  # "不是女人"
        further = _phrases([word for word in words[who + 1 :] if word.kind != "age"], after_person=True)
        return " ".join([f"not {_with_article([*ages, person])}", *further])
    return " ".join([_with_article([*ages, person]), *_phrases(rest, after_person=True)])


def _only(words: Sequence[_Word], *kinds: str) -> bool:
    return any(word.kind == "not" for word in words) and all(word.kind in kinds for word in words)


def _phrases(words: Sequence[_Word], *, after_person: bool) -> list[str]:
    """Verbs, links and noun phrases, each in English."""
    out: list[str] = []
    words = _straight(words)
    linked = not after_person  # does something lead to the next noun already?
    at = 0
    while at < len(words):
        word = words[at]
        if word.kind in ("colour", "adjective", "thing"):
            end = at
            while end < len(words) and words[end].kind in ("colour", "adjective", "of"):
                end += 1
            noun = end < len(words) and words[end].kind == "thing"
            modifiers = [w for w in words[at:end] if w.kind != "of"]
            if not linked and out and after_person:
                out.append(",")
            elif not linked:
                out.append("with" if noun else "in")
            out.append(_noun_phrase(modifiers, words[end].english if noun else ""))
            at, linked = end + noun, False
            continue
        following = words[at + 1] if at + 1 < len(words) else None
        if word.kind == "not":
            out.append("not" if following is not None and following.kind == "verb" else "without")
            linked = True
        elif word.kind == "verb" or word.kind in ("and", "or", "but"):
            out.append(word.english)
            linked = True
        elif word.kind in ("mark", "deed", "latin", "age", "person", "behind", "all over"):
            if word.kind == "deed" and out and out[-1] not in (",", "and"):
                out.append(",")
            out.append(word.english)
            linked = word.kind != "deed"
        at += 1
    return [
        part for place, part in enumerate(out) if not (part == "," and place + 1 < len(out) and out[place + 1] == ",")
    ]


def _straight(words: Sequence[_Word]) -> list[_Word]:
    """Turns "coat is red" and "hair long" into "red coat", and "upper body red" into "red top"."""
    out: list[_Word] = list(words)
    at = 0
    while at < len(out):
        if out[at].kind in ("above", "below"):
            end = at + 1
            while end < len(out) and out[end].kind in ("verb", "is", "of", "adjective", "colour"):
                end += 1
            if end < len(out) and out[end].kind == "thing":
                del out[at]
                continue
            noun = _Word("thing", "top" if out[at].kind == "above" else "bottoms")
            colours = [word for word in out[at:end] if word.kind in ("colour", "adjective")]
            out[at:end] = [*colours, noun] if colours else []
            at += len(colours)
        elif out[at].kind == "thing":
            place, denied = at + 1, False
            while place < len(out) and out[place].kind in ("is", "not"):
                denied = denied or out[place].kind == "not"
                place += 1
            end = place
            while end < len(out) and out[end].kind in ("colour", "adjective"):
                end += 1
            alone = end == len(out) or out[end].kind in ("mark", "of", "and", "but", "above", "below", "verb")
            if end > place and alone and not (end < len(out) and out[end].kind == "of" and _noun_follows(out, end)):
                start = at
                while start and out[start - 1].kind == "of":
                    start -= 1
                said = [*out[place:end], out[at]]
                if denied:
                    shades = " and ".join(word.english for word in out[place:end])
                    said = [out[at], _Word("behind", f"is not {shades}")]
                out[start:end] = said
                at = start + len(said) - 1
        at += 1
    return [word for word in out if word.kind != "is"]


def _noun_follows(words: Sequence[_Word], at: int) -> bool:
    while at < len(words) and words[at].kind in ("of", "colour", "adjective"):
        at += 1
    return at < len(words) and words[at].kind == "thing"


def _noun_phrase(modifiers: Sequence[_Word], noun: str) -> str:
    """Modifiers and noun in the order of the grammar, two colours with "and" between, with an article."""
    parts: list[str] = []
    for place, word in enumerate(modifiers):
        if place and word.kind == "colour" and modifiers[place - 1].kind == "colour":
            parts.append("and")
        parts.append(word.english)
    if noun.split(" in a ")[0].endswith("hair") and noun != "hair":
        style, _, tail = noun.partition(" hair")
        styles = [style] if style in ("long", "short") else []
        parts = [*styles, *parts, *([] if styles else [style]), "hair" + tail]
    elif noun == "hair":
        order = [part for part in parts if part in ("long", "short")]
        parts = [*order, *(part for part in parts if part not in order), noun]
    elif noun:
        parts += noun.split()
    else:
        return " ".join(parts)
    return _with_article(parts)


def _with_article(parts: Sequence[str]) -> str:
    text = " ".join(part for part in parts if part)
    head = text.split(" in a ")[0].split()[-1]
    if text.startswith("a ") or head == "hair" or (head.endswith("s") and head != "dress") or head == "luggage":
        return text
    return f"{'an' if text[0] in 'aeiou' else 'a'} {text}"
