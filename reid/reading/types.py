"""What reading a sentence gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

UNKNOWN = "not known"  # why a word is left out that is in no vocabulary


@dataclass(frozen=True, slots=True)
class Swap:
    """A word or phrase that was read as another.

    Attributes:
        typed: as it stood.
        read: as it was understood.
    """

    typed: str
    read: str


@dataclass(frozen=True, slots=True)
class Denial:
    """One thing that was said not to be so.

    Attributes:
        phrase: what was denied, in the words of the grammar ("a backpack").
        attributes: names in `reid.data.attributes.ATTRIBUTES` of which none must hold.
    """

    phrase: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A phrase that was left out.

    Attributes:
        phrase: as it stood.
        why: in a few words, such as "no picture shows it".
    """

    phrase: str
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence as it is understood.

    Attributes:
        text: what the network is given, in English; empty if nothing is left to search by.
        denials: what must not hold.
        corrected: typing errors.
        synonyms: words that a network was not taught, read as words that it was.
        stretched: those of the synonyms that are no true ones, but the nearest thing that was taught.
        ignored: what was left out, and why.
        language: of what was typed, `en`, or `zh` where any of it was Chinese.
    """

    text: str
    denials: tuple[Denial, ...] = ()
    corrected: tuple[Swap, ...] = ()
    synonyms: tuple[Swap, ...] = ()
    stretched: tuple[Swap, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    language: str = "en"

    @property
    def denied(self) -> tuple[str, ...]:
        """The names of all attributes that must not hold, each once."""
        return tuple(dict.fromkeys(name for denial in self.denials for name in denial.attributes))

    @property
    def translated(self) -> bool:
        """True if what was typed is not English."""
        return self.language != "en"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        content = asdict(self)
        content.pop("stretched")
        return {**content, "denied": list(self.denied), "translated": self.translated}
