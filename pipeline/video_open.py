"""Opening a video file, with a clear word on why one cannot be opened; and which way up its frames are."""

from __future__ import annotations

import functools
import math
import stat
import struct
from pathlib import Path
from typing import Any

import av
import av.error
import av.logging
import cv2
import numpy as np
from av.buffer import Buffer
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipeline.errors import FootageError, FootageNotFound, NotAVideo, NoVideoStream
from pipeline.types import Image

# Play lists and the like make the demuxer open other files or addresses than the one that was given; "tty" takes
# any text file for an animation.
_REFUSED = {"hls", "dash", "concat", "imf", "sdp", "rtsp", "rtp", "sap", "lavfi", "webm_dash_manifest", "tty", "fifo"}
_PICTURES = {"image2", "ico", "avif", "webp", "jpegxl"}  # besides jpeg_pipe, png_pipe and their kind
# tags that are no text; from PyAV 19 on they are always let pass
_TAGS: Any = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
_QUARTERS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file for decoding.

    Args:
        path: the file, absolute.

    Returns:
        The open container, to be closed by the caller, and its main video stream.

    Raises:
        FootageNotFound: if there is no such file.
        NotAVideo: if it is a folder, empty, a still picture or not media at all, or its index is cut off.
        NoVideoStream: if it holds sound only; a picture of the cover is no video.
        FootageError: if it may not be read.
    """
    _check_file(path)
    # libav's own opinion of a file stays unheard; what matters of it is raised or counted. No level of PyAV's logging
    # would do: at all of them its callback wants the GIL, and a decoder's thread that speaks while the main thread
    # frees that decoder waits for ever.
    av.logging.set_level(None)
    try:
        container = av.open(
            str(path),
            "r",
            options={"protocol_whitelist": "file", "format_whitelist": _formats()},
            **_TAGS,
        )
    except PermissionError as error:
        raise FootageError(f"{path}: may not be read (permission denied)") from error
    except FileNotFoundError as error:
        raise FootageNotFound(f"{path}: no such file") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _why_unreadable(path) from error
    try:
        return container, _main_stream(path, container)
    except BaseException:
        container.close()
        raise


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise FootageNotFound(f"{path}: no such file") from error
    except OSError as error:
        raise FootageError(f"{path}: cannot be read ({error.strerror})") from error
    if stat.S_ISDIR(status.st_mode):
        raise NotAVideo(f"{path}: is a folder, not a video file")
    if not stat.S_ISREG(status.st_mode):
        raise NotAVideo(f"{path}: is not a regular file")
    if status.st_size == 0:
        raise NotAVideo(f"{path}: is empty (0 bytes)")


@functools.cache
def _formats() -> str:
    return ",".join(sorted(av.formats_available - _REFUSED))


def _main_stream(path: Path, container: InputContainer) -> VideoStream:
    names = container.format.name.split(",")
    if any(name in _PICTURES or name.endswith("_pipe") for name in names):
        raise _still_picture(path)
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        if container.streams.audio:
            raise NoVideoStream(f"{path}: holds sound only, no video")
        raise NoVideoStream(f"{path}: holds no video ({container.format.long_name})")
    best = container.streams.best("video")
    stream = next((s for s in moving if best is not None and s.index == best.index), moving[0])
    if stream.disposition & Disposition.still_image:
        raise _still_picture(path)
    if stream.codec_context is None:
        raise NotAVideo(f"{path}: its video is coded in a way that no decoder here understands")
    return stream


def _still_picture(path: Path) -> NotAVideo:
    return NotAVideo(
        f"{path}: is a still picture, not a video; to search for who is in it use `reidpipe query --image`"
    )


def _why_unreadable(path: Path) -> FootageError:
    atoms = _atoms(path)
    if atoms and "moov" not in atoms:
        return NotAVideo(
            f"{path}: has no index (moov atom), perhaps the recording was cut off; "
            "untrunc can rebuild it with the help of an intact recording of the same camera"
        )
    return NotAVideo(f"{path}: is not a video that can be decoded")


def _atoms(path: Path) -> list[str]:
    """The names of the top-level boxes of an MP4 or QuickTime file (ISO/IEC 14496-12, 4.2); [] for other files."""
    names: list[str] = []
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, name = struct.unpack(">I4s", head)
            if not names and name not in (b"ftyp", b"mdat", b"moov", b"wide", b"free", b"skip"):
                return []
            names.append(name.decode("latin-1"))
            body = size - 8
            if size == 1:  # a 64 bit size follows
                large = file.read(8)
                body = struct.unpack(">Q", large)[0] - 16 if len(large) == 8 else -1
            if body < 0:  # 0 reaches to the end of the file; less is damage
                break
            file.seek(body, 1)
    return names


def orientation(frame: VideoFrame, stream: VideoStream) -> tuple[int, bool]:
    """How a decoded frame is put upright: mirrored left to right first if so told, then turned.

    Read from the display matrix (ISO/IEC 14496-12, 6.2.2), or from the older tag "rotate".

    Returns:
        Degrees clockwise (0, 90, 180 or 270; other angles are rounded to these), and whether it is mirrored.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, Buffer):
        tag = stream.metadata.get("rotate", "0")
        return (_quarter(float(tag)) if tag.lstrip("-").isdecimal() else 0), False
    a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32).tolist()
    mirrored = a * d - b * c < 0
    return _quarter(math.degrees(math.atan2(-b, -a) if mirrored else math.atan2(b, a))), mirrored


def _quarter(degrees: float) -> int:
    return round(degrees / 90) % 4 * 90


def upright(image: Image, rotation: int, mirrored: bool) -> Image:
    """Turn a picture as `orientation` says."""
    if mirrored:
        image = np.ascontiguousarray(image[:, ::-1])
    if rotation:
        image = np.asarray(cv2.rotate(image, _QUARTERS[rotation]), np.uint8)
    return image
