"""pipeline.gallery: what ingest and search may rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from storage_samples import DIM, LOOKS, SPACES, WORDS, content, fill, frames, info, tracklet, vector

from pipeline.errors import (
    FootageNotFound,
    GalleryEmpty,
    GalleryError,
    QueryError,
    SpaceMismatch,
)
from pipeline.gallery import Gallery
from pipeline.types import Space, Tracklet, Window

OTHER_LOOKS = replace(LOOKS, digest="ff" * 16)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery.open(tmp_path / "g", create=True)


def test_an_ingest_from_begin_to_finish(gallery: Gallery) -> None:
    begun = gallery.begin(info("door"), settings="s1", spaces=SPACES)
    assert (begun.complete, begun.frames_done, begun.tracklets, begun.frames_decoded) == (False, 0, 0, None)
    assert begun.info == info("door")
    assert abs(datetime.now(UTC) - begun.added_at) < timedelta(minutes=5)
    assert gallery.spaces() == {space.kind: space for space in SPACES}

    gallery.commit(begun.id, frames(0), [tracklet("door", 2), tracklet("door", 5)])
    gallery.commit(begun.id, frames(4), [])
    gallery.commit(begun.id, [], [tracklet("door", 3)])
    assert gallery.committed(begun.id) == {2, 3, 5}
    log = list(gallery.logged(begun.id))
    for got, put in zip(log, [*frames(0), *frames(4)], strict=True):
        assert (got.index, got.time_s) == (put.index, put.time_s)
        assert np.array_equal(got.xyxy, put.xyxy)
        assert np.array_equal(got.confidence, put.confidence)
    under_way = gallery.get_footage("door.mp4")
    assert (under_way.frames_done, under_way.seconds_done, under_way.tracklets) == (8, 1.4, 3)

    done = gallery.finish(begun.id, frames_decoded=321, corrupt_packets=4)
    assert (done.complete, done.frames_decoded, done.corrupt_packets, done.tracklets) == (True, 321, 4, 3)
    assert (done.frames_done, done.seconds_done, done.added_at) == (8, 1.4, begun.added_at)
    assert list(gallery.logged(begun.id)) == []
    assert gallery.find(info("door").sha256) == done == gallery.footage()[0]
    assert gallery.find("0" * 64) is None
    assert gallery.count() == 3
    assert gallery.cameras() == ["door"]
    assert gallery.verify() == []


def test_a_tracklet_keeps_all_it_had(gallery: Gallery) -> None:
    record = fill(gallery, "door")
    put = tracklet("door", 2, 20.0)
    [stored] = gallery.tracklets([2])
    assert (stored.number, stored.start_s, stored.end_s, stored.footage) == (2, 20.0, 21.0, record)
    assert stored.times == tuple(put.times.tolist())
    assert np.array_equal(np.array(stored.boxes, np.float32), put.boxes)
    for kept, crop in zip(stored.crops, put.crops, strict=True):
        assert (kept.time_s, kept.frame_index, kept.quality) == (crop.time_s, crop.frame_index, crop.quality)
        assert kept.box == tuple(crop.box.tolist())
        assert Path(kept.path).is_absolute()
        assert Path(kept.path).is_relative_to(gallery.path / "media")
        assert Path(kept.path).read_bytes()[:2] == b"\xff\xd8"
    assert Path(stored.scene).is_file()
    assert [t.id for t in gallery.tracklets([3, 1, 2, 1])] == [3, 1, 2, 1]
    assert gallery.tracklets([]) == []
    with pytest.raises(GalleryError, match=r"tracklet 9 is not in the gallery"):
        gallery.tracklets([1, 9])


def test_begin_goes_on_where_it_stopped(gallery: Gallery) -> None:
    first = fill(gallery, "door", done=False)
    moved = replace(info("door"), path=Path("/moved/door.mp4"), camera="front", started_at=datetime(2024, 1, 1))
    again = gallery.begin(moved, settings="s1", spaces=SPACES)
    assert (again.id, again.frames_done, again.tracklets, again.added_at) == (first.id, 12, 3, first.added_at)
    assert again.info == moved
    assert gallery.committed(first.id) == {1, 2, 3}
    assert len(list(gallery.logged(first.id))) == 12


@pytest.mark.parametrize("change", ["settings", "space", "fewer spaces"])
def test_begin_starts_over_when_something_changed(gallery: Gallery, change: str) -> None:
    first = fill(gallery, "door", done=False)
    everybody = gallery.search(LOOKS, vector("x")[None], 9)[0]
    assert len(everybody) == 3
    spaces = {"settings": SPACES, "space": (OTHER_LOOKS, WORDS), "fewer spaces": (LOOKS,)}[change]
    again = gallery.begin(info("door"), settings="s2" if change == "settings" else "s1", spaces=spaces)
    assert (again.id, again.frames_done, again.seconds_done, again.tracklets) == (first.id, 0, 0.0, 0)
    assert gallery.committed(first.id) == frozenset()
    assert list(gallery.logged(first.id)) == []
    assert list((gallery.path / "media").iterdir()) == []
    assert gallery.verify() == []
    gallery.commit(first.id, [], [_with(tracklet("door", 7), spaces)])
    assert [found for found, _ in gallery.search(spaces[0], vector("x")[None], 9)[0]] == [4]


def _with(one: Tracklet, spaces: tuple[Space, ...]) -> Tracklet:
    return replace(one, vectors={space.kind: vector(space.digest, space.dim) for space in spaces})


def test_begin_of_complete_footage_changes_nothing(gallery: Gallery) -> None:
    done = fill(gallery, "door")
    before = content(gallery)
    assert gallery.begin(info("door", camera="x"), settings="s9", spaces=(OTHER_LOOKS,)) == done
    assert content(gallery) == before
    for act in (
        lambda: gallery.commit(done.id, frames(90), []),
        lambda: gallery.finish(done.id, frames_decoded=1, corrupt_packets=0),
    ):
        with pytest.raises(GalleryError, match="is complete"):
            act()
    with pytest.raises(FootageNotFound):
        gallery.commit(99, [], [])
    with pytest.raises(FootageNotFound):
        gallery.remove(99)
    assert content(gallery) == before


def test_another_encoder_is_refused_until_the_old_vectors_are_gone(gallery: Gallery) -> None:
    door = fill(gallery, "door")
    with pytest.raises(SpaceMismatch, match=f"appearance.*{LOOKS.digest[:12]}.*--gallery, or remove the footage"):
        gallery.begin(info("yard"), settings="s", spaces=(OTHER_LOOKS,))
    assert gallery.find(info("yard").sha256) is None
    with pytest.raises(SpaceMismatch):
        gallery.begin(info("yard"), settings="s", spaces=(replace(LOOKS, dim=DIM + 1),))
    gallery.remove(door.id)
    assert gallery.spaces() == {}
    gallery.begin(info("yard"), settings="s", spaces=(OTHER_LOOKS,))
    assert gallery.spaces() == {"appearance": OTHER_LOOKS}


def test_an_encoder_that_never_gave_a_vector_gives_way(gallery: Gallery) -> None:
    old = gallery.begin(info("door"), settings="s", spaces=SPACES)
    gallery.commit(old.id, frames(0), [])
    new = gallery.begin(info("yard"), settings="s2", spaces=(OTHER_LOOKS, WORDS))
    gallery.commit(new.id, [], [_with(tracklet("yard", 1), (OTHER_LOOKS, WORDS))])
    assert gallery.verify() == []
    with pytest.raises(SpaceMismatch):
        gallery.begin(info("door"), settings="s", spaces=SPACES)
    again = gallery.begin(info("door"), settings="s", spaces=(OTHER_LOOKS, WORDS))
    assert (again.id, again.frames_done) == (old.id, 0)


def _bad() -> dict[str, tuple[list[int], Tracklet | None, str]]:
    good = tracklet("door", 8)
    return {
        "frames again": ([3], None, "must follow"),
        "frames backwards": ([9, 8], None, "must follow"),
        "number again": ([], tracklet("door", 1), "must be new"),
        "no crops": ([], replace(good, crops=()), "no crops"),
        "no vectors": ([], replace(good, vectors={}), r"vectors \[\], expected"),
        "long vector": ([], replace(good, vectors={**good.vectors, "language": vector(1, 17)}), "expected 16"),
        "not unit": ([], replace(good, vectors={**good.vectors, "language": 2 * vector(1, 16)}), "not 1"),
        "nan": ([], replace(good, vectors={**good.vectors, "language": np.full(16, np.nan, "f4")}), "not 1"),
        "boxes": ([], replace(good, boxes=good.boxes[:2]), "shapes"),
        "times": ([], replace(good, times=good.times[::-1]), "backwards"),
        "picture": ([], replace(good, scene=np.zeros((0, 4, 3), np.uint8)), "uint8 expected"),
    }


@pytest.mark.parametrize("fault", _bad())
def test_what_does_not_fit_is_refused_whole(gallery: Gallery, fault: str) -> None:
    record = fill(gallery, "door", done=False)
    before = content(gallery), sorted(gallery.path.rglob("*.jpg*"))
    indices, one, word = _bad()[fault]
    late = [frame for index in indices for frame in frames(index, 1)]
    fine = [] if one is None else [tracklet("door", 7), one]
    with pytest.raises(ValueError, match=word):
        gallery.commit(record.id, late, fine)
    assert (content(gallery), sorted(gallery.path.rglob("*.jpg*"))) == before
    assert gallery.verify() == []


def test_search_finds_the_nearest(gallery: Gallery) -> None:
    fill(gallery, "door", 20, each=20)
    fill(gallery, "yard", 20, each=20)
    queries = np.stack([vector(("q", i)) for i in range(4)])
    found = gallery.search(LOOKS, 3 * queries, 7)
    names = [("door", n) for n in range(1, 21)] + [("yard", n) for n in range(1, 21)]
    for query, hits in zip(queries, found, strict=True):
        cosines = {i: float(vector((*name, "appearance")) @ query) for i, name in enumerate(names, 1)}
        best = sorted(cosines, key=lambda i: -cosines[i])[:7]
        assert [i for i, _ in hits] == best
        np.testing.assert_allclose([score for _, score in hits], [cosines[i] for i in best], atol=1e-5)
        ids = [best[3], best[0], 33]
        np.testing.assert_allclose(gallery.scores(LOOKS, 0.1 * query, ids), [cosines[i] for i in ids], atol=1e-5)
    assert gallery.search(LOOKS, queries, 0) == [[], [], [], []]
    assert len(gallery.search(WORDS, vector(1, 16)[None], 500)[0]) == 40
    assert gallery.scores(LOOKS, queries[0], []).shape == (0,)


def test_scores_are_cosines(gallery: Gallery) -> None:
    fill(gallery, "door", 10, each=10)
    for number in range(1, 11):
        itself = vector(("door", number, "appearance"))
        [[hit]] = gallery.search(LOOKS, itself[None], 1)
        assert hit[0] == number
        assert 1 - 1e-5 <= hit[1] <= 1.0
        assert 1 - 1e-5 <= gallery.scores(LOOKS, itself, [number])[0] <= 1.0


def test_unfinished_footage_can_be_searched_at_once(gallery: Gallery) -> None:
    record = fill(gallery, "door", 1, done=False)
    assert len(gallery.search(LOOKS, vector(1)[None], 9)[0]) == 1
    gallery.commit(record.id, [], [tracklet("door", 9)])
    assert len(gallery.search(LOOKS, vector(1)[None], 9)[0]) == 2
    with Gallery.open(gallery.path, read_only=True) as other:
        assert len(other.search(LOOKS, vector(1)[None], 9)[0]) == 2
        gallery.commit(record.id, [], [tracklet("door", 11)])
        assert len(other.search(LOOKS, vector(1)[None], 9)[0]) == 3
        gallery.remove(record.id)
        with pytest.raises(GalleryEmpty):
            other.search(LOOKS, vector(1)[None], 9)


def test_filters(gallery: Gallery) -> None:
    fill(gallery, "door", started_at=datetime(2024, 5, 1, 8))  # tracklets 1-3 at 10, 20 and 30 s
    fill(gallery, "yard")  # 4-6

    def found(**filters: object) -> list[int]:
        [hits] = gallery.search(LOOKS, vector(1)[None], 9, **filters)
        return sorted(i for i, _ in hits)

    assert found() == [1, 2, 3, 4, 5, 6]
    assert found(cameras=["yard"]) == [4, 5, 6]
    assert found(cameras=["yard", "door"], window=Window(start_s=21.0)) == [2, 3, 5, 6]
    assert found(window=Window(20.5, 20.6)) == [2, 5]
    assert found(window=Window(end_s=10.0)) == [1, 4]
    assert found(window=Window(start_at=datetime(2024, 5, 1, 8, 0, 15))) == [2, 3]
    assert found(window=Window(end_at=datetime(2030, 1, 1))) == [1, 2, 3]
    assert found(cameras=["yard"], window=Window(end_at=datetime(2030, 1, 1))) == []
    assert found(cameras=["nowhere"]) == []
    assert found(window=Window(12.0, 13.0)) == []
    for window in (Window(5.0, 4.0), Window(start_at=datetime(2024, 1, 2), end_at=datetime(2024, 1, 1))):
        with pytest.raises(QueryError, match="before it begins"):
            found(window=window)


def test_what_cannot_be_asked(gallery: Gallery) -> None:
    with pytest.raises(GalleryEmpty, match="holds nobody yet"):
        gallery.search(LOOKS, vector(1)[None], 5)
    fill(gallery, "door")
    with pytest.raises(SpaceMismatch, match=f"made with the appearance encoder {LOOKS.digest[:12]}.*--gallery"):
        gallery.search(OTHER_LOOKS, vector(1)[None], 5)
    with pytest.raises(SpaceMismatch, match="without smell vectors"):
        gallery.search(Space("smell", "x", DIM), vector(1)[None], 5)
    with pytest.raises(SpaceMismatch):
        gallery.scores(OTHER_LOOKS, vector(1), [1])
    with pytest.raises(GalleryError, match="tracklet 77"):
        gallery.scores(LOOKS, vector(1), [1, 77])
    for query in (vector(1, 5)[None], vector(1), np.zeros((1, DIM), np.float32), np.full((1, DIM), np.nan, "f4")):
        with pytest.raises(ValueError, match="query vector"):
            gallery.search(LOOKS, query, 5)


def test_footage_without_people(gallery: Gallery) -> None:
    record = gallery.begin(info("door"), settings="s", spaces=SPACES)
    gallery.commit(record.id, frames(0), [])
    done = gallery.finish(record.id, frames_decoded=20, corrupt_packets=0)
    assert (done.complete, done.tracklets, done.frames_done) == (True, 0, 4)
    assert gallery.verify() == []
    with pytest.raises(GalleryEmpty):
        gallery.search(LOOKS, vector(1)[None], 5)


def test_footage_with_one_kind_of_vectors(gallery: Gallery) -> None:
    record = gallery.begin(info("door"), settings="s", spaces=(LOOKS,))
    gallery.commit(record.id, [], [_with(tracklet("door", 1), (LOOKS,))])
    gallery.finish(record.id, frames_decoded=9, corrupt_packets=0)
    fill(gallery, "yard", 2)
    assert gallery.verify() == []
    assert len(gallery.search(LOOKS, vector(1)[None], 9)[0]) == 3
    assert [i for i, _ in gallery.search(WORDS, vector(1, 16)[None], 9)[0]] in ([2, 3], [3, 2])
    with pytest.raises(GalleryError, match="tracklet 1 is not in"):
        gallery.scores(WORDS, vector(1, 16), [1])


def test_media_of_an_earlier_attempt_are_cleared_when_it_ends(gallery: Gallery) -> None:
    record = fill(gallery, "door", done=False)
    folder = gallery.path / "media" / record.info.sha256
    (folder / "000099-00.jpg").write_bytes(b"left by a kill")
    (folder / "000001-00.jpg.part").write_bytes(b"left by a kill")
    assert gallery.verify() == []
    gallery.finish(record.id, frames_decoded=1, corrupt_packets=0)
    assert gallery.verify() == []
    assert len(list(folder.iterdir())) == 9


def test_the_index_is_on_disk_after_finish_and_may_be_deleted(gallery: Gallery) -> None:
    fill(gallery, "door", 8)
    right = gallery.search(LOOKS, vector(1)[None], 5)
    saved = sorted((gallery.path / "index").glob("*.index"))
    assert [path.stem for path in saved] == ["appearance", "language"]
    for path in saved:
        path.unlink()
    with Gallery.open(gallery.path) as again:
        assert again.search(LOOKS, vector(1)[None], 5) == right
        assert (gallery.path / "index" / "appearance.index").is_file()
    for path in (gallery.path / "index").iterdir():
        path.unlink()
    (gallery.path / "index").rmdir()
    with Gallery.open(gallery.path) as again:
        assert again.search(LOOKS, vector(1)[None], 5) == right
        assert again.verify() == []


def test_a_damaged_or_foreign_index_never_answers(gallery: Gallery) -> None:
    fill(gallery, "door", 8)
    right = gallery.search(LOOKS, vector(1)[None], 5)
    path = gallery.path / "index" / "appearance.index"
    whole = path.read_bytes()
    other = (gallery.path / "index" / "language.index").read_bytes()
    for junk in (whole[:-3], other, b"", whole.replace(LOOKS.digest.encode(), OTHER_LOOKS.digest.encode())):
        path.write_bytes(junk)
        with Gallery.open(gallery.path, read_only=True) as again:
            assert again.search(LOOKS, vector(1)[None], 5) == right


def test_any_number_of_threads(gallery: Gallery) -> None:
    from concurrent.futures import ThreadPoolExecutor

    record = fill(gallery, "door", 5, done=False)
    right = gallery.search(LOOKS, vector(1)[None], 3)

    def ask(number: int) -> object:
        if number == 7:
            gallery.commit(record.id, [], [])
        return gallery.search(LOOKS, vector(1)[None], 3), len(gallery.tracklets([1, 2])), gallery.count()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(24))) == [(right, 2, 5)] * 24
