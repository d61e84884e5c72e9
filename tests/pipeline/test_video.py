import hashlib
import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from footage_factory import (
    BLUE,
    GREEN,
    RED,
    block,
    damage,
    packets,
    plain,
    regular,
    set_matrix,
    stamps,
    write_sound,
    write_video,
)

from pipeline import video
from pipeline.errors import EmptyFootage, FootageError, FootageNotFound, NotAVideo, NoVideoStream
from pipeline.types import Image
from pipeline.video import Footage, probe

SPEED = 200  # pixels a second
FINE = 2.1 / SPEED  # seconds; colour is coded at half the resolution of the picture


def moving(time: float) -> Image:
    """A red block whose left edge tells the time."""
    image = plain(660, 64)
    block(image, (10 + SPEED * time, 16, 30 + SPEED * time, 48), RED)
    return image


def told_by_picture(image: Image) -> float:
    red = (image[20:44, :, 0].astype(int) - image[20:44, :, 1]).mean(0) > 90
    return float((np.flatnonzero(red)[0] - 10) / SPEED)


def textured(time: float) -> Image:
    """Moving texture, so that every packet has something to lose."""
    noise = np.random.default_rng(3).integers(0, 255, (96, 400, 3), np.uint8)
    return np.ascontiguousarray(cv2.GaussianBlur(noise, (5, 5), 0)[:, int(time * 30) : int(time * 30) + 160])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("clip") / "gate 1.mp4", regular(30, 90), moving)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("rich") / "rich.mp4"
    return write_video(
        where, regular(30, 90), textured, options={"bf": "2"}, container_options={"movflags": "faststart"}
    )


# probe


def test_what_is_known_of_a_file_before_it_is_decoded(clip: Path) -> None:
    started = datetime(2024, 5, 1, 12, tzinfo=UTC)
    info = probe(clip, started_at=started)
    assert (info.width, info.height, info.rotation, info.codec) == (660, 64, 0, "h264")
    assert info.duration_s == pytest.approx(3.0, abs=0.05)
    assert info.fps == pytest.approx(30, abs=0.1)
    assert info.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert info.size_bytes == clip.stat().st_size
    assert (info.camera, info.started_at, info.path) == ("gate 1", started, clip)


def test_the_path_is_absolute_and_the_camera_may_be_named(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clip.parent)
    info = probe("gate 1.mp4", camera="north")
    assert (info.camera, info.path) == ("north", clip)


def test_a_name_that_is_no_text(clip: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4")
    Path(odd).write_bytes(clip.read_bytes())
    with Footage(odd) as footage:
        assert sum(1 for _ in footage.frames(5)) == 15


def test_tags_that_are_no_text(tmp_path: Path) -> None:
    path = write_video(tmp_path / "tagged.mp4", regular(30, 5), moving, tags={"title": "caf\u00e9"})
    data = path.read_bytes()
    assert data.count("caf\u00e9".encode()) == 1
    path.write_bytes(data.replace("caf\u00e9".encode(), b"caf\xe9\xff"))
    assert probe(path).camera == "tagged"


def cut_off(clip: Path) -> bytes:
    return clip.read_bytes()[:-2000]  # the index lies at the end


WRONG = {
    "missing.mp4": (None, FootageNotFound, "no such file"),
    "empty.mp4": (b"", NotAVideo, "is empty"),
    "notes.txt": (b"these are notes\n" * 50, NotAVideo, "not a video"),
    "notes.mp4": (b"these are notes\n" * 50, NotAVideo, "not a video"),
    "noise.mp4": (np.random.default_rng(0).bytes(50_000), NotAVideo, "not a video"),
    "noise.avi": (np.random.default_rng(1).bytes(50_000), NotAVideo, "not a video"),
    "zeros.mkv": (bytes(50_000), NotAVideo, "not a video"),
    "list.m3u8": (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nclip.ts\n#EXT-X-ENDLIST\n", NotAVideo, "not a video"),
    "list.ffconcat": (b"ffconcat version 1.0\nfile 'gate 1.mp4'\n", NotAVideo, "not a video"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_video_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    content, kind, reason = WRONG[name]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(kind, match=reason) as caught:
        probe(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    with pytest.raises(kind):
        Footage(path)


def test_a_folder_and_a_pipe_are_no_video(tmp_path: Path) -> None:
    with pytest.raises(NotAVideo, match="is a folder"):
        probe(tmp_path)
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(NotAVideo, match="not a regular file"):
        probe(tmp_path / "pipe.mp4")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_a_still_picture_is_no_video_and_the_way_on_is_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"face{suffix}"
    cv2.imwrite(str(path), textured(0))
    for name in (path, path.rename(tmp_path / "face.mp4")):
        with pytest.raises((NotAVideo, FootageNotFound), match=r"query --image|no such file"):
            probe(name)


def test_a_recording_whose_index_was_never_written(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(cut_off(clip))
    with pytest.raises(NotAVideo, match=r"no index \(moov atom\).*cut off"):
        probe(path)


def test_sound_only(tmp_path: Path) -> None:
    with pytest.raises(NoVideoStream, match="sound only"):
        probe(write_sound(tmp_path / "talk.mp4"))
    with pytest.raises(NoVideoStream, match="sound only"):
        probe(write_sound(tmp_path / "talk.mp2"))


def test_the_picture_of_a_cover_is_no_video(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "song.mp3", cover=plain(64, 64, RED))
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1  # or the test would show nothing
    with pytest.raises(NoVideoStream, match="sound only"):
        probe(path)


def test_a_video_without_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "none.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    with pytest.raises(EmptyFootage, match="not a single frame"):
        probe(path)


def test_a_video_of_which_no_frame_is_left(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "ruin.mp4"
    path.write_bytes(clip.read_bytes())
    damage(path, range(len(packets(path))), keep=0)
    with pytest.raises(EmptyFootage, match="not a single frame"):
        probe(path)
    with Footage(path) as footage:
        assert list(footage.frames()) == []
        assert footage.corrupt_packets > 0


# frames


def test_each_frame_is_the_one_that_is_shown_at_its_time(clip: Path) -> None:
    with Footage(clip) as footage:
        frames = list(footage)
    assert [frame.index for frame in frames] == list(range(90))
    assert [frame.time_s for frame in frames] == pytest.approx(stamps(clip), abs=1e-9)
    for frame in frames:
        assert told_by_picture(frame.image) == pytest.approx(frame.time_s, abs=FINE)


def test_sampling_takes_five_frames_a_second(clip: Path) -> None:
    with Footage(clip) as footage:
        frames = list(footage.frames(5))
    assert [frame.index for frame in frames] == list(range(0, 90, 6))
    assert footage.frames_decoded == 90
    assert footage.end_s == pytest.approx(89 / 30)


def test_frames_that_are_not_looked_at_are_not_converted(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converted = []
    whole = video._ToRgb.__call__
    monkeypatch.setattr(video._ToRgb, "__call__", lambda self, frame: converted.append(frame) or whole(self, frame))
    with Footage(clip) as footage:
        assert len(list(footage.frames(2))) == len(converted) == 6


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_variable_frame_rate(tmp_path: Path, suffix: str) -> None:
    gaps = np.random.default_rng(5).choice([1 / 60, 1 / 30, 0.1, 0.35], 60)
    times = np.round(np.cumsum(gaps) * 0.3, 3).tolist()
    path = write_video(tmp_path / f"vfr{suffix}", times, moving)
    expected = np.subtract(times, times[0])
    with Footage(path) as footage:
        frames = list(footage)
    assert [frame.time_s for frame in frames] == pytest.approx(expected, abs=0.001)
    for frame, shown in zip(frames, times, strict=True):
        assert told_by_picture(frame.image) == pytest.approx(shown, abs=FINE)
    with Footage(path) as footage:
        sampled = [frame.index for frame in footage.frames(5)]
    due = {int(np.argmax(expected >= tick - 0.001)) for tick in np.arange(0, expected[-1], 0.2)}
    assert sampled == sorted(due)


def corners() -> Image:
    image = plain(96, 64)
    block(image, (0, 0, 48, 32), RED)  # top left
    block(image, (48, 0, 96, 32), GREEN)  # top right
    block(image, (0, 32, 48, 64), BLUE)  # bottom left
    return image


TURNS = {  # display matrix (a, b, c, d) -> the upright picture
    (1, 0, 0, 1): lambda image: image,
    (0, 1, -1, 0): lambda image: np.rot90(image, -1),  # as a telephone held upright writes it
    (-1, 0, 0, -1): lambda image: np.rot90(image, 2),
    (0, -1, 1, 0): lambda image: np.rot90(image, 1),
    (-1, 0, 0, 1): np.fliplr,
    (1, 0, 0, -1): np.flipud,
    (0, 1, 1, 0): lambda image: image.transpose(1, 0, 2),
}


@pytest.mark.parametrize("matrix", TURNS)
def test_rotation_is_honoured(matrix: tuple[int, int, int, int], tmp_path: Path) -> None:
    path = set_matrix(write_video(tmp_path / "phone.mp4", regular(30, 24), lambda _: corners()), *matrix)
    upright = TURNS[matrix](corners())
    info = probe(path)
    assert (info.height, info.width) == upright.shape[:2]
    with Footage(path) as footage:
        frames = list(footage.frames(5))
    assert len(frames) == 4
    for frame in frames:
        assert frame.image.shape == upright.shape
        assert frame.image.flags.c_contiguous
        assert np.abs(frame.image.astype(int) - upright).mean() < 8


def test_degrees_are_clockwise(tmp_path: Path) -> None:
    path = write_video(tmp_path / "phone.mp4", regular(30, 3), lambda _: corners())
    assert probe(set_matrix(path, 0, 1, -1, 0)).rotation == 90
    assert probe(set_matrix(path, 0, -1, 1, 0)).rotation == 270


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (1, 480), (641, 33), (7680, 4320)])
def test_odd_sizes(width: int, height: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.mov"
    codec, pix_fmt = ("libx264", "yuv420p") if width > 1000 else ("png", "rgb24")
    picture = plain(width, height, GREEN)
    count = 1 if width > 1000 else 2
    write_video(path, regular(10, count), lambda _: picture, codec=codec, pix_fmt=pix_fmt)
    info = probe(path)
    assert (info.width, info.height) == (width, height)
    with Footage(path) as footage:
        frames = list(footage)
    assert [frame.image.shape for frame in frames] == [(height, width, 3)] * count
    assert np.abs(frames[-1].image[-1, -1].astype(int) - GREEN).max() < 12


def test_colours_keep_their_place(tmp_path: Path) -> None:
    path = write_video(tmp_path / "red.mp4", regular(10, 2), lambda _: plain(64, 64, RED))
    with Footage(path) as footage:
        pixel = next(footage.frames()).image[32, 32].astype(int)
    assert np.abs(pixel - RED).max() < 12


# damage


def test_damage_in_the_middle_is_counted_and_passed_over(rich: Path, tmp_path: Path) -> None:
    path = tmp_path / "hurt.mp4"
    path.write_bytes(rich.read_bytes())
    damage(path, [20, 21, 40, 55])
    with Footage(path) as footage:
        frames = list(footage)
    assert footage.corrupt_packets == 4
    assert len(frames) == 86
    assert frames[-1].time_s == pytest.approx(89 / 30)
    with Footage(rich) as footage:
        whole = {frame.index: frame.image for frame in footage}
        assert footage.corrupt_packets == 0
    last_key = max(i for i, packet in enumerate(packets(path)) if packet[2])
    for frame in frames:  # before the damage, and from the next key frame on, nothing is changed
        if frame.index < 17 or frame.index >= last_key + 3:  # packets stand in another order than frames
            assert np.array_equal(frame.image, whole[frame.index])


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "libx264"), (".ts", "libx264"), (".avi", "mpeg4")])
def test_damaged_footage_gives_the_same_frames_every_time(suffix: str, codec: str, tmp_path: Path) -> None:
    path = write_video(
        tmp_path / f"hurt{suffix}", regular(30, 90), textured, codec=codec, options={"bf": "2"}, clock=Fraction(1, 30)
    )
    damage(path, [12, 13, 31, 47, 48, 49, 70], keep=40)
    seen = set()
    for _ in range(4):
        with Footage(path) as footage:
            digest = hashlib.sha256()
            for frame in footage.frames(10):
                digest.update(frame.image.tobytes() + str((frame.index, frame.time_s)).encode())
            seen.add((digest.hexdigest(), footage.frames_decoded, footage.corrupt_packets))
    assert len(seen) == 1
    assert seen.pop()[2] > 0


def test_one_thread_and_several_see_the_same_damage(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hurt.mp4"
    path.write_bytes(rich.read_bytes())
    damage(path, [5, 33, 60])
    seen = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(video, "_THREADS", threads)
        with Footage(path) as footage:
            seen.append([(f.index, f.time_s, f.image.tobytes()) for f in footage.frames(15)])
            seen[-1].append((footage.frames_decoded, footage.corrupt_packets, b""))
    assert seen[0] == seen[1] == seen[2]


def test_a_copy_that_was_cut_short_is_decoded_as_far_as_it_goes(rich: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.mp4"
    at, size, _ = packets(rich)[50]
    path.write_bytes(rich.read_bytes()[: at + size // 2])
    assert probe(path).duration_s == pytest.approx(3.0, abs=0.05)
    with Footage(path) as footage:
        frames = list(footage)
    assert 48 <= len(frames) <= 51
    assert footage.corrupt_packets >= 1
    assert footage.end_s < 1.8


def test_recordings_that_were_joined(tmp_path: Path) -> None:
    """Their clock starts again in the middle, and so does their size."""
    first = write_video(tmp_path / "1.ts", regular(25, 50), textured)
    second = write_video(tmp_path / "2.ts", regular(25, 50), lambda t: np.ascontiguousarray(textured(t)[:64, :128]))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    with Footage(joined) as footage:
        frames = list(footage)
    times = [frame.time_s for frame in frames]
    assert len(frames) >= 98
    assert np.diff(times) == pytest.approx(0.04, abs=0.03)
    assert {frame.image.shape for frame in frames} == {(96, 160, 3)}


def test_libav_keeps_silent(rich: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hurt.mp4"
    path.write_bytes(rich.read_bytes())
    damage(path, range(3, 60, 4))
    with Footage(path) as footage:
        assert len(list(footage.frames(5))) > 5
    with pytest.raises(NotAVideo):
        probe(Path(__file__))
    assert capfd.readouterr() == ("", "")


def test_a_file_that_changes_or_vanishes_is_noticed(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "live.mp4"
    path.write_bytes(clip.read_bytes())
    with Footage(path) as footage:
        footage.check_unchanged()
        with path.open("ab") as file:
            file.write(b"more")
        with pytest.raises(FootageError, match="changed while it was read"):
            footage.check_unchanged()
        path.unlink()
        with pytest.raises(FootageNotFound, match="vanished"):
            footage.check_unchanged()
