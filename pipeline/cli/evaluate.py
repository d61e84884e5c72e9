"""`reidpipe evaluate`: measure an encoder on data sets, by their published protocols."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from reid.evaluation.captions import CaptionTrial
    from reid.evaluation.measure import Figures, Step
    from reid.evaluation.protocols import Trial

    Job = tuple[str, int, Callable[[Step], Figures]]  # what it is, how many encodings it takes, and the work


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path), required=False)
@click.option("--data", "data", multiple=True, metavar="NAME:PATH", help="market1501, viper, prid or grid; repeat.")
@click.option("--captions", multiple=True, metavar="NAME:JSON", help="cuhk_pedes; repeat.")
@click.option(
    "--pictures",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder with the pictures of the captions, if it is not the JSON's own; repeat.",
)
@click.option("--runtime", type=click.Choice(["auto", "torch", "openvino"]), default="auto", show_default=True)
@click.option("--batch", type=click.IntRange(1), default=64, show_default=True, help="Pictures at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate(
    checkpoint: Path | None,
    data: tuple[str, ...],
    captions: tuple[str, ...],
    pictures: tuple[Path, ...],
    runtime: str,
    batch: int,
    as_json: bool,
) -> None:
    """Measure an encoder: rank-1/5/10, mAP and mINP with 95 % intervals over people.

    CHECKPOINT is a folder that `reidpipe train` wrote; without one the weights that ship are measured.

    \b
    Examples:
      reidpipe evaluate --data market1501:data/market1501
      reidpipe evaluate runs/mine --data viper:data/peta --data prid:data/peta
      reidpipe evaluate --captions cuhk_pedes:data/caption_val.json --pictures data
    """
    from pipeline.cli import render_figures
    from pipeline.errors import ConfigError, ModelError
    from reid.checkpoint import CheckpointError
    from reid.evaluation.captions import open_caption_trial
    from reid.evaluation.protocols import open_trial

    if not data and not captions:
        raise click.UsageError("nothing to measure on: give --data NAME:PATH or --captions NAME:JSON")
    try:
        # every folder is looked at before anything is encoded
        trials = [open_trial(*_pair("--data", text)) for text in data]
        caption_trials = [open_caption_trial(*_pair("--captions", text), pictures) for text in captions]
        jobs = _picture_jobs(checkpoint, trials, runtime, batch) + _caption_jobs(
            checkpoint, caption_trials, runtime, batch
        )
        figures = render_figures.run_with_progress(jobs)
    except CheckpointError as error:
        raise ModelError(str(error)) from None
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(str(error)) from None
    render_figures.show(figures, as_json=as_json)


def _pair(option: str, text: str) -> tuple[str, Path]:
    """Name and path of a NAME:PATH."""
    name, colon, path = text.partition(":")
    if not colon or not name or not path:
        raise ValueError(f"{option} {text!r}: expected NAME:PATH, such as market1501:/data/market1501")
    return name, Path(path)


def _picture_jobs(checkpoint: Path | None, trials: list[Trial], runtime: str, batch: int) -> list[Job]:
    if not trials:
        return []
    from reid.evaluation.measure import measure
    from reid.registry import default_weights, open_encoder

    encoder = open_encoder(checkpoint or default_weights("appearance"), runtime=runtime)

    def job(trial: Trial) -> Job:
        size = len(trial.query) + len(trial.gallery)
        return trial.name, size, lambda on_step: measure(encoder, trial, batch=batch, on_step=on_step)

    return [job(trial) for trial in trials]


def _caption_jobs(checkpoint: Path | None, trials: list[CaptionTrial], runtime: str, batch: int) -> list[Job]:
    if not trials:
        return []
    from reid.evaluation.measure import measure_captions
    from reid.registry import default_weights, open_encoder, open_text_encoder

    folder = checkpoint or default_weights("language")
    texts = open_text_encoder(folder, runtime=runtime)
    encoder = open_encoder(folder, runtime=runtime)

    def job(trial: CaptionTrial) -> Job:
        size = len(trial.captions) + len(trial.gallery)
        return trial.name, size, lambda on_step: measure_captions(texts, encoder, trial, batch=batch, on_step=on_step)

    return [job(trial) for trial in trials]
