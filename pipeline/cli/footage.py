"""`reidpipe footage`: what has been ingested."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options

if TYPE_CHECKING:
    from pipeline.gallery import Gallery
    from pipeline.types import FootageRecord


@click.group()
def footage() -> None:
    """List, show or remove the footage of a gallery.

    \b
    Examples:
      reidpipe footage list
      reidpipe footage show entrance.mp4
      reidpipe footage remove 3 --yes
    """


@footage.command("list")
@options.gallery
@options.as_json
def list_(gallery: Path | None, as_json: bool) -> None:
    """List all footage of the gallery."""
    from pipeline.cli import render

    with closing(_open(gallery, read_only=True)) as opened:
        records = opened.footage()
    if as_json:
        render.as_json([plain(record) for record in records])
    elif records:
        render.footage_list(records)
    else:
        render.say("no footage yet")


@footage.command()
@click.argument("which")
@options.gallery
@options.as_json
def show(which: str, gallery: Path | None, as_json: bool) -> None:
    """Tell everything about one footage.

    WHICH is its number, its file name, or the first letters of its SHA-256.
    """
    from pipeline.cli import render, times

    with closing(_open(gallery, read_only=True)) as opened:
        record = opened.get_footage(which)
    if as_json:
        render.as_json(plain(record))
        return
    info = record.info
    render.facts({
        "id": str(record.id),
        "file": str(info.path) + ("" if info.path.exists() else "  (no longer there)"),
        "sha256": info.sha256,
        "camera": info.camera,
        "started": times.wall(info.started_at) or "unknown (give --started-at when ingesting)",
        "length": "unknown" if info.duration_s is None else times.clock(round(info.duration_s)),
        "picture": f"{info.width}x{info.height}, {info.codec}"
        + (f", {info.fps:.4g} frames/s" if info.fps else "")
        + (f", turned by {info.rotation} degrees" if info.rotation else ""),
        "people": str(record.tracklets),
        "frames": f"{record.frames_done} looked at"
        + ("" if record.frames_decoded is None else f" of {record.frames_decoded}"),
        "corrupt packets": str(record.corrupt_packets),
        "state": render.state(record).plain,
        "added": times.wall(record.added_at.astimezone()),
    })  # fmt: skip


@footage.command()
@click.argument("which")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.gallery
@options.as_json
def remove(which: str, yes: bool, gallery: Path | None, as_json: bool) -> None:
    """Remove one footage from the gallery, with everybody seen in it.

    WHICH is its number, its file name, or the first letters of its SHA-256. Rows, vectors and pictures are erased;
    the video file itself is not touched.
    """
    from pipeline.cli import render

    with closing(_open(gallery)) as opened:
        record = opened.get_footage(which)
        if not yes:
            name = render.printable(record.info.path.name)
            question = (
                f"Remove {name} of camera {render.printable(record.info.camera)} and {_people(record.tracklets)}?"
            )
            click.confirm(question, abort=True, err=True)
        with opened.writer():
            removed = opened.remove(record.id)
    if as_json:
        render.as_json({"removed": plain(record), "tracklets": removed})
    else:
        render.say(f"removed {record.info.path.name} and {_people(removed)}")


def _people(tracklets: int) -> str:
    return "1 tracklet" if tracklets == 1 else f"{tracklets} tracklets"


def _open(folder: Path | None, *, read_only: bool = False) -> Gallery:
    from pipeline.assemble import build_gallery
    from pipeline.config import load_settings

    return build_gallery(load_settings(None, {"gallery": folder}), read_only=read_only)


def plain(record: FootageRecord) -> dict[str, Any]:
    """A footage as plain JSON types."""
    info = record.info
    return {
        "id": record.id,
        "path": str(info.path),
        "sha256": info.sha256,
        "camera": info.camera,
        "started_at": None if info.started_at is None else info.started_at.isoformat(),
        "duration_s": info.duration_s,
        "width": info.width,
        "height": info.height,
        "rotation": info.rotation,
        "codec": info.codec,
        "fps": info.fps,
        "complete": record.complete,
        "frames_done": record.frames_done,
        "frames_decoded": record.frames_decoded,
        "seconds_done": record.seconds_done,
        "corrupt_packets": record.corrupt_packets,
        "tracklets": record.tracklets,
        "added_at": record.added_at.isoformat(),
    }
