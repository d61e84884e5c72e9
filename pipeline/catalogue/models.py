"""The tables of a gallery. A change here needs a new numbered file in `pipeline/migrations/versions`.

::

    state        one row: two stamps that tell an index on disk whether it is current
    spaces       the vector space of each kind (appearance, language)
    footage      a video file ──< footage_spaces >── spaces
      detections   what the detector said, in chunks; dropped when the footage is complete
      tracklets    one person's unbroken appearance
        crops        its best pictures, best first
        vectors      one for each space
    removed      footage that was removed and whose media are not swept yet
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, LargeBinary, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from pipeline.catalogue.columns import FileText, Moment

CASCADE = "CASCADE"


class Base(DeclarativeBase):
    """The metadata; constraints get the same names in every database, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


footage_spaces = Table(
    "footage_spaces",
    Base.metadata,
    Column("footage_id", ForeignKey("footage.id", ondelete=CASCADE), primary_key=True),
    Column("space_id", ForeignKey("spaces.id", ondelete=CASCADE), primary_key=True),
)


class StateRow(Base):
    """One row. `generation` is the stamp of the last commit of tracklets, `removals` that of the last removal."""

    __tablename__ = "state"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    removals: Mapped[int] = mapped_column(BigInteger)


class SpaceRow(Base):
    """A vector space; there is one for each kind."""

    __tablename__ = "spaces"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String, unique=True)
    digest: Mapped[str] = mapped_column(String)
    dim: Mapped[int]


class FootageRow(Base):
    """A video file. Ids are never given twice.

    `clock_s` and `instant_s` are `started_at` in seconds since 1970, for arithmetic within SQL: what the camera's
    clock showed (read as if it were UTC), and the true instant. A wall-clock time without offset is compared with the
    first, one with an offset with the second.
    """

    __tablename__ = "footage"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String, unique=True)
    path: Mapped[str] = mapped_column(FileText)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    codec: Mapped[str] = mapped_column(String)
    width: Mapped[int]
    height: Mapped[int]
    rotation: Mapped[int]
    duration_s: Mapped[float | None] = mapped_column(Double)
    fps: Mapped[float | None] = mapped_column(Double)
    camera: Mapped[str] = mapped_column(FileText, index=True)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    clock_s: Mapped[float | None] = mapped_column(Double)
    instant_s: Mapped[float | None] = mapped_column(Double)
    settings: Mapped[str] = mapped_column(String)
    complete: Mapped[bool]
    frames_done: Mapped[int]
    seconds_done: Mapped[float] = mapped_column(Double)
    frames_decoded: Mapped[int | None]
    corrupt_packets: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment)

    spaces: Mapped[list[SpaceRow]] = relationship(secondary=footage_spaces, passive_deletes=True)


class DetectionsRow(Base):
    """A run of frames and what the detector said of them (see `blobs.pack_frames`)."""

    __tablename__ = "detections"

    id: Mapped[int] = mapped_column(primary_key=True)
    footage_id: Mapped[int] = mapped_column(ForeignKey("footage.id", ondelete=CASCADE), index=True)
    last_index: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class TrackletRow(Base):
    """One person's unbroken appearance. `track` holds all its times, boxes and confidences (see `blobs.pack_track`).

    Ids are never given twice: an index that has not heard of a removal must not take one person for another.
    """

    __tablename__ = "tracklets"
    __table_args__ = (
        Index("uq_tracklets_footage_id_number", "footage_id", "number", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    footage_id: Mapped[int] = mapped_column(ForeignKey("footage.id", ondelete=CASCADE))
    number: Mapped[int]
    start_s: Mapped[float] = mapped_column(Double)
    end_s: Mapped[float] = mapped_column(Double)
    track: Mapped[bytes] = mapped_column(LargeBinary)
    scene: Mapped[str] = mapped_column(String)

    crops: Mapped[list[CropRow]] = relationship(order_by="CropRow.rank", passive_deletes=True)


class CropRow(Base):
    """A picture of a tracklet; rank 0 is the best. `name` is its place in the media store."""

    __tablename__ = "crops"

    tracklet_id: Mapped[int] = mapped_column(ForeignKey("tracklets.id", ondelete=CASCADE), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String)
    time_s: Mapped[float] = mapped_column(Double)
    frame_index: Mapped[int]
    x1: Mapped[float] = mapped_column(Double)
    y1: Mapped[float] = mapped_column(Double)
    x2: Mapped[float] = mapped_column(Double)
    y2: Mapped[float] = mapped_column(Double)
    confidence: Mapped[float] = mapped_column(Double)
    quality: Mapped[float] = mapped_column(Double)


class VectorRow(Base):
    """A tracklet's vector in one space, float32 little-endian, and the stamp of the commit that brought it."""

    __tablename__ = "vectors"

    tracklet_id: Mapped[int] = mapped_column(ForeignKey("tracklets.id", ondelete=CASCADE), primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger, index=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class RemovedRow(Base):
    """Footage that was removed and whose media folder may still be there, should the removal have been cut short."""

    __tablename__ = "removed"

    sha256: Mapped[str] = mapped_column(String, primary_key=True)
