"""What a matcher adds to a hit of the report: its sentence, and where the words that counted most were looking."""

from __future__ import annotations

from html import escape

from pipeline.cli.render import printable
from pipeline.cli.report_media import Pictures
from pipeline.types import Hit, WordWeight

WORDS = 4  # that are shown, the weightiest of a sentence
LEAST = 0.02  # weight below which a word decided nothing


def seen_by_matcher(hit: Hit, pictures: Pictures) -> str:
    """The sentence and the words of a hit as HTML; nothing where no matcher said anything."""
    if hit.match is None:
        return ""
    said = hit.match.sentence
    sentence = f'<p class="sees">The matcher sees &ldquo;{_safe(said)}&rdquo;</p>' if said else ""
    words = "".join(_word(hit, word, pictures) for word in decisive(hit.match.words))
    return sentence + (f'<ul class="words" aria-label="words that counted most">{words}</ul>' if words else "")


def decisive(words: tuple[WordWeight, ...]) -> list[WordWeight]:
    """The weightiest words, in the order of the sentence."""
    weightiest = sorted(words, key=lambda word: -word.weight)[:WORDS]
    return [word for word in words if word in weightiest and word.weight >= LEAST]


def _word(hit: Hit, word: WordWeight, pictures: Pictures) -> str:
    source = None if word.region is None else pictures.spotlight(hit.best.path, word.region)
    alt = _safe(f"Hit {hit.rank}: where the word {word.word} looked")
    shown = f'<img src="{source}" alt="{alt}">' if source else ""
    return f"<li>{shown}<b>{_safe(word.word)}</b><span>{100 * word.weight:.0f} %</span></li>"


def _safe(text: object) -> str:
    return escape(printable(text))
