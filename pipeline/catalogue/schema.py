"""The version of a gallery's tables, and the numbered migrations that lead from one to the next."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from pipeline.catalogue.connect import sqlite_engine, use_write_ahead_log
from pipeline.errors import GalleryDamaged, GalleryError

HEAD = "0001"  # the newest file in pipeline/migrations/versions
SCRIPTS = "pipeline:migrations"


def version(engine: Engine) -> str | None:
    """The number of the last migration a database went through; None for one without any table.

    Raises:
        GalleryDamaged: it holds tables, but not those of a gallery.
    """
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise GalleryDamaged(f"it holds tables ({', '.join(tables[:3])}), but not those of a gallery")
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def check_known(found: str | None, gallery: Path, head: str = HEAD) -> None:
    """Refuses tables that this software does not know.

    Raises:
        GalleryError: they were made by a newer version.
        GalleryDamaged: their version is no number.
    """
    if found is None:
        return
    if not found.isdigit():
        raise GalleryDamaged(f"the gallery {gallery} claims a schema version {found!r}, which is no number")
    if int(found) > int(head):
        raise GalleryError(
            f"the gallery {gallery} was made by a newer reidpipe (schema {found}, this one knows up to {head}): "
            f"upgrade reidpipe, or name another folder with --gallery"
        )


def upgrade(path: Path, to: str = "head", scripts: str = SCRIPTS) -> None:
    """Brings a database to a version of the schema, all or nothing. The caller keeps others from doing the same.

    Args:
        path: the SQLite file, may be empty.
        to: the number of a migration, or "head".
        scripts: where the migrations are, as a folder or package:folder.
    """
    use_write_ahead_log(path)
    # without foreign keys: SQLite alters a table by building it anew, and dropping the old one would cascade
    engine = sqlite_engine(path, "rw", foreign_keys=False)
    try:
        with engine.begin() as connection:
            migrate(connection, to, scripts)
            if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise GalleryDamaged(
                    f"{path}: the upgrade to {to} would leave rows that point nowhere; nothing changed"
                )
    finally:
        engine.dispose()


def migrate(connection: Connection, to: str, scripts: str = SCRIPTS) -> None:
    """Runs the migrations up to a version within the transaction of a connection."""
    from alembic import command  # heavy, and hardly ever needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
