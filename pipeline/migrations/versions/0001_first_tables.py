"""The first tables of a gallery."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    state = op.create_table(
        "state",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("removals", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_state"),
    )
    op.bulk_insert(state, [{"id": 1, "generation": 0, "removals": 0}])
    op.create_table(
        "spaces",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
        sa.UniqueConstraint("kind", name="uq_spaces_kind"),
    )
    op.create_table(
        "footage",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("codec", sa.String, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("rotation", sa.Integer, nullable=False),
        sa.Column("duration_s", sa.Double),
        sa.Column("fps", sa.Double),
        sa.Column("camera", sa.String, nullable=False),
        sa.Column("started_at", sa.String),
        sa.Column("clock_s", sa.Double),
        sa.Column("instant_s", sa.Double),
        sa.Column("settings", sa.String, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("frames_done", sa.Integer, nullable=False),
        sa.Column("seconds_done", sa.Double, nullable=False),
        sa.Column("frames_decoded", sa.Integer),
        sa.Column("corrupt_packets", sa.Integer, nullable=False),
        sa.Column("added_at", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_footage"),
        sa.UniqueConstraint("sha256", name="uq_footage_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_footage_camera", "footage", ["camera"])
    op.create_table(
        "footage_spaces",
        sa.Column("footage_id", sa.Integer, nullable=False),
        sa.Column("space_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("footage_id", "space_id", name="pk_footage_spaces"),
        sa.ForeignKeyConstraint(["footage_id"], ["footage.id"], "fk_footage_spaces_footage_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], "fk_footage_spaces_space_id", ondelete="CASCADE"),
    )
    op.create_table(
        "detections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("footage_id", sa.Integer, nullable=False),
        sa.Column("last_index", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_detections"),
        sa.ForeignKeyConstraint(["footage_id"], ["footage.id"], "fk_detections_footage_id", ondelete="CASCADE"),
    )
    op.create_index("ix_detections_footage_id", "detections", ["footage_id"])
    op.create_table(
        "tracklets",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("footage_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Double, nullable=False),
        sa.Column("end_s", sa.Double, nullable=False),
        sa.Column("track", sa.LargeBinary, nullable=False),
        sa.Column("scene", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tracklets"),
        sa.ForeignKeyConstraint(["footage_id"], ["footage.id"], "fk_tracklets_footage_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_tracklets_footage_id_number", "tracklets", ["footage_id", "number"], unique=True)
    op.create_table(
        "crops",
        sa.Column("tracklet_id", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("time_s", sa.Double, nullable=False),
        sa.Column("frame_index", sa.Integer, nullable=False),
        *(sa.Column(side, sa.Double, nullable=False) for side in ("x1", "y1", "x2", "y2")),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("quality", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("tracklet_id", "rank", name="pk_crops"),
        sa.ForeignKeyConstraint(["tracklet_id"], ["tracklets.id"], "fk_crops_tracklet_id", ondelete="CASCADE"),
    )
    op.create_table(
        "vectors",
        sa.Column("tracklet_id", sa.Integer, nullable=False),
        sa.Column("space_id", sa.Integer, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tracklet_id", "space_id", name="pk_vectors"),
        sa.ForeignKeyConstraint(["tracklet_id"], ["tracklets.id"], "fk_vectors_tracklet_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], "fk_vectors_space_id"),
    )
    op.create_index("ix_vectors_generation", "vectors", ["generation"])
    op.create_table(
        "removed",
        sa.Column("sha256", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_removed"),
    )
