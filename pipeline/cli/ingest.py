"""`reidpipe ingest`: footage in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import DEBUG_VARIABLE, options

if TYPE_CHECKING:
    from pipeline.cli.render_ingest import Display
    from pipeline.cli.stopping import Stop
    from pipeline.config import Settings
    from pipeline.errors import ReidpipeError
    from pipeline.ingest_report import IngestResult


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--camera", help="Name of the camera of all these files.  [default: each file's name]")
@click.option("--started-at", metavar="TIME", help="When the footage began, such as 2025-05-01T14:30:00+02:00.")
@click.option("--fps", type=float, help="Frames to look at in each second of footage.  [default: 5]")
@click.option("--confidence", type=float, help="Least confidence of a person, 0 to 1.  [default: 0.25]")
@click.option("--detector", help="Name or path of Ultralytics weights, or module:function.  [default: yolo26n]")
@click.option("--tracker", help="bytetrack, botsort, or module:function.  [default: bytetrack]")
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for another ingest into the same gallery.  [default: do not wait]",
)
@options.encoder
@options.align
@options.runtime
@options.config
@options.gallery
@options.as_json
@click.pass_context
def ingest(
    ctx: click.Context,
    paths: tuple[str, ...],
    camera: str | None,
    started_at: str | None,
    fps: float | None,
    confidence: float | None,
    detector: str | None,
    tracker: str | None,
    wait: float,
    encoders: tuple[Path, ...],
    align: str | None,
    runtime: str | None,
    config: Path | None,
    gallery: Path | None,
    as_json: bool,
) -> None:
    """Find the people in footage and keep them in a gallery.

    A PATH is a video file, a folder (all videos in and below it), or a pattern such as 'cam*/2025-*.mp4'. The same
    bytes are never ingested twice. Ctrl-C ends after the batch in work; the same command then goes on from there, as
    it does after a crash. A file that cannot be used is told, and the others go on.

    \b
    Examples:
      reidpipe ingest entrance.mp4 yard.mp4
      reidpipe ingest recordings/ --fps 10
      reidpipe ingest door.mp4 --camera "front door" --started-at 2025-05-01T14:30:00

    Leaves with 0 if all is in the gallery, 3 if some footage could not be used, 130 after Ctrl-C.
    """
    from pipeline.cli import render
    from pipeline.cli.render_ingest import open_display, summary
    from pipeline.cli.stopping import Stop
    from pipeline.config import load_settings
    from pipeline.video_paths import find_footage

    chosen = {
        "sampling": {"fps": fps},
        "detector": {"name": detector, "confidence": confidence, "runtime": runtime},
        "tracker": {"name": tracker},
        "encoders": options.encoder_settings(encoders, align, runtime),
        "gallery": gallery,
    }
    settings = load_settings(config, chosen)
    began = _moment(started_at)
    files, errors = find_footage(paths)
    job = _Job(settings, camera, began, wait, files, errors)
    with open_display(plain=as_json) as display, Stop(display.stopping) as stop:
        outcomes = list(job.run(display, stop))
    if as_json:
        render.as_json({"gallery": str(settings.gallery_path), "footage": [o.as_dict() for o in outcomes]})
    else:
        summary(outcomes, settings.gallery_path)
    if job.fatal is not None:
        raise job.fatal
    if any(outcome.error for outcome in outcomes):
        ctx.exit(3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one path: a result, or the reason why there is none."""

    name: str
    result: IngestResult | None = None
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain JSON types."""
        if self.result is None:
            return {"path": self.name, "status": "failed", "error": self.error}
        result, info = self.result, self.result.footage.info
        return {
            "path": self.name,
            "status": result.status,
            "footage_id": result.footage.id,
            "camera": info.camera,
            "tracklets": result.tracklets,
            "frames_sampled": result.frames_sampled,
            "frames_decoded": result.frames_decoded,
            "corrupt_packets": result.corrupt_packets,
            "seconds": round(result.seconds, 3),
            "wall_s": round(result.wall_s, 3),
            "notices": list(result.notices),
        }


class _Job:
    """All files of one command. `fatal` is what ended it before its last file, if something did."""

    def __init__(
        self,
        settings: Settings,
        camera: str | None,
        started_at: datetime | None,
        wait_s: float,
        files: list[Path],
        errors: list[Any],
    ) -> None:
        self._settings, self._camera, self._started_at, self._wait_s = settings, camera, started_at, wait_s
        self._files, self._errors = files, errors
        self.fatal: ReidpipeError | None = None

    def run(self, display: Display, stop: Stop) -> Iterator[Outcome]:
        from pipeline.errors import FootageError, Interrupted, ReidpipeError
        from pipeline.video import probe

        for error in self._errors:
            display.failed(str(error))
            yield Outcome(str(error).partition(": ")[0], error=str(error))
        with ExitStack() as opened:
            ingestor = None
            for number, path in enumerate(self._files, 1):
                try:
                    if stop.asked:
                        raise Interrupted(f"stopped before {path.name}; run the same command again to go on")
                    info = probe(path, self._camera, self._started_at)
                    # a gallery is made, and networks are loaded, once there is something to put in
                    if ingestor is None:
                        display.preparing()
                        ingestor = self._open(opened)
                    display.begin(info, number, len(self._files))
                    result = ingestor.ingest(info, display.progress, lambda: stop.asked)
                    display.done(result)
                    yield Outcome(str(path), result)
                except FootageError as error:
                    display.failed(str(error))
                    yield Outcome(str(path), error=str(error))
                except ReidpipeError as error:
                    # whatever concerns the gallery or a network concerns the other files as well
                    display.failed(None)
                    self.fatal = error
                    return
                except Exception as error:  # a fault that one odd file brings to light must not cost the others
                    if os.environ.get(DEBUG_VARIABLE):
                        raise
                    reason = f"{path}: unexpected {type(error).__name__}: {' '.join(str(error).split())}"
                    display.failed(reason)
                    yield Outcome(str(path), error=reason)

    def _open(self, opened: ExitStack) -> Any:
        from pipeline.assemble import build_gallery, build_ingestor

        gallery = opened.enter_context(build_gallery(self._settings, create=True))
        opened.enter_context(gallery.writer(self._wait_s))
        return build_ingestor(self._settings, gallery)


def _moment(text: str | None) -> datetime | None:
    from pipeline.cli.times import parse_date
    from pipeline.errors import ConfigError

    if text is None:
        return None
    try:
        return parse_date(text)
    except ValueError as error:
        raise ConfigError(f"--started-at: {error}") from None
