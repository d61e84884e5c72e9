"""pipeline.migrations: the numbered files lead to the models, and an older gallery is upgraded when it is opened."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from storage_samples import content, fill, unprivileged

from pipeline.catalogue import schema
from pipeline.catalogue.connect import sqlite_engine
from pipeline.catalogue.models import Base
from pipeline.errors import GalleryBusy, GalleryDamaged, GalleryError, GalleryReadOnly
from pipeline.gallery import Gallery
from pipeline.storage import upgrade
from pipeline.storage.lock import WriterLock

SCRIPTS = Path(schema.__file__).parents[1] / "migrations"

SECOND = '''
"""A table built anew, a new column with a value for the rows that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Alters."""
    with op.batch_alter_table("footage") as table:
        table.add_column(sa.Column("place", sa.String, nullable=False, server_default="somewhere"))
        table.alter_column("codec", type_=sa.Text)
    FAIL
'''


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A later version of this software, with a second migration, as far as an upgrade is concerned."""
    scripts = tmp_path / "later%20"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "0002_place.py").write_text(SECOND.replace("FAIL", "pass"))
    monkeypatch.setattr(schema, "HEAD", "0002")
    monkeypatch.setattr(schema.upgrade, "__defaults__", ("head", str(scripts)))
    monkeypatch.setattr(schema.check_known, "__defaults__", ("0002",))
    return scripts


def _version(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "gallery.sqlite3")) as raw:
        return str(raw.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _set_version(folder: Path, version: str) -> None:
    with closing(sqlite3.connect(folder / "gallery.sqlite3")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (version,))


def test_the_last_migration_makes_what_the_models_say(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite3").touch()
    schema.upgrade(tmp_path / "x.sqlite3")
    engine = sqlite_engine(tmp_path / "x.sqlite3", "ro")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        names = {
            row[0]
            for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        }
    engine.dispose()
    expected = set(Base.metadata.tables) | {str(i.name) for t in Base.metadata.tables.values() for i in t.indexes}
    assert names == expected | {"alembic_version"}


def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    Gallery.open(tmp_path / "g", create=True).close()
    with closing(sqlite3.connect(tmp_path / "g" / "gallery.sqlite3")) as raw:
        made = dict(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    assert "AUTOINCREMENT" in made["footage"]
    assert "AUTOINCREMENT" in made["tracklets"]


def test_the_numbers_follow_one_another_up_to_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    numbers = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    assert numbers == [f"{i + 1:04d}" for i in range(len(numbers))]
    assert numbers[-1] == schema.HEAD
    files = sorted(path.name[:4] for path in (SCRIPTS / "versions").glob("*.py"))
    assert files == numbers


def test_each_version_can_be_brought_up_to_date(tmp_path: Path) -> None:
    for number in range(1, int(schema.HEAD) + 1):
        folder = tmp_path / str(number)
        Gallery.open(folder, create=True).close()
        for file in folder.glob("gallery.sqlite3*"):
            file.unlink()
        (folder / "gallery.sqlite3").touch()
        schema.upgrade(folder / "gallery.sqlite3", f"{number:04d}")
        assert _version(folder) == f"{number:04d}"
        with Gallery.open(folder) as gallery:
            fill(gallery, "door")
            assert gallery.verify() == []
        assert _version(folder) == schema.HEAD


def test_an_older_gallery_keeps_what_it_holds(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "door")
        fill(gallery, "yard", done=False)
        before = content(gallery)
    request.getfixturevalue("later")
    with Gallery.open(tmp_path / "g") as gallery:
        assert content(gallery) == before
        assert gallery.verify() == []
    assert _version(tmp_path / "g") == "0002"
    with closing(sqlite3.connect(tmp_path / "g" / "gallery.sqlite3")) as raw:
        assert raw.execute("SELECT place FROM footage").fetchall() == [("somewhere",), ("somewhere",)]


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        fill(gallery, "door")
        before = content(gallery)
    scripts: Path = request.getfixturevalue("later")
    made = (scripts / "versions" / "0002_place.py").read_text()
    for fault, error in (
        ('op.execute("DELETE FROM tracklets WHERE id = 1")', GalleryDamaged),  # leaves crops without a tracklet
        ('op.execute("NONSENSE")', GalleryError),
    ):
        (scripts / "versions" / "0002_place.py").write_text(made.replace("    pass", f"    {fault}"))
        with pytest.raises(error):
            Gallery.open(tmp_path / "g")
        assert _version(tmp_path / "g") == "0001"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "HEAD", "0001")
        with Gallery.open(tmp_path / "g") as gallery:
            assert content(gallery) == before
            assert gallery.verify() == []


def test_an_older_gallery_that_may_only_be_read(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    Gallery.open(tmp_path / "g", create=True).close()
    request.getfixturevalue("later")
    with pytest.raises(GalleryReadOnly, match="0001, now 0002"):
        Gallery.open(tmp_path / "g", read_only=True)
    (tmp_path / "g").chmod(0o500)
    with pytest.raises(GalleryReadOnly, match="0001, now 0002"):
        unprivileged(lambda: Gallery.open(tmp_path / "g"))
    (tmp_path / "g").chmod(0o700)
    assert _version(tmp_path / "g") == "0001"


def test_an_upgrade_waits_for_a_writer(tmp_path: Path, later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "HEAD", "0001")
        patch.setattr(schema.upgrade, "__defaults__", ("head", schema.SCRIPTS))
        Gallery.open(tmp_path / "g", create=True).close()
    monkeypatch.setattr(upgrade, "_WAIT_S", 0.0)
    with WriterLock(tmp_path / "g").held(), pytest.raises(GalleryBusy):
        Gallery.open(tmp_path / "g")
    assert _version(tmp_path / "g") == "0001"
    Gallery.open(tmp_path / "g").close()
    assert _version(tmp_path / "g") == "0002"


def test_a_newer_gallery_is_left_alone(tmp_path: Path) -> None:
    Gallery.open(tmp_path / "g", create=True).close()
    _set_version(tmp_path / "g", "0999")
    before = (tmp_path / "g" / "gallery.sqlite3").read_bytes()
    for options in ({}, {"create": True}, {"read_only": True}):
        with pytest.raises(
            GalleryError, match=r"newer reidpipe \(schema 0999, this one knows up to .*upgrade reidpipe"
        ):
            Gallery.open(tmp_path / "g", **options)
    assert (tmp_path / "g" / "gallery.sqlite3").read_bytes() == before


def test_a_version_that_is_none(tmp_path: Path) -> None:
    Gallery.open(tmp_path / "g", create=True).close()
    _set_version(tmp_path / "g", "hello")
    with pytest.raises(GalleryDamaged, match="'hello', which is no number"):
        Gallery.open(tmp_path / "g")
