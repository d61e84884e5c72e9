"""Which attributes a denied phrase speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reid.data import lexicon
from reid.data.attributes import ATTRIBUTES
from reid.reading import trained
from reid.reading.tokens import plain

ANY_BAG = ("backpack", "shoulder_bag", "hand_bag")


def _table() -> dict[str, tuple[str, ...]]:
    """Noun of the grammar -> the attributes that it states."""
    nouns: dict[str, tuple[str, ...]] = {}

    def add(phrases: Iterable[str], *attributes: str) -> None:
        nouns.update(dict.fromkeys((plain(phrase.split()) for phrase in phrases), attributes))

    add(lexicon.SUITS, "suit")
    add(lexicon.SWEATERS, "sweater")
    add(lexicon.JACKETS, "jacket")
    add((word for word in lexicon.SHORT_SLEEVED if "sleeve" not in word), "tshirt")
    add((*lexicon.TROUSERS, *lexicon.TIGHTS), "trousers")
    add(lexicon.JEANS, "jeans")
    add(lexicon.SHORTS, "shorts")
    add((*lexicon.SKIRTS, *lexicon.LONG_SKIRTS, "skirts"), "skirt")
    for table in (lexicon.FOOTWEAR, lexicon.BAGS, lexicon.WORN):
        for name, phrases in table.items():
            add(phrases, name)
    add(("hats",), "hat")
    add(("bag", "bags", "any bag", "baggage"), *ANY_BAG)
    add(("purse",), "hand_bag")
    add(("backpacks",), "backpack")
    add(("logo", "print", "writing", "lettering", "logos", "design"), "logo")
    add(("stripes", "striped shirt", "stripe", "striped", "stripy"), "stripes")
    add(("plaid", "plaid shirt", "checks", "checkered", "checked"), "plaid")
    add(
        ("sleeves", "long sleeves", "long sleeved shirt", "long sleeve shirt", "long sleeved", "sleeve"), "long_sleeves"
    )
    add(("long hair", "long hair in a ponytail", "long hair in a bun"), "long_hair")
    add(("bald", "bald head", "shaved head"), "bald")
    return nouns


NOUNS: Mapping[str, tuple[str, ...]] = _table()
# What the grammar says itself of the opposite: it is stated rather than denied.
OPPOSITES: Mapping[str, str] = {
    "short hair": "long hair",
    "short sleeves": "long sleeves",
    "short sleeved shirt": "long sleeved shirt",
    "short sleeved": "long sleeved",
    "hair": "a bald head",
    "anything": "nothing in the hands",
    **dict.fromkeys(lexicon.SUBJECTS["male"], "woman"),
    **dict.fromkeys(lexicon.SUBJECTS["female"], "man"),
}
AGES = {"old": "old", "elderly": "old", "senior": "old", "older": "old", "young": "young"}
_PARTS: Sequence[tuple[frozenset[str], tuple[str, ...]]] = (
    (trained.UPPER | {"top half", "upper body"}, ("upper",)),
    (frozenset({"clothes", "clothing"}), ("upper", "lower")),
    (trained.LOWER, ("lower",)),
    (trained.SHOES, ("shoes",)),
)
HEADS = frozenset(NOUNS) | frozenset(OPPOSITES) | trained.THINGS | trained.PEOPLE | {"clothes", "clothing"}


@dataclass(frozen=True, slots=True)
class Meant:
    """What denying a phrase comes to.

    Attributes:
        attributes: that must not hold; none if there is no attribute for it.
        instead: what the grammar says of the opposite, to be stated.
        lost: adjectives that no attribute tells ("red" of "a red backpack").
    """

    attributes: tuple[str, ...] = ()
    instead: str = ""
    lost: tuple[str, ...] = ()


def meant(adjectives: Sequence[str], noun: str, *, only_adjectives: bool = False) -> Meant:
    """What it comes to that nobody is meant of whom this is true.

    Args:
        adjectives: phrases in front of the noun.
        noun: a phrase of the grammar, or nothing ("not in black").
        only_adjectives: the thing itself is there ("the coat is not red").
    """
    whole = " ".join((*adjectives, noun)).strip()
    if whole in OPPOSITES:
        return Meant(instead=OPPOSITES[whole])
    if whole in NOUNS:
        return Meant(NOUNS[whole], instead="no bag" if NOUNS[whole] == ANY_BAG else "")
    attributes: list[str] = []
    lost: list[str] = []
    for adjective in adjectives:
        found = _adjective(adjective, noun)
        attributes += found
        if not found:
            lost.append(adjective)
    if noun not in trained.PEOPLE and not only_adjectives:
        attributes += NOUNS.get(noun, ())
    known = tuple(name for name in dict.fromkeys(attributes) if name in ATTRIBUTES)
    return Meant(known, instead=noun if noun in trained.PEOPLE else "", lost=tuple(lost))


def _adjective(word: str, noun: str) -> list[str]:
    """The attributes of an adjective before a noun."""
    if word in AGES and (not noun or noun in trained.PEOPLE):
        return [AGES[word]]
    if word in NOUNS and (noun in trained.UPPER or not noun):
        return list(NOUNS[word])
    if noun == "hair":
        if word in ("long", "short"):
            return ["long_hair"] if word == "long" else []
        return [trained.HAIR_COLOURS[word]] if word in trained.HAIR_COLOURS else []
    label = trained.COLOURS.get(word)
    if label is None:
        return []
    if not noun or noun in trained.PEOPLE:
        return [f"upper_{label}", f"lower_{label}"]
    for nouns, parts in _PARTS:
        if noun in nouns:
            return [f"{part}_{label}" for part in parts]
    return []
