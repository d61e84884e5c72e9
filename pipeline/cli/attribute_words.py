"""The traits of a hit in a few words: 'woman, long hair, red top, black trousers?, backpack'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.types import Trait

SURE = 0.8  # below it a word gets a question mark
LIKELY = 0.5  # below it, it is not said
LISTS = ("bag", "wears", "pattern")  # questions whose answers stand for themselves
_PERSON = {"female": "woman", "male": "man"}


def in_words(traits: Sequence[Trait]) -> str:
    """A short description; empty where nothing is likely enough to be said."""
    best = {trait.question: trait for trait in traits if trait.probability >= LIKELY}
    parts = []
    if (gender := best.get("gender")) is not None:
        parts.append(_marked(_PERSON.get(gender.answer, gender.answer), gender.probability))
    hair = best.get("hair")
    if hair is not None and hair.answer == "long":  # most hair is short: that says little
        parts.append(_marked("long hair", hair.probability))
    for part, word in (("upper", _upper(best)), ("lower", _lower(best))):
        colour = best.get(part)
        if colour is not None:
            parts.append(_marked(f"{colour.answer} {word}", colour.probability))
    for question in LISTS:
        parts += [
            _marked(trait.answer, trait.probability)
            for trait in traits
            if trait.question == question and trait.answer != "none"
        ]
    return ", ".join(parts)


def name(trait: Trait) -> str:
    """A trait by itself, such as 'upper red'; things that are carried or worn need no question."""
    if trait.question in LISTS:
        return f"no {trait.question}" if trait.answer == "none" else trait.answer
    return _PERSON.get(trait.answer) or f"{trait.question.replace('_', ' ')} {trait.answer}"


def _upper(best: Mapping[str, Trait]) -> str:
    """What is worn above, if that is sure: there are more kinds than are known."""
    kind = best.get("upper_garment")
    return kind.answer if kind is not None and kind.probability >= SURE else "top"


def _lower(best: Mapping[str, Trait]) -> str:
    """What is worn below; jeans and other trousers look alike, and trousers is right for both."""
    kind, length = best.get("lower_garment"), best.get("lower_length")
    if kind is None:
        return "bottoms"
    long = length is not None and length.answer == "long" and length.probability >= SURE
    if kind.probability < SURE and kind.answer in ("trousers", "jeans") and long:
        return "trousers"
    return _marked(kind.answer, kind.probability)


def _marked(word: str, probability: float) -> str:
    return word if probability >= SURE or word.endswith("?") else word + "?"
