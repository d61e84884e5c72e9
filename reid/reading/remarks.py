"""A reading told to the user: one line for each thing that was not taken as it was typed."""

from __future__ import annotations

from collections.abc import Iterable

from reid.reading.types import UNKNOWN, Reading, Swap


def remarks(reading: Reading, *, denies: bool, who: str = "the text encoder") -> list[str]:
    """What the user should know of how a sentence was understood.

    Args:
        reading: of the sentence.
        denies: whether what is denied counts; see `reid.types.Reader`.
        who: what reads, as it is to be called.
    """
    lines = []
    if reading.translated:
        lines.append(f"Chinese, read as: {reading.text or 'nothing'}")
    if reading.corrected:
        lines.append(f"read {_swaps(reading.corrected)}")
    if reading.stretched:
        lines.append(f"read {_swaps(reading.stretched)}, the nearest that was taught")
    if denied := ", ".join(denial.phrase for denial in reading.denials):
        if denies:
            lines.append(f"denied, counts against: {denied}")
        else:
            lines.append(f"passed over, {who} cannot deny: {denied}")
    for why in dict.fromkeys(ignored.why for ignored in reading.ignored):
        phrases = ", ".join(ignored.phrase for ignored in reading.ignored if ignored.why == why)
        unknown = f"ignored, not known to {who}: {phrases}"
        lines.append(unknown if why == UNKNOWN else f"ignored: {phrases} ({why})")
    return lines


def _swaps(swaps: Iterable[Swap]) -> str:
    return ", ".join(f'"{swap.typed}" as "{swap.read}"' for swap in swaps)
