"""Makes small video files for the tests, with PyAV: what is in each frame, and when it is shown, is known."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

CLOCK = Fraction(1, 90000)  # stamps of the files made here: fine enough for any time that a test asks for
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 40), (30, 60, 220)
GREY = (128, 128, 128)


def regular(fps: float, count: int) -> list[float]:
    """`count` times at `fps` a second."""
    return [index / fps for index in range(count)]


def plain(width: int, height: int, colour: tuple[int, int, int] = GREY) -> Image:
    """A picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def block(image: Image, box: Sequence[float], colour: tuple[int, int, int]) -> None:
    """Paint a rectangle of one colour with a darker half, so that it is not without texture."""
    x1, y1, x2, y2 = (round(v) for v in box)
    x1, y1 = max(x1, 0), max(y1, 0)
    image[y1:y2, x1:x2] = colour


def write_video(
    path: Path,
    times: Sequence[float],
    paint: Callable[[float], Image],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    gop: int = 12,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    clock: Fraction = CLOCK,
    tags: dict[str, str] | None = None,
) -> Path:
    """Write a video whose frame at each time is `paint(time)`.

    Args:
        path: where; its suffix picks the container.
        times: seconds, ascending.
        paint: the picture of a time, all of one size.
        codec: encoder.
        pix_fmt: pixel format.
        gop: frames from one key frame to the next.
        options: of the encoder.
        container_options: of the muxer.
        clock: time base of the stamps.
        tags: of the file, such as its title.
    """
    first = paint(times[0])
    quality = {"crf": "12", "preset": "ultrafast", "threads": "1"} if codec == "libx264" else {}
    with av.open(str(path), "w", options=container_options or {}) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=30, options=quality | (options or {}))
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], pix_fmt
        stream.codec_context.gop_size = gop
        stream.codec_context.time_base = clock
        for time in times:
            frame = av.VideoFrame.from_ndarray(paint(time), format="rgb24")
            frame.pts, frame.time_base = round(time / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path, seconds: float = 1.0, *, cover: Image | None = None) -> Path:
    """Write a file with sound and, at most, the picture of a cover."""
    rate = 44100
    with av.open(str(path), "w") as container:
        stream = container.add_stream({".mp2": "mp2", ".mp3": "libmp3lame"}.get(path.suffix, "aac"), rate=rate)
        stream.layout = "stereo"
        picture = None
        if cover is not None:
            picture = container.add_stream("mjpeg")
            picture.width, picture.height, picture.pix_fmt = cover.shape[1], cover.shape[0], "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic.value
            container.mux(picture.encode(av.VideoFrame.from_ndarray(cover, format="rgb24")))
            container.mux(picture.encode(None))
        for start in range(0, int(seconds * rate), 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def set_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write a display matrix (ISO/IEC 14496-12, 6.2.2) into the track header of an MP4 file."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # behind version, flags, times, id, duration, layer, group and volume
    one = 1 << 16
    struct.pack_into(">9i", data, at, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def packets(path: Path) -> list[tuple[int, int, bool]]:
    """Position in the file, size and whether it is a key frame, for every packet of the video, in order."""
    with av.open(str(path)) as container:
        return [(p.pos, p.size, p.is_keyframe) for p in container.demux(video=0) if p.size and p.pos is not None]


def damage(path: Path, which: Iterable[int], *, keep: int = 8, seed: int = 0) -> Path:
    """Overwrite the contents of some packets with noise, all but their first `keep` bytes."""
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(seed)
    listed = packets(path)
    for index in which:
        at, size, _ = listed[index]
        data[at + keep : at + size] = noise.integers(0, 256, size - keep, np.uint8).tobytes()
    path.write_bytes(data)
    return path


def stamps(path: Path) -> list[float]:
    """The times of all frames by PyAV's plain decoding loop: what the file says, seconds since its first frame."""
    with av.open(str(path)) as container:
        found = [frame.pts * frame.time_base for frame in container.decode(video=0)]
    return [float(stamp - found[0]) for stamp in found]
