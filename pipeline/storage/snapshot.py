"""A snapshot of the catalogue in the form that indexes ask for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pipeline.catalogue import reads
from pipeline.index.types import Ids, Stamp
from pipeline.types import Floats, Space


class Snapshot:
    """The `Source` of a `Shelf`.

    Args:
        session: within which to read.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def stamp(self, space: Space) -> Stamp:
        """What an index of this space must agree with."""
        return Stamp(space, *reads.state(self._session))

    def knows(self, generation: int) -> bool:
        """Whether a commit of that stamp is part of the catalogue's past."""
        return reads.known_generation(self._session, generation)

    def vectors(self, kind: str, after: int = -1) -> tuple[Ids, Floats]:
        """Ids and vectors committed after a stamp."""
        return reads.vectors(self._session, kind, after)
