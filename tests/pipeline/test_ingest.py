import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from footage_factory import block, damage, plain, stamps, write_video
from gallery_contents import contents
from ingest_parts import (
    HEIGHT,
    PEOPLE,
    SECONDS,
    WIDTH,
    BlobDetector,
    OverlapTracker,
    box_at,
    film_street,
    ingestor,
    settings,
)
from ingest_parts import street as street_at

from detectors.types import Detections
from pipeline import ingest as module
from pipeline.errors import (
    FootageError,
    FootageNotFound,
    GalleryBusy,
    GalleryDamaged,
    Interrupted,
    SpaceMismatch,
)
from pipeline.gallery import Gallery
from pipeline.ingest import Ingestor, IngestResult, Progress, settings_digest
from pipeline.types import APPEARANCE, FrameDetections, Space, StoredTracklet
from pipeline.video import Footage, probe


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_street(tmp_path_factory.mktemp("street") / "street.mp4")


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with Gallery.open(tmp_path / "gallery", create=True) as opened:
        yield opened


def people_of(gallery: Gallery) -> list[StoredTracklet]:
    return gallery.tracklets(range(1, gallery.count() + 1))


@pytest.fixture(scope="module")
def undisturbed(street: Path, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    with Gallery.open(tmp_path_factory.mktemp("whole") / "gallery", create=True) as opened:
        ingestor(opened).ingest(probe(street))
        return contents(opened)


# what is found


def check_boxes(found: list[StoredTracklet], shown_at: Callable[[float], float] = lambda time: time) -> None:
    """Every observation of every tracklet lies where the one person was painted at that very time."""
    for tracklet in found:
        match = {
            person
            for person in PEOPLE
            if all(
                np.abs(np.subtract(box, np.clip(box_at(person, shown_at(t)), 0, [WIDTH, HEIGHT, WIDTH, HEIGHT]))).max()
                <= 2
                for t, box in zip(tracklet.times, tracklet.boxes, strict=True)
            )
        }
        assert len(match) == 1


def test_everybody_is_found_where_and_when_they_were(street: Path, gallery: Gallery) -> None:
    result = ingestor(gallery).ingest(probe(street))
    found = people_of(gallery)
    assert len(found) == result.tracklets == len(PEOPLE)
    check_boxes(found)
    shown = set(stamps(street))
    for tracklet in found:
        assert set(tracklet.times) <= shown  # the times are those of the file, to the last bit
        assert np.diff(tracklet.times) == pytest.approx(0.2, abs=1e-6)
    spans = sorted((tracklet.start_s, tracklet.end_s) for tracklet in found)
    assert [span[0] for span in spans] == pytest.approx(sorted(person[1] for person in PEOPLE), abs=0.21)
    assert [tracklet.number for tracklet in sorted(found, key=lambda t: t.start_s)] == list(range(1, 8))
    assert (result.status, result.corrupt_packets) == ("added", 0)
    assert (result.frames_sampled, result.frames_decoded) == (100, 200)
    assert result.seconds == pytest.approx(SECONDS - 0.1)
    assert result.notices == ()
    assert result.footage.complete
    assert gallery.verify() == []


def test_crops_and_scenes_show_the_person(street: Path, gallery: Gallery) -> None:
    ingestor(gallery).ingest(probe(street))
    for tracklet in people_of(gallery):
        best = tracklet.crops[0]
        person = min(PEOPLE, key=lambda p: np.abs(np.subtract(box_at(p, best.time_s), best.box)).max())
        assert 1 < len(tracklet.crops) <= 5
        for crop in tracklet.crops:
            image = cv2.imread(crop.path)[..., ::-1].astype(int)
            assert np.abs(image[8:-8, 5:-5].mean((0, 1)) - person[0]).max() < 15
            assert crop.time_s in tracklet.times
        scene = cv2.imread(tracklet.scene)[..., ::-1]
        assert np.abs(scene.astype(int) - street_at(round(best.time_s, 1))).mean() < 8


def test_who_is_asked_for_by_colour_comes_first(street: Path, gallery: Gallery) -> None:
    ingestor(gallery).ingest(probe(street))
    space = gallery.spaces()[APPEARANCE]
    green = np.zeros((1, space.dim), np.float32)
    green[0, 60 * space.dim // 180] = 1
    (answer,) = gallery.search(space, green, 7)
    (best,) = gallery.tracklets([answer[0][0]])
    assert best.start_s == pytest.approx(1.0, abs=0.01)


def test_variable_frame_rate_keeps_boxes_and_times_together(tmp_path: Path, gallery: Gallery) -> None:
    gaps = np.random.default_rng(2).choice([0.04, 0.05, 0.11, 0.31], 300)
    times = [round(float(t), 3) for t in np.cumsum(gaps) if t < SECONDS]
    path = write_video(tmp_path / "vfr.mkv", times, street_at)
    ingestor(gallery).ingest(probe(path))
    found = people_of(gallery)
    assert len(found) >= len([p for p in PEOPLE if p[1] < times[-1]])
    check_boxes(found, lambda time: round(time + times[0], 3))
    shown = set(stamps(path))
    assert all(set(tracklet.times) <= shown for tracklet in found)


def test_progress_and_speed_are_told(street: Path, gallery: Gallery) -> None:
    told: list[Progress] = []
    result = ingestor(gallery).ingest(probe(street), told.append)
    assert [p.frames_done for p in told] == list(range(2, 101, 2))
    assert told[-1].seconds_done == pytest.approx(19.8)
    assert told[-1].duration_s == pytest.approx(SECONDS, abs=0.1)
    assert 0 < told[-1].people <= 7
    assert all(p.speed > 0 and not p.resuming for p in told)
    assert result.wall_s > 0


def test_slow_footage_is_followed_at_its_own_rate(tmp_path: Path, gallery: Gallery) -> None:
    path = write_video(tmp_path / "slow.mp4", [k / 2 for k in range(20)], street_at)
    rates = []

    def tracker(fps: float) -> OverlapTracker:
        rates.append(fps)
        return OverlapTracker(fps)

    Ingestor(gallery, BlobDetector(), tracker, {}, settings()).ingest(probe(path))
    assert rates == pytest.approx([5.0, 2.0], abs=0.15)  # the first for the digest of the settings alone


def test_nobody_there(tmp_path: Path, gallery: Gallery) -> None:
    path = write_video(tmp_path / "night.mp4", [k / 5 for k in range(15)], lambda _: plain(64, 64))
    result = ingestor(gallery).ingest(probe(path))
    assert (result.tracklets, result.footage.complete) == (0, True)
    assert result.notices == ("night.mp4: nobody was found in it",)


def test_who_stays_for_long_is_stored_as_time_passes(
    tmp_path: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_S", 10.0)
    image = plain(160, 120)
    block(image, (60, 30, 86, 100), (220, 30, 30))
    path = write_video(tmp_path / "stays.mp4", [k / 5 for k in range(126)], lambda _: image)
    people = []
    ingestor(gallery).ingest(probe(path), lambda progress: people.append(progress.people))
    assert [(t.number, round(t.start_s)) for t in people_of(gallery)] == [(1, 0), (2, 10), (3, 20)]
    assert max(people) == 2  # the first two were there before the end


def test_batches_of_large_frames_are_small(street: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = set()

    class Watching(BlobDetector):
        def detect(self, images):
            sizes.add(len(images))
            return super().detect(images)

    monkeypatch.setattr(module, "_BATCH_BYTES", 3 * WIDTH * HEIGHT * 3)
    chosen = settings(detector={"batch": 8})
    Ingestor(gallery, Watching(), OverlapTracker, {}, chosen).ingest(probe(street))
    assert sizes == {3, 1}  # 100 = 33 * 3 + 1


# the same again


def test_the_same_bytes_under_another_name_do_nothing(street: Path, gallery: Gallery, tmp_path: Path) -> None:
    first = ingestor(gallery).ingest(probe(street))
    before = contents(gallery)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(street.read_bytes())
    worker = ingestor(gallery)
    worker._detector.detect = None  # must not be asked
    again = worker.ingest(probe(copy))
    assert (again.status, again.tracklets, again.frames_sampled, again.frames_decoded) == ("already there", 7, 100, 200)
    assert again.footage.id == first.footage.id
    assert again.notices == (
        f"copy.mp4: the same bytes are there already, as {street}",
        "copy.mp4: is there as camera 'street'; this was not changed",
    )
    assert worker.ingest(probe(street)).notices == ()
    assert contents(gallery) == before


def test_other_settings_for_what_is_complete_are_told_of(street: Path, gallery: Gallery) -> None:
    result = ingestor(gallery).ingest(probe(street))
    again = ingestor(gallery, settings(sampling={"fps": 2})).ingest(probe(street))
    assert again.status == "already there"
    assert again.notices == (
        f"street.mp4: was ingested with other settings; to have it anew, `reidpipe footage remove {result.footage.id}` "
        "first",
    )


def test_other_settings_for_what_is_unfinished_start_over(street: Path, gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        ingestor(gallery, settings(sampling={"fps": 2})).ingest(probe(street), should_stop=stop_after(10))
    assert gallery.count() > 0
    result = ingestor(gallery).ingest(probe(street))
    assert result.status == "added"
    assert result.notices == ("street.mp4: its interrupted ingest had other settings and was done anew",)
    assert result.frames_sampled == 100
    check_boxes(gallery.tracklets([hit for hit, _ in all_hits(gallery)]))
    assert gallery.verify() == []


def all_hits(gallery: Gallery) -> list[tuple[int, float]]:
    space = gallery.spaces()[APPEARANCE]
    return gallery.search(space, np.ones((1, space.dim), np.float32), 100)[0]


def test_every_setting_that_matters_is_in_the_digest() -> None:
    class Part:
        def __init__(self, told: str) -> None:
            self.fingerprint = self.space = told

    def digest(detector: str = "d", tracker: str = "t", space: str = "s", **sections: dict[str, object]) -> str:
        return settings_digest(settings(**sections), Part(detector), Part(tracker), {APPEARANCE: Part(space)})

    others = [
        digest(detector="e"),
        digest(tracker="u"),
        digest(space="z"),
        digest(sampling={"fps": 6}),
        digest(crops={"per_tracklet": 3}),
        digest(crops={"min_height_px": 50}),
        digest(detector={"batch": 4}),
        digest(encoders={"align": "pose"}),
    ]
    assert len({digest(), *others}) == 1 + len(others)
    assert digest() == digest(gallery="/somewhere/else")


# interruptions


def stop_after(batches: int) -> Callable[[], bool]:
    left = iter(range(batches - 1, -1, -1))
    return lambda: next(left, 0) == 0


def test_a_stop_saves_the_batch_and_tells_how_to_go_on(street: Path, gallery: Gallery) -> None:
    with pytest.raises(Interrupted, match=r"street.mp4: stopped at 4.6 s; .* run the same command again to go on"):
        ingestor(gallery).ingest(probe(street), should_stop=stop_after(12))
    (record,) = gallery.footage()
    assert (record.complete, record.frames_done, record.seconds_done) == (False, 24, pytest.approx(4.6))
    assert "prefetch" not in {thread.name for thread in threading.enumerate()}


def finish_with_stops(gallery: Gallery, path: Path, every: int) -> IngestResult:
    reached = 0
    while True:
        worker = ingestor(gallery)
        reached += every
        try:
            result = worker.ingest(probe(path), should_stop=stop_after(reached))
        except Interrupted:
            assert worker._detector.frames == 2 * every  # what was found before is not looked for again
            continue
        assert result.status == "resumed"
        return result


@pytest.mark.parametrize("every", [7, 13, 20])
def test_stops_change_nothing(street: Path, gallery: Gallery, undisturbed: list[object], every: int) -> None:
    result = finish_with_stops(gallery, street, every)
    assert contents(gallery) == undisturbed
    assert result.frames_sampled == 100
    assert "went on from" in result.notices[0]


def test_a_tracklet_is_turned_into_vectors_only_once(street: Path, gallery: Gallery) -> None:
    with pytest.raises(Interrupted):
        ingestor(gallery).ingest(probe(street), should_stop=stop_after(45))
    stored = {crop.path for tracklet in people_of(gallery) for crop in tracklet.crops}
    assert gallery.count() >= 3
    worker = ingestor(gallery)
    worker.ingest(probe(street))
    everything = {crop.path for tracklet in people_of(gallery) for crop in tracklet.crops}
    assert worker._encoders[APPEARANCE].crops == len(everything) - len(stored)


def test_a_stop_while_resuming_changes_nothing(street: Path, gallery: Gallery, undisturbed: list[object]) -> None:
    for batches in (30, 3, 15, 29, 31):
        with pytest.raises(Interrupted):
            ingestor(gallery).ingest(probe(street), should_stop=stop_after(batches))
    ingestor(gallery).ingest(probe(street))
    assert contents(gallery) == undisturbed


def test_a_failure_before_the_end_leaves_what_was_stored(
    street: Path, gallery: Gallery, undisturbed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last frames of the log and the mark that a footage is complete."""
    with monkeypatch.context() as patch:
        patch.setattr(Gallery, "finish", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ingestor(gallery).ingest(probe(street))
    worker = ingestor(gallery)
    result = worker.ingest(probe(street))
    assert (worker._detector.frames, result.status) == (0, "resumed")
    assert contents(gallery) == undisturbed


def test_a_failure_at_the_last_commit_loses_nobody(
    street: Path, gallery: Gallery, undisturbed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All frames are logged, and some of the people are not stored."""
    with monkeypatch.context() as patch:
        patch.setattr(Footage, "check_unchanged", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ingestor(gallery).ingest(probe(street))
    assert gallery.footage()[0].frames_done == 100
    assert gallery.count() < 7
    ingestor(gallery).ingest(probe(street))
    assert contents(gallery) == undisturbed


def test_damaged_footage_resumes_to_the_same_result(street: Path, tmp_path: Path) -> None:
    hurt = tmp_path / "hurt.mp4"
    hurt.write_bytes(street.read_bytes())
    damage(hurt, [35, 36, 90, 111, 112, 113, 154], keep=30)
    told = []
    for name, every in (("whole", 1000), ("stopped", 17)):
        with Gallery.open(tmp_path / name, create=True) as opened:
            result = ingestor(opened).ingest(probe(hurt)) if every > 100 else finish_with_stops(opened, hurt, every)
            told.append(contents(opened))
            assert result.corrupt_packets > 0
            assert any("damaged packets were skipped" in notice for notice in result.notices)
    assert told[0] == told[1]


def test_footage_that_is_cut_short_says_so(tmp_path: Path, gallery: Gallery) -> None:
    path = write_video(
        tmp_path / "short.mp4", [k / 5 for k in range(100)], street_at, container_options={"movflags": "faststart"}
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = ingestor(gallery).ingest(probe(path))
    assert result.seconds < 15
    assert any("perhaps it was cut short" in notice for notice in result.notices)


# when something goes wrong


def at_batch(number: int, do: Callable[[], object]) -> Callable[[Progress], None]:
    count = iter(range(1, 10_000))
    return lambda _: do() if next(count) == number else None


def copy_of(street: Path, tmp_path: Path) -> Path:
    path = tmp_path / "live.mp4"
    path.write_bytes(street.read_bytes())
    return path


def test_footage_that_vanishes_can_be_gone_on_with(
    street: Path, tmp_path: Path, gallery: Gallery, undisturbed: list[object]
) -> None:
    path = copy_of(street, tmp_path)
    info = probe(path)
    with pytest.raises(FootageNotFound, match="vanished while it was read"):
        ingestor(gallery).ingest(info, at_batch(30, path.unlink))
    assert not gallery.footage()[0].complete
    with pytest.raises(FootageNotFound):
        ingestor(gallery).ingest(info)
    copy_of(street, tmp_path)
    assert ingestor(gallery).ingest(probe(path)).status == "resumed"
    assert contents(gallery) == undisturbed


def test_footage_that_changes_leaves_nothing_behind(street: Path, tmp_path: Path, gallery: Gallery) -> None:
    path = copy_of(street, tmp_path)

    def grow() -> None:
        with path.open("ab") as file:
            file.write(b"more to come")

    info = probe(path)
    with pytest.raises(FootageError, match="changed while it was read"):
        ingestor(gallery).ingest(info, at_batch(30, grow))
    assert (gallery.footage(), gallery.count()) == ([], 0)
    with pytest.raises(FootageError, match="changed since it was looked at"):
        ingestor(gallery).ingest(info)
    assert gallery.footage() == []


def test_footage_that_shrinks_leaves_nothing_behind(street: Path, tmp_path: Path, gallery: Gallery) -> None:
    path = copy_of(street, tmp_path)

    def shrink() -> None:
        with path.open("rb+") as file:
            file.truncate(path.stat().st_size // 3)

    with pytest.raises(FootageError, match="changed while it was read"):
        ingestor(gallery).ingest(probe(path), at_batch(20, shrink))
    assert gallery.footage() == []


def test_an_error_of_the_decoder_is_passed_on(
    street: Path, gallery: Gallery, undisturbed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = Footage.frames

    def failing(self: Footage, fps: float | None = None) -> Iterator[object]:
        for count, frame in enumerate(frames(self, fps)):
            if count == 77:
                raise FootageError("the network share is gone")
            yield frame

    with monkeypatch.context() as patch:
        patch.setattr(Footage, "frames", failing)
        with pytest.raises(FootageError, match="the network share is gone"):
            ingestor(gallery).ingest(probe(street))
    assert "prefetch" not in {thread.name for thread in threading.enumerate()}
    ingestor(gallery).ingest(probe(street))
    assert contents(gallery) == undisturbed


def test_an_error_of_the_detector_leaves_no_thread_and_no_lock(street: Path, gallery: Gallery) -> None:
    worker = ingestor(gallery)
    worker._detector.detect = lambda images: (_ for _ in ()).throw(RuntimeError("out of memory"))
    with pytest.raises(RuntimeError, match="out of memory"):
        worker.ingest(probe(street))
    assert "prefetch" not in {thread.name for thread in threading.enumerate()}
    assert ingestor(gallery).ingest(probe(street)).tracklets == 7


def test_vectors_of_another_encoder_are_refused_before_any_work(street: Path, tmp_path: Path, gallery: Gallery) -> None:
    ingestor(gallery).ingest(probe(street))
    other = write_video(tmp_path / "other.mp4", [k / 5 for k in range(50)], street_at)
    worker = ingestor(gallery, space="shapes")
    with pytest.raises(SpaceMismatch):
        worker.ingest(probe(other))
    assert worker._detector.frames == 0
    assert len(gallery.footage()) == 1


def test_only_one_writes(street: Path, gallery: Gallery) -> None:
    with Gallery.open(gallery.path) as other, other.writer(), pytest.raises(GalleryBusy):
        ingestor(gallery).ingest(probe(street))


def test_a_log_that_does_not_fit_is_noticed(street: Path, gallery: Gallery) -> None:
    info = probe(street)
    chosen = settings()
    tracker = OverlapTracker(5.0)
    worker = ingestor(gallery, chosen)
    digest = settings_digest(chosen, worker._detector, tracker, worker._encoders)
    spaces = [Space(kind, encoder.space, encoder.dim) for kind, encoder in worker._encoders.items()]
    record = gallery.begin(info, settings=digest, spaces=spaces)
    nobody = Detections.empty()
    gallery.commit(record.id, [FrameDetections(3, 0.3, nobody.xyxy, nobody.confidence)], [])
    with pytest.raises(GalleryDamaged, match=rf"does not fit .* `reidpipe footage remove {record.id}`"):
        worker.ingest(info)


def test_memory_does_not_grow_with_the_footage(tmp_path: Path, gallery: Gallery) -> None:
    """Somebody stands there all the time while others come and go; what is held is looked at in the middle and late."""
    back = plain(320, 240)
    block(back, (20, 100, 50, 190), (30, 60, 220))

    def paint(time: float) -> np.ndarray:
        image = back.copy()
        block(image, (60 + 20 * (time % 10), 20, 90 + 20 * (time % 10), 90), (220, 30, 30))
        return image

    path = write_video(tmp_path / "long.mp4", [k / 5 for k in range(1000)], paint)
    held = []

    def look(progress: Progress) -> None:
        if progress.frames_done % 200 == 0:
            gc.collect()
            held.append(resident())

    ingestor(gallery, settings(detector={"batch": 8})).ingest(probe(path), look)
    assert len(held) == 5
    assert held[-1] - held[1] < 12 << 20


def resident() -> int:
    """Bytes of memory that this process occupies."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
