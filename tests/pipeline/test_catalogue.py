"""pipeline.catalogue: what goes into a column comes out of it, and what filters let through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sqlalchemy import select, text
from storage_samples import SPACES, fill, frames, info, tracklet

from pipeline.catalogue import blobs, reads, records, writes
from pipeline.catalogue.lookup import choose
from pipeline.catalogue.models import FootageRow
from pipeline.catalogue.store import Catalogue
from pipeline.errors import FootageNotFound, GalleryDamaged, QueryError
from pipeline.gallery import Gallery
from pipeline.types import Floats, FrameDetections, Window

_FLOATS = st.floats(width=32, allow_nan=False)
_TIMES = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """The catalogue of an empty gallery."""
    Gallery.open(tmp_path / "g", create=True).close()
    opened = Catalogue.open(tmp_path / "g", writable=True)
    yield opened
    opened.close()


@settings(deadline=None, max_examples=50)
@given(st.data(), st.integers(1, 20))
def test_a_track_comes_back_as_it_was(data: st.DataObject, count: int) -> None:
    times = data.draw(arrays(np.float64, count, elements=_TIMES))
    boxes: Floats = data.draw(arrays(np.float32, (count, 4), elements=_FLOATS))
    confidence: Floats = data.draw(arrays(np.float32, count, elements=_FLOATS))
    packed = blobs.pack_track(times, boxes, confidence)
    assert len(packed) == 28 * count
    for got, put in zip(blobs.unpack_track(packed), (times, boxes, confidence), strict=True):
        assert got.dtype == put.dtype
        assert np.array_equal(got, put)


@settings(deadline=None, max_examples=50)
@given(st.data(), st.lists(st.integers(0, 4), max_size=8))
def test_a_run_of_frames_comes_back_as_it_was(data: st.DataObject, sizes: list[int]) -> None:
    put = [
        FrameDetections(
            data.draw(st.integers(0, 2**40)),
            data.draw(_TIMES),
            data.draw(arrays(np.float32, (size, 4), elements=_FLOATS)),
            data.draw(arrays(np.float32, size, elements=_FLOATS)),
        )
        for size in sizes
    ]
    got = blobs.unpack_frames(blobs.pack_frames(put))
    assert [(f.index, f.time_s) for f in got] == [(f.index, f.time_s) for f in put]
    for one, other in zip(got, put, strict=True):
        assert np.array_equal(one.xyxy, other.xyxy)
        assert one.xyxy.shape == other.xyxy.shape
        assert np.array_equal(one.confidence, other.confidence)


def test_bytes_of_another_length_are_noticed() -> None:
    with pytest.raises(blobs.BadBlob, match="12 bytes, expected 16"):
        blobs.unpack_vectors([bytes(16), bytes(12)], 4)
    for length in (0, 27, 57):
        with pytest.raises(blobs.BadBlob, match=f"track of {length} bytes"):
            blobs.unpack_track(bytes(length))
    whole = blobs.pack_frames(frames(0))
    for length in (0, 3, 20, len(whole) - 4):
        with pytest.raises(blobs.BadBlob, match="cannot be read"):
            blobs.unpack_frames(whole[:length])
    assert blobs.unpack_vectors([], 4).shape == (0, 4)


@pytest.mark.parametrize(
    "name", ["plain", "Straße – 監視", "bad \udce9\udc80 bytes", "quote ' \" \\ % ; --", "new\nline"]
)
def test_any_file_name_comes_back_as_it_was(catalogue: Catalogue, name: str) -> None:
    with catalogue.writing() as session:
        writes.add_footage(session, info(name), "s")
    with catalogue.reading() as session:
        [record] = reads.footage(session)
        assert record.info == info(name)
        assert reads.cameras(session) == [name]
        assert [r.id for r in reads.footage(session, FootageRow.camera == name)] == [record.id]


@pytest.mark.parametrize(
    "started",
    [
        None,
        datetime(2024, 2, 29, 23, 59, 59, 123456),
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    ],
)
def test_a_start_comes_back_as_it_was(catalogue: Catalogue, started: datetime | None) -> None:
    with catalogue.writing() as session:
        writes.add_footage(session, info(started_at=started), "s")
    with catalogue.reading() as session:
        got = reads.footage(session)[0].info.started_at
    assert got == started
    assert started is None or got is not None
    assert getattr(got, "tzinfo", None) == getattr(started, "tzinfo", None)


def test_all_or_nothing(catalogue: Catalogue) -> None:
    def fail() -> None:
        with catalogue.writing() as session:
            writes.add_footage(session, info(), "s")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with catalogue.reading() as session:
        assert reads.footage(session) == []


def test_a_reader_sees_a_snapshot(catalogue: Catalogue) -> None:
    with catalogue.reading() as session:
        assert reads.count(session) == 0
        with catalogue.writing() as other:
            row = writes.add_footage(other, info(), "s")
            writes.use_spaces(other, row, SPACES)
            names = {1: ["scene", "a", "b"]}
            writes.commit(other, row, [], [tracklet("door", 1)], names)
        assert reads.count(session) == 0
        assert reads.cameras(session) == []
    with catalogue.reading() as session:
        assert reads.count(session) == 1


def test_the_settings_that_make_it_safe_are_on(catalogue: Catalogue) -> None:
    with catalogue.reading() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "secure_delete", "journal_mode")
        }
    assert found == {"foreign_keys": 1, "secure_delete": 1, "journal_mode": "wal"}


def test_stamps_only_grow_and_are_never_given_twice(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes.time, "time_ns", lambda: 1000)  # a clock that stands still, or was put back
    with catalogue.writing() as session:
        assert [writes.stamp_commit(session) for _ in range(3)] == [1000, 1001, 1002]


def _people(path: Path) -> Gallery:
    """Three tracklets each at 10-11, 20-21 and 30-31 s, of cameras with and without a clock."""
    gallery = Gallery.open(path, create=True)
    fill(gallery, "bare", started_at=datetime(2024, 5, 1, 12, 0, 0))
    fill(gallery, "utc", started_at=datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC))
    fill(gallery, "tokyo", started_at=datetime(2024, 5, 1, 12, 0, 0, tzinfo=timezone(timedelta(hours=9))))
    fill(gallery, "unknown")
    return gallery


def _clock(seconds: float, zone: timezone | None = None) -> datetime:
    return datetime(2024, 5, 1, 12, 0, 0, tzinfo=zone) + timedelta(seconds=seconds)


def test_filters_against_the_slow_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _people(tmp_path / "g") as gallery:
        everybody = gallery.tracklets(range(1, 13))
        catalogue = Catalogue.open(tmp_path / "g", writable=False)
        tokyo = timezone(timedelta(hours=9))
        bounds = [None, 10.0, 11.0, 11.5, 20.5, 40.0]
        clocks = [None, _clock(10.5), _clock(31), _clock(10.5, UTC), _clock(31.5, UTC), _clock(20.5, tokyo)]
        windows = [Window(a, b) for a in bounds for b in bounds]
        windows += [Window(None, None, a, b) for a in clocks for b in clocks]
        windows += [Window(15.0, None, _clock(0), None), Window(None, 15.0, None, _clock(100, UTC))]
        for window in windows:
            for cameras in ((), ("bare", "unknown"), ("nobody",)):
                expected = []
                for one in everybody:
                    started = one.footage.info.started_at
                    keep = not cameras or one.footage.info.camera in cameras
                    keep &= window.start_s is None or one.end_s >= window.start_s
                    keep &= window.end_s is None or one.start_s <= window.end_s
                    for bound, seconds, sign in ((window.start_at, one.end_s, 1), (window.end_at, one.start_s, -1)):
                        if bound is not None:
                            keep &= started is not None and _after(started, seconds, bound, sign)
                    if keep:
                        expected.append(one.id)
                with catalogue.reading() as session:
                    got = reads.allowed(session, cameras, window)
                if got is None:
                    assert expected == list(range(1, 13))
                else:
                    assert got.tolist() == expected, (window, cameras)
        catalogue.close()


def _after(started: datetime, seconds: float, bound: datetime, sign: int) -> bool:
    """Whether a moment of footage is not before (sign 1) or not after (-1) a bound, bare clocks by what they show."""
    moment = started + timedelta(seconds=seconds)
    if bound.tzinfo is None:
        moment = moment.replace(tzinfo=None)
    return sign * (moment.timestamp() - bound.timestamp()) >= 0


def test_clock_is_read_as_if_it_were_utc() -> None:
    assert records.clock_s(datetime(1970, 1, 2)) == 86_400
    assert records.clock_s(datetime(1970, 1, 2, tzinfo=timezone(timedelta(hours=5)))) == 86_400


def test_footage_is_found_by_what_one_calls_it(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        door = gallery.begin(info("door"), settings="s", spaces=())
        yard = gallery.begin(info("yard"), settings="s", spaces=())
        elsewhere = replace(info("yard"), path=Path("/elsewhere/yard.mp4"), sha256="f" * 64)
        twin = gallery.begin(elsewhere, settings="s", spaces=())
        found = gallery.footage()
    assert choose(found, "1").id == door.id
    assert choose(found, "door.mp4").id == door.id
    assert choose(found, "/footage/door.mp4").id == door.id
    assert choose(found, "/elsewhere/yard.mp4").id == twin.id
    assert choose(found, yard.info.sha256[:6].upper()).id == yard.id
    for nothing in ("door", "9", "", door.info.sha256[:3], "%"):
        with pytest.raises(FootageNotFound, match="footage list"):
            choose(found, nothing)
    with pytest.raises(QueryError, match=f"{yard.id} .*{twin.id}"):
        choose(found, "yard.mp4")


def test_a_row_that_cannot_be_read_is_a_damage(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "g", create=True) as gallery:
        record = fill(gallery, "door")
        catalogue = Catalogue.open(tmp_path / "g", writable=True)
        with catalogue.writing() as session:
            session.execute(text("UPDATE tracklets SET track = x'0102'"))
            assert session.scalars(select(FootageRow.id)).one() == record.id
        with pytest.raises(GalleryDamaged, match="track of 2 bytes"):
            gallery.tracklets([1])
        catalogue.close()
