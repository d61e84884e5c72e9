"""Every frame of an open video that can be decoded, over damage in the file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_GIVE_UP = 100  # reads that fail in a row: the rest of the file is beyond reach


def decode(container: InputContainer, stream: VideoStream, damaged: Callable[[], None]) -> Iterator[VideoFrame]:
    """The frames of a stream in order of presentation.

    Args:
        container: just opened.
        stream: one of its streams.
        damaged: is called for each packet that cannot be read or decoded; the frames go on behind it.
    """
    for packet in _packets(container, stream, damaged):
        try:
            yield from packet.decode()
        except (av.error.FFmpegError, EOFError):
            damaged()
    try:
        yield from stream.decode(None)
    except (av.error.FFmpegError, EOFError):
        return  # flushed before, by the empty packet that the demuxer ends with


def _packets(
    container: InputContainer, stream: VideoStream, damaged: Callable[[], None]
) -> Iterator[Packet[VideoStream]]:
    failures = 0
    while failures < _GIVE_UP:
        try:
            for packet in container.demux(stream):
                failures = 0
                yield packet
        except (av.error.FFmpegError, EOFError):
            damaged()
            failures += 1  # the demuxer stands behind the damage now: go on from there
        else:
            return


class Damaged(Exception):
    """Raised by `decode_intact` where the damage begins."""


def decode_intact(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """The frames of a stream as far as nothing before or beside them is damaged.

    Several threads make different pictures of damaged frames from one time to the next, so that only what is intact
    may come from them. A damaged frame can be the model of frames that are shown before it: as many as the stream
    may be reordered by are held back until the ones after them are seen to be sound.

    Raises:
        Damaged: at the first sign of damage; the frame that comes next must be had from `decode` on one thread.
    """

    def damaged() -> None:
        raise Damaged

    held: deque[VideoFrame] = deque()
    for frame in _sound(decode(container, stream, damaged)):
        held.append(frame)
        while len(held) > stream.codec_context.reorder_depth + 1:
            yield held.popleft()
    yield from held


def _sound(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    for frame in frames:
        if frame.is_corrupt:
            raise Damaged
        yield frame
