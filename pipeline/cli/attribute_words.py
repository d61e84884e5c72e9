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
    parts += _garment(best, "upper", "upper_garment", "top")
    parts += _garment(best, "lower", "lower_garment", "below")
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


def _garment(best: Mapping[str, Trait], part: str, garment: str, otherwise: str) -> list[str]:
    """Colour and garment; the name of a garment only where it is sure, for there are more kinds than are known."""
    colour, kind = best.get(part), best.get(garment)
    named = kind is not None and kind.probability >= SURE
    if colour is None and not named:
        return []
    said = kind.answer if kind is not None and named else otherwise
    return [said] if colour is None else [_marked(f"{colour.answer} {said}", colour.probability)]


def _marked(word: str, probability: float) -> str:
    return word if probability >= SURE else word + "?"
