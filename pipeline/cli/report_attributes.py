"""What a hit of the report looks like, as small chips."""

from __future__ import annotations

from html import escape

from pipeline.cli.attribute_words import LIKELY, SURE, name
from pipeline.cli.render import percent, printable
from pipeline.types import Hit, Trait


def chips(hit: Hit) -> str:
    """The likely traits of a hit as HTML; nothing where none are told."""
    told = "".join(_chip(trait) for trait in hit.traits if trait.probability >= LIKELY)
    return f'<ul class="traits" aria-label="what the person looks like">{told}</ul>' if told else ""


def _chip(trait: Trait) -> str:
    unsure = "" if trait.probability >= SURE else ' class="unsure"'
    said = percent(trait.probability)
    return f"<li{unsure}>{escape(printable(name(trait)))} <b>{escape(said)}</b></li>"
