"""Column types for what plain SQL text does not carry faithfully: file names and moments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

# A file name that is no UTF-8 reaches Python with lone surrogates, which no database stores. They are kept as
# private-use characters, at the far end of Unicode where no real name has any.
_SURROGATES, _PRIVATE = range(0xDC80, 0xDD00), range(0x10F780, 0x10F800)
_TO_SQL = dict(zip(_SURROGATES, _PRIVATE, strict=True))
_FROM_SQL = dict(zip(_PRIVATE, _SURROGATES, strict=True))


class FileText(TypeDecorator[str]):
    """Text that may come from a file name, and so may hold bytes that are no UTF-8."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Python to SQL."""
        return None if value is None else value.translate(_TO_SQL)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """SQL to Python."""
        return None if value is None else value.translate(_FROM_SQL)


class Moment(TypeDecorator[datetime]):
    """A datetime as ISO 8601 text: with its offset when it has one, without when it is a camera's bare clock."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Python to SQL."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQL to Python."""
        return None if value is None else datetime.fromisoformat(value)
