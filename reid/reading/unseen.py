"""What no picture can show: left out, and named to the user with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reid.reading import trained
from reid.reading.tokens import PUNCTUATION
from reid.reading.types import Ignored

_MIND = "no picture shows what somebody thinks or is like"
_NAME = "no picture shows a name"
_ORIGIN = "no picture shows where somebody is from"
_WHEN = "when is asked for with --from and --to"
_SIZE = "a crop does not show how tall somebody is"
_DEED = "what somebody did or wants is no matter of clothes"

_WORDS: Mapping[str, str] = {
    word: why
    for why, words in {
        _MIND: """angry suspicious suspiciously nervous nervously happy sad friendly unfriendly dangerous aggressive
        aggressively violent drunk drunken tired bored scared afraid anxious worried confused lonely shy polite rude
        honest dishonest innocent guilty intelligent clever smart-looking stupid rich wealthy poor famous popular kind
        evil nice weird strange odd crazy mad insane jealous proud excited calm serious upset furious
        annoyed hostile threatening menacing intimidating creepy scary shady dodgy sinister mysterious unusual
        sober stoned ill sick healthy pregnant married divorced lazy lost desperate hungry
        thirsty sleepy attractive handsome beautiful pretty ugly cute gorgeous sexy good-looking""",
        _ORIGIN: """american british english french german italian spanish russian chinese japanese korean indian
        pakistani turkish polish mexican brazilian canadian australian irish scottish dutch swedish swiss greek
        portuguese egyptian nigerian vietnamese thai foreign foreigner european asian african arab catholic christian
        muslim jewish buddhist hindu protestant atheist""",
        _WHEN: """yesterday today tonight tomorrow recently earlier monday tuesday wednesday thursday friday saturday
        sunday morning afternoon evening midnight noon o'clock""",
        _SIZE: "tall tallish taller",
        _DEED: """stealing robbed robbing wanted escaped escaping fleeing armed unemployed homeless
        criminally illegally secretly""",
    }.items()
    for word in words.split()
}
_VERY = frozenset("very really quite rather so extremely pretty slightly somewhat a bit looks look looking seems seem "
                  "appears acting behaving feels feeling quite being apparently visibly".split())  # fmt: skip
_AFTER_A_NAME = "in|with|wearing|and|who|carrying|from|without|that|dressed|has|is|on"
_DAYS = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_UNITS = "cm|ft|feet|foot|inches|meters?|metres?|m|kg|pounds|lbs"
_DOES = "stole|robbed|attacked|hit|shot|killed|stabbed|wants|wanted|likes|loves|hates|knows|thinks|speaks"
# (pattern over the text of one clause, reason)
_PHRASES = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (
            r"\b(?:who is |who's |whose name is |is )?(?:named|called|known as|by the name of|name is|aka)"
            rf"(?: [^\W\d_]+){{1,2}}?(?= (?:{_AFTER_A_NAME})\b|$)",
            _NAME,
        ),
        (r"\b(?:at|around|about|before|after) \d{1,2}(?: \d\d)? ?(?:am|pm|o'clock)\b", _WHEN),
        (r"\b(?:last|this|next) (?:night|week|month|year|morning|afternoon|evening)\b", _WHEN),
        (rf"\b(?:in the|on|at) (?:morning|afternoon|evening|night|midnight|noon|{_DAYS})\b", _WHEN),
        (rf"\b(?:about |around )?\d+(?: \d+)? ?(?:{_UNITS})\b(?: \d+)?(?: (?:tall|high|heavy))?", _SIZE),
        (rf"\bwho (?:{_DOES})(?: [^\W\d_]+)*", _DEED),
        (
            r"\b(?:not sure|not certain|not clear|no doubt|no idea)\b(?: (?:if|whether|about|what|who|where|how)\b)?",
            "it says nothing sure",
        ),
    )
)


def left_out(words: Sequence[str]) -> tuple[list[str], list[Ignored]]:
    """Tokens without what no picture shows, and what that was."""
    clauses, found = list[list[str]](), list[Ignored]()
    for clause in _clauses(words):
        text = " ".join(clause)
        for pattern, why in _PHRASES:
            while match := pattern.search(text):
                found.append(Ignored(match[0].strip(), why))
                text = f"{text[: match.start()]} {text[match.end() :]}"
        clauses.append(text.split())
    kept: list[str] = []
    flat = [word for clause in clauses for word in clause]
    for place, word in enumerate(flat):
        after = flat[place + 1] if place + 1 < len(flat) else ""
        short = word == "short" and after in trained.PEOPLE
        why = _SIZE if short else _WORDS.get(word, "")
        if not why or (word == "pretty" and after) or (word == "kind" and after == "of"):
            if word == "and" and kept and why == "" and after in _WORDS and flat[place - 1] in _WORDS:
                continue
            kept.append(word)
            continue
        found.append(Ignored(word, why))
        while kept and kept[-1] in _VERY - {"a"}:
            kept.pop()
    return kept, list(dict.fromkeys(found))


def _clauses(words: Sequence[str]) -> list[list[str]]:
    """Cut in front of and behind each mark of punctuation."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in PUNCTUATION:
            parts += [[word], []]
        else:
            parts[-1].append(word)
    return [part for part in parts if part]
