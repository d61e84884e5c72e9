"""Which footage a user means."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import FootageNotFound, QueryError
from pipeline.types import FootageRecord

_SHORTEST_DIGEST = 4


def choose(records: Sequence[FootageRecord], said: str) -> FootageRecord:
    """The footage of an id, a file name, a path, or the beginning of a digest; the first of these that fits anything.

    Raises:
        FootageNotFound: nothing fits.
        QueryError: several fit equally.
    """
    digest = said.lower() if len(said) >= _SHORTEST_DIGEST else None
    for fits in (
        [r for r in records if said == str(r.id)],
        [r for r in records if said in (r.info.path.name, str(r.info.path))],
        [r for r in records if digest and r.info.sha256.startswith(digest)],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            ids = ", ".join(f"{r.id} ({r.info.path})" for r in fits)
            raise QueryError(f"{said!r} may be any of these footage: {ids}; name it by its id")
    raise FootageNotFound(f"no footage {said!r} in the gallery: `reidpipe footage list` shows what there is")
