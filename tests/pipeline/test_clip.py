import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import PIL.Image
import pytest
from ingest_parts import HEIGHT, PEOPLE, SECONDS, WIDTH, film_street, street
from ingest_parts import box_at as truth_box
from street_cli import filled

from pipeline import clip as module
from pipeline.clip import box_at, cut_clip
from pipeline.gallery import Gallery
from pipeline.types import Image, StoredTracklet


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[StoredTracklet]]:
    with Gallery.open(filled(tmp_path_factory.mktemp("clip")), read_only=True) as opened:
        yield opened.tracklets(range(1, opened.count() + 1))


def best_of(tracklet: StoredTracklet) -> Image:
    image = cv2.imread(tracklet.crops[0].path)
    assert image is not None
    return np.ascontiguousarray(image[:, :, ::-1])


def frames_of(data: bytes) -> list[tuple[float, Image]]:
    with av.open(io.BytesIO(data)) as container:
        return [(float(frame.time), frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def colour_of(tracklet: StoredTracklet) -> tuple[int, int, int]:
    seen = best_of(tracklet).reshape(-1, 3).mean(axis=0)
    return min((person[0] for person in PEOPLE), key=lambda colour: float(np.abs(seen - colour).sum()))


def test_the_film_shows_the_person_in_its_box_at_that_time(people: list[StoredTracklet]) -> None:
    assert len(people) >= len(PEOPLE)
    for tracklet in people:
        clip = cut_clip(tracklet, best_of(tracklet))
        assert clip is not None
        assert clip.mime == "video/mp4"
        assert clip.start_s <= tracklet.crops[0].time_s <= clip.end_s
        frames = frames_of(clip.data)
        assert 15 <= len(frames) <= 25  # of a film of 5 frames a second nothing is made up
        person = next(p for p in PEOPLE if p[0] == colour_of(tracklet))
        for time_s, image in frames:
            moment = clip.start_s + time_s
            if (box := box_at(tracklet, moment)) is None or not person[1] <= moment < person[2]:
                continue
            assert np.abs(np.clip(truth_box(person, moment), 0, WIDTH) - box).max() < 4
            x, y = int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)
            assert np.abs(image[y - 4 : y + 4, x - 4 : x + 4].mean(axis=(0, 1)) - person[0]).max() < 45


def test_small_films_of_long_footage_need_no_decoding_from_the_start(
    people: list[StoredTracklet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_from_start", lambda *_: pytest.fail("decoded from the start"))
    late = max(people, key=lambda tracklet: tracklet.start_s)
    assert late.start_s > SECONDS / 2
    assert cut_clip(late, best_of(late)) is not None


def test_where_the_jump_lands_elsewhere_it_is_decoded_from_the_start(
    people: list[StoredTracklet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_sought", lambda *_: iter([(people[0].crops[0].time_s, street(SECONDS - 1))]))
    clip = cut_clip(people[0], best_of(people[0]))
    assert clip is not None
    assert len(frames_of(clip.data)) >= 15


def test_footage_that_is_gone_or_another(people: list[StoredTracklet], tmp_path: Path) -> None:
    def at(path: Path, size: int) -> StoredTracklet:
        record = people[0].footage
        return replace(people[0], footage=replace(record, info=replace(record.info, path=path, size_bytes=size)))

    best, source = best_of(people[0]), people[0].footage.info.path
    assert cut_clip(at(tmp_path / "gone.mp4", 10), best) is None
    moved = Path(shutil.copy(source, tmp_path / "moved.mp4"))
    assert cut_clip(at(moved, moved.stat().st_size), best) is not None
    assert cut_clip(at(moved, moved.stat().st_size + 1), best) is None
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    assert cut_clip(at(text, 8), best) is None
    # as long as the other, but of other people
    other = film_street(tmp_path / "other.mp4", fps=2.0)
    assert cut_clip(at(other, other.stat().st_size), np.zeros_like(best)) is None


def test_without_an_h264_encoder_it_is_an_animation(
    people: list[StoredTracklet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CODECS", ())
    clip = cut_clip(people[0], best_of(people[0]))
    assert clip is not None
    assert clip.mime == "image/webp"
    with PIL.Image.open(io.BytesIO(clip.data)) as picture:
        assert picture.n_frames >= 10
        assert picture.size == (WIDTH, HEIGHT)


def test_boxes_glide_between_observations_and_not_across_gaps(people: list[StoredTracklet]) -> None:
    boxes = ((0.0, 0.0, 10.0, 20.0), (10.0, 0.0, 20.0, 20.0), (50.0, 0.0, 60.0, 20.0))
    track = replace(people[0], times=(1.0, 1.2, 4.0), boxes=boxes)
    assert box_at(track, 0.9) is None
    assert box_at(track, 4.1) is None
    assert np.allclose(box_at(track, 1.0), boxes[0])  # type: ignore[arg-type]
    assert np.allclose(box_at(track, 1.1), (5, 0, 15, 20))  # type: ignore[arg-type]
    assert box_at(track, 2.5) is None
    assert np.allclose(box_at(track, 4.0), boxes[2])  # type: ignore[arg-type]
    once = replace(people[0], times=(1.0,), boxes=boxes[:1])
    assert np.allclose(box_at(once, 1.0), boxes[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "small"), [((1920, 1080), (480, 270)), ((1080, 1920), (270, 480)), ((99, 51), (98, 52))]
)
def test_sides_are_even_and_never_grow_beyond_rounding(size: tuple[int, int], small: tuple[int, int]) -> None:
    drawn = module._drawn(np.zeros((size[1], size[0], 3), np.uint8), None)
    assert drawn.shape[1::-1] == pytest.approx(small, abs=2)
    assert all(side % 2 == 0 for side in drawn.shape[:2])
