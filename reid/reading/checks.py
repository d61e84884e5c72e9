"""Whether a reading leaves anything to search by."""

from __future__ import annotations

from collections.abc import Sequence

from reid.data.words import STOP_WORDS, Vocabulary
from reid.reading.types import UNKNOWN, Reading


def check_readings(readings: Sequence[Reading], vocabulary: Vocabulary) -> None:
    """See that each has something to search by.

    Raises:
        ValueError: if one holds no known word but those that describe nobody, such as "the".
    """
    for reading in readings:
        if not any(word not in STOP_WORDS for word in vocabulary.known(reading.text)):
            unknown = ", ".join(ignored.phrase for ignored in reading.ignored if ignored.why == UNKNOWN)
            useless = ", ".join(
                f"{ignored.phrase} ({ignored.why})" for ignored in reading.ignored if ignored.why != UNKNOWN
            )
            why = (f"; unknown: {unknown}" if unknown else "") + (f"; ignored: {useless}" if useless else "")
            raise ValueError(f"no word to search by{why}")
