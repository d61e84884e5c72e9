"""Sentences about a person made from attribute labels, each with the facts that it states.

A template grammar in the manner of a witness: who, upper body, lower body, shoes, hair, what is worn and carried, in
varying order, with synonyms, and with talk that no label covers. Nothing is stated that the labels do not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.data import lexicon
from reid.data.attributes import COLOURS, INDEX, NO, YES, Labels


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a sentence says: at least one of ``any_of`` holds (or with ``value`` False, none of them).

    Attributes:
        any_of: positions in ATTRIBUTES; the first is the label that the words were chosen for.
        value: False for a denial ("short hair").
        near: further positions that are easily taken for the stated one.
    """

    any_of: tuple[int, ...]
    value: bool = True
    near: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence and what it states."""

    text: str
    facts: tuple[Fact, ...]


def contradictions(facts: Sequence[Sequence[Fact]], labels: Labels, soft: float = 0.3) -> NDArray[np.float32]:
    """How far pictures contradict sentences.

    Args:
        facts: what each of T sentences states.
        labels: (N, A) what is known of N pictures.
        soft: for a picture that only has a near colour instead of the stated one.

    Returns:
        (T, N) 1 where some fact is certainly wrong, ``soft`` where all that are wrong are near, else 0; what is not
        known never contradicts.
    """
    against = np.zeros((len(facts), len(labels)), np.float32)
    flat = [(sentence, fact) for sentence, stated in enumerate(facts) for fact in stated]
    if not flat:
        return against
    size = labels.shape[1]
    named, near = np.zeros((2, len(flat), size), np.float32)
    for row, (_, fact) in enumerate(flat):
        named[row, fact.any_of] = 1
        near[row, fact.near] = 1
    yes, no = (labels.T == YES).astype(np.float32), (labels.T == NO).astype(np.float32)  # (A, N)
    affirmed = np.array([fact.value for _, fact in flat])[:, None]
    wrong = np.where(affirmed, named @ no >= named.sum(axis=1, keepdims=True), named @ yes > 0)  # (F, N)
    weight = np.where(wrong, np.where(near @ yes > 0, soft, 1.0), 0.0).astype(np.float32)
    np.maximum.at(against, [sentence for sentence, _ in flat], weight)
    return against


def stated(facts: Sequence[Fact], size: int) -> NDArray[np.float32]:
    """(2, A): how far each attribute is said to hold, and said not to; alternatives share the credit."""
    said = np.zeros((2, size), np.float32)
    for fact in facts:
        side = said[0 if fact.value else 1]
        for place, attribute in enumerate(fact.any_of):
            side[attribute] = max(side[attribute], 1.0 if place == 0 or not fact.value else 0.5)
    return said


class CaptionWriter:
    """Writes captions of one person after another.

    Args:
        generator: the source of all choices; the same seed gives the same captions.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._random = generator
        self._row: Labels = np.zeros(0, np.int8)
        self._facts: list[Fact] = []

    def write(self, row: Labels) -> Caption:
        """A caption of a person with these labels (A,)."""
        self._row, self._facts = row, []
        text = self._query() if self._chance(0.25) else self._account()
        return Caption(text, tuple(dict.fromkeys(self._facts)))

    # sentences

    def _query(self) -> str:
        """Few words, as typed into a search box."""
        which = self._random.random()
        subject = self._article(self._subject()) if self._chance(0.8) else ""
        clothes = [self._upper() if which < 0.7 else None, self._lower() if which > 0.3 else None]
        parts = [part for part in clothes if part] or [part for part in (self._hair(),) if part]
        things = [part for part in (self._bag(0.4), self._worn(0.4)) if part]
        self._random.shuffle(parts)
        link = self._pick((" in ", " wearing ", " with ", ", ")) if subject and parts else ""
        return subject + link + self._series(parts) + "".join(f" with {thing}" for thing in things)

    def _account(self) -> str:
        """One to three sentences."""
        subject = self._subject()
        the = self._pronoun(subject)
        clothes = [p for p in self._clothes(shoes=0.5) if p]
        hair = self._hair() if self._chance(0.5) else None
        bag, worn = self._bag(0.75), self._worn(0.6)
        whom = self._article(subject)
        lead = self._pick(("{A}", "{T}", "{A}", "This {s}", "There is {a}", "A picture of {a}"))
        lead = lead.format(A=whom.capitalize(), T=f"The {subject}", s=subject, a=whom)
        if hair and self._chance(0.5):
            lead, hair = f"{lead} with {hair}", None
        verb = self._pick((" is wearing ", " wears ", " wearing ", " in ", " dressed in ", " has on "))
        if lead.startswith(("There is", "A picture")):
            verb = self._pick((" wearing ", " in ", " who is wearing "))
        first = lead + (verb + self._series(clothes) if clothes else "")
        further = []
        if hair:
            further.append(f"{the} has {hair}")
        if worn:
            further.append(f"{the} {self._pick(('is wearing', 'wears', 'has'))} {worn}")
        if bag:
            further.append(f"{the} {self._pick(('is carrying', 'carries', 'has', 'is holding'))} {bag}")
        if self._chance(0.5):
            further.append(f"{the} is {self._pick(lexicon.SCENERY)}")
        self._random.shuffle(further)
        if further and self._chance(0.4):
            joined = " and ".join(part.replace(f"{the} ", "", 1) for part in further[:2])
            rest = further[2:]
            first = f"{first}, {joined}"
        else:
            rest = further
        return ". ".join([first, *rest]) + "."

    def _clothes(self, shoes: float) -> list[str]:
        """Upper body, lower body, and sometimes more, in varying order."""
        parts = [self._upper() if self._chance(0.92) else None, self._lower() if self._chance(0.88) else None]
        if self._chance(0.3):
            parts.reverse()
        if self._chance(shoes):
            parts.append(self._shoes())
        return [part for part in parts if part]

    # people

    def _subject(self) -> str:
        if self._is("female") and self._chance(0.9):
            self._state("female")
            word = self._pick(lexicon.SUBJECTS["female"])
        elif self._isnt("female") and self._chance(0.9):
            self._state("female", value=False)
            word = self._pick(lexicon.SUBJECTS["male"])
        else:
            word = self._pick(lexicon.SUBJECTS["any"])
        if word not in ("girl", "boy", "someone"):
            if self._is("old") and self._chance(0.4):
                self._state("old")
                return f"{self._pick(('old', 'elderly', 'older', 'senior'))} {word}"
            if self._is("young") and self._chance(0.12):
                self._state("old", value=False)
                return f"young {word}"
        return word

    def _pronoun(self, subject: str) -> str:
        if subject == "someone":
            return "they"
        words = subject.split()[-1]
        if self._chance(0.4):
            return f"the {words}"
        if words in lexicon.SUBJECTS["female"]:
            return "she"
        return "he" if words in lexicon.SUBJECTS["male"] else "the person"

    # clothes

    def _upper(self) -> str | None:
        colour = self._colours("upper")
        noun = self._upper_noun()
        pattern = ""
        for name, words in (("plaid", ("plaid", "checkered", "checked")), ("stripes", ("striped", "stripy"))):
            if not pattern and self._is(name) and self._chance(0.6):
                self._state(name)
                pattern = self._pick(words) + " "
        text = " ".join(part for part in (colour, f"{pattern}{noun}") if part)
        if self._is("logo") and self._chance(0.3):
            self._state("logo")
            text += self._pick((" with a logo", " with a print on the front", " with writing on it"))
        elif self._chance(0.08):
            text += " " + self._pick(lexicon.TRIMMINGS).format(c=self._pick(COLOURS))
        return self._article(text)

    def _upper_noun(self) -> str:
        for name, words in (("suit", lexicon.SUITS), ("jacket", lexicon.JACKETS), ("sweater", lexicon.SWEATERS)):
            if self._is(name) and self._chance(0.7):
                self._state(name)
                self._state_if_known("long_sleeves", value=True)
                return self._pick(words)
        if self._isnt("long_sleeves") and self._chance(0.7):
            self._state("long_sleeves", value=False)
            return self._pick(lexicon.SHORT_SLEEVED)
        if self._is("long_sleeves") and self._chance(0.75):
            self._state("long_sleeves")
            outer = self._isnt("jacket") or self._is("tshirt")
            return self._pick(lexicon.LONG_SLEEVED[:4] if outer else lexicon.LONG_SLEEVED + lexicon.JACKETS[:4])
        if self._is("female") and self._chance(0.3):
            return self._pick(lexicon.WOMENS_TOP)
        return self._pick(lexicon.ANY_TOP)

    def _lower(self) -> str | None:
        colour = self._colours("lower")
        noun = self._lower_noun()
        if noun is None:
            return self._article(f"{colour} {self._pick(('bottoms', 'clothes'))}", plural=True) if colour else None
        plural = not noun.endswith(("skirt", "dress"))
        return self._article(" ".join(part for part in (colour, noun) if part), plural=plural)

    def _lower_noun(self) -> str | None:
        if self._is("skirt"):
            self._state("skirt")
            if self._is("long_lower"):
                self._state("long_lower")
                return self._pick(lexicon.LONG_SKIRTS)
            self._state_if_known("long_lower", value=False)
            return self._pick(lexicon.SKIRTS)
        if self._is("shorts") or (self._isnt("long_lower") and self._isnt("skirt")):
            self._state_if_known("long_lower", value=False)
            self._state_if_known("shorts", value=True)
            return self._pick(lexicon.SHORTS)
        if not self._is("long_lower"):
            return None
        self._state("long_lower")
        if self._is("jeans") and self._chance(0.7):
            self._state("jeans")
            return self._pick(lexicon.JEANS)
        denim = any(self._is(f"lower_{colour}") for colour in ("blue", "black", "grey")) and not self._isnt("jeans")
        if denim and self._chance(0.35):
            return self._pick(lexicon.JEANS)
        if self._is("female") and self._chance(0.12):
            return self._pick(lexicon.TIGHTS)
        return self._pick(lexicon.TROUSERS)

    def _shoes(self) -> str | None:
        colour = self._colours("shoes")
        noun = self._pick(lexicon.SHOES)
        known = bool(colour)
        for name, words in lexicon.FOOTWEAR.items():
            if self._is(name) and self._chance(0.6):
                self._state(name)
                noun, known = self._pick(words), True
                break
        if not known:
            # An unlabelled colour: said of shoes, it must not be taken for that of the clothes.
            colour = self._pick(COLOURS) if self._chance(0.5) else ""
            if not self._chance(0.4):
                return None
        return " ".join(part for part in (colour, noun) if part)

    def _colours(self, part: str) -> str:
        labels = [colour for colour in COLOURS if self._is(f"{part}_{colour}")]
        if not labels or (part != "shoes" and self._chance(0.04)):
            return ""
        self._random.shuffle(labels)
        return " and ".join(self._colour(part, label) for label in labels[:2])

    def _colour(self, part: str, label: str) -> str:
        choices = lexicon.COLOUR_WORDS[label]
        weights = np.array([weight for _, weight, _ in choices])
        phrase, _, others = choices[int(self._random.choice(len(choices), p=weights / weights.sum()))]
        fitting = tuple(INDEX[f"{part}_{colour}"] for colour in (label, *others))
        near = tuple(INDEX[f"{part}_{colour}"] for colour in lexicon.NEAR[label])
        self._facts.append(Fact(fitting, near=near))
        return phrase

    # hair, things worn and carried

    def _hair(self) -> str | None:
        if self._is("bald") and self._chance(0.7):
            self._state("bald")
            return self._pick(("a bald head", "no hair", "a shaved head"))
        colour, style, tied = "", "", False
        for name, words in lexicon.HAIR_COLOURS.items():
            if self._is(name):
                phrase, others = words[int(self._random.integers(len(words)))]
                self._facts.append(Fact((INDEX[name], *(INDEX[other] for other in others))))
                colour = phrase
        if not colour and self._chance(0.5):
            colour = self._pick(("black", "dark", "brown"))  # said of most people, known of few
        if self._is("long_hair") and self._chance(0.7):
            self._state("long_hair")
            style = self._pick(("long", "long", "shoulder length", "medium length"))
            tied = self._chance(0.3)
        elif self._isnt("long_hair") and self._chance(0.7):
            self._state("long_hair", value=False)
            style = self._pick(("short", "short", "short cut"))
        if not colour and not style:
            return None
        hair = " ".join(part for part in (style, colour, "hair") if part)
        return hair + (self._pick((" in a ponytail", " tied back", " in a bun", " pulled up")) if tied else "")

    def _worn(self, chance: float) -> str | None:
        for name, words in lexicon.WORN.items():
            if self._is(name) and self._chance(chance):
                self._state(name)
                return self._article(self._coloured(self._pick(words)))
        return None

    def _bag(self, chance: float) -> str | None:
        held = [name for name in lexicon.BAGS if self._is(name)]
        if held and self._chance(chance):
            name = held[int(self._random.integers(len(held)))]
            if name in ("backpack", "shoulder_bag", "hand_bag") and self._chance(0.2):
                kinds = [name] + [n for n in ("backpack", "shoulder_bag", "hand_bag") if n != name]
                self._facts.append(Fact(tuple(INDEX[kind] for kind in kinds)))
                return self._article(self._coloured("bag"))
            others = {"shoulder_bag": ("hand_bag",), "hand_bag": ("shoulder_bag",)}.get(name, ())
            noun = self._pick(lexicon.BAGS[name])
            self._facts.append(Fact((INDEX[name], *(INDEX[other] for other in others))))
            if name == "shoulder_bag" and self._is("female") and self._chance(0.3):
                noun = self._pick(("purse", "handbag"))
            return self._article(self._coloured(noun))
        if self._is("empty_handed") and self._chance(chance * 0.12):
            self._state("empty_handed")
            return self._pick(("no bag", "nothing in the hands", "no bags"))
        return None

    def _coloured(self, noun: str) -> str:
        """Often in a colour that no label tells, so that it is not taken for the colour of the clothes."""
        return f"{self._pick(COLOURS)} {noun}" if self._chance(0.45) else noun

    # words and labels

    def _is(self, name: str) -> bool:
        return bool(self._row[INDEX[name]] == YES)

    def _isnt(self, name: str) -> bool:
        return bool(self._row[INDEX[name]] == NO)

    def _state(self, name: str, *, value: bool = True) -> None:
        self._facts.append(Fact((INDEX[name],), value))

    def _state_if_known(self, name: str, *, value: bool) -> None:
        if self._row[INDEX[name]] == (YES if value else NO):
            self._state(name, value=value)

    def _chance(self, probability: float) -> bool:
        return bool(self._random.random() < probability)

    def _pick(self, words: Sequence[str]) -> str:
        return words[int(self._random.integers(len(words)))]

    def _article(self, phrase: str, *, plural: bool | None = None) -> str:
        if plural is None:
            plural = phrase.split(" with ")[0].endswith(("s", "leggings")) and not phrase.endswith("dress")
        if plural or phrase.startswith(("a ", "an ", "some ", "someone", "luggage")):
            return phrase
        return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"

    def _series(self, parts: Sequence[str]) -> str:
        if len(parts) < 2:
            return "".join(parts)
        last = self._pick((" and ", " with ", ", ", " and "))
        return ", ".join(parts[:-1]) + last + parts[-1]
