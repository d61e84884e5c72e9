"""`reidpipe evaluate`: measure checkpoints on data sets, by their published protocols."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from click.core import ParameterSource

from pipeline.cli import options


@click.command()
@click.argument("checkpoints", metavar="[CHECKPOINT]...", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--data",
    multiple=True,
    metavar="NAME:PATH",
    help="Search by picture: market1501, cuhk03_labeled, cuhk03_detected, msmt17, viper, prid or grid; repeat.",
)
@click.option(
    "--captions",
    multiple=True,
    metavar="NAME:JSON",
    help="Search by sentence: cuhk_pedes, icfg_pedes or rstp_reid; repeat.",
)
@options.pictures
@click.option("--rerank", is_flag=True, help="Also re-rank picture searches by k-reciprocal neighbours.")
@click.option("--as-typed", is_flag=True, help="Give networks the captions as they stand, not as they are read.")
@click.option("--robust", is_flag=True, help="Also search by pictures that footage has spoilt, in nine ways.")
@click.option(
    "--keypoints",
    type=click.Path(path_type=Path),
    metavar="NPZ",
    help="Body keypoints of the pictures: strips are placed by them.",
)
@click.option(
    "--shortlist",
    type=click.IntRange(1),
    metavar="N",
    help="A matcher judges only the N best pictures of a first search.  [default: all]",
)
@click.option(
    "--first",
    type=click.Path(path_type=Path),
    metavar="CHECKPOINT",
    help="Makes the short list.  [default: the shipped text search]",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a report with curves: FILE.html, or FILE.md with its plots beside it.",
)
@click.option("--runtime", type=click.Choice(["auto", "torch", "openvino"]), default="auto", show_default=True)
@click.option("--batch", type=click.IntRange(1), default=64, show_default=True, help="Pictures at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def evaluate(
    context: click.Context,
    checkpoints: tuple[Path, ...],
    data: tuple[str, ...],
    captions: tuple[str, ...],
    pictures: tuple[Path, ...],
    rerank: bool,
    as_typed: bool,
    robust: bool,
    keypoints: Path | None,
    shortlist: int | None,
    first: Path | None,
    report: Path | None,
    runtime: str,
    batch: int,
    as_json: bool,
) -> None:
    """Measure encoders and matchers: rank-1/5/10, mAP and mINP with 95 % intervals over people.

    CHECKPOINT is a folder that `reidpipe train` wrote, or `histogram` for a colour histogram; several are compared.
    Without one the weights that ship are measured.

    \b
    Examples:
      reidpipe evaluate --data market1501:data/market1501 --rerank
      reidpipe evaluate runs/a runs/b --data viper:data/peta --report out.html
      reidpipe evaluate --data viper:data/peta --robust
      reidpipe evaluate --captions cuhk_pedes:data/caption_val.json --pictures data
      reidpipe evaluate runs/matcher --captions rstp_reid:data/data_captions.json --shortlist 50
    """
    from pipeline.cli import render_figures
    from pipeline.errors import ConfigError, ModelError
    from reid.checkpoint import CheckpointError
    from reid.data.keypoints import KeypointStore
    from reid.evaluation.captions import open_caption_trial
    from reid.evaluation.jobs import Settings, jobs
    from reid.evaluation.protocols import open_trial

    if not data and not captions:
        raise click.UsageError("nothing to measure on: give --data NAME:PATH or --captions NAME:JSON")
    for_pictures = ((rerank, "--rerank", data), (robust, "--robust", data))
    for given, name, wanted in (*for_pictures, (shortlist or first, "--shortlist and --first", captions)):
        if given and not wanted:
            raise click.UsageError(f"{name}: needs --{'data' if wanted is data else 'captions'}")
    if robust and keypoints is not None:
        raise click.UsageError("--robust: keypoints do not move with a picture that is cut; leave out --keypoints")
    if first is not None and shortlist is None:
        raise click.UsageError("--first makes a short list: give --shortlist N too")
    try:
        # every folder is looked at before anything is encoded
        if report is not None:
            _check_report(report)
        trials = [open_trial(*options.named_path("--data", text)) for text in data]
        caption_trials = [open_caption_trial(*options.named_path("--captions", text), pictures) for text in captions]
        poses = None if keypoints is None else KeypointStore.load(keypoints)
        settings = Settings(runtime, batch, poses, rerank, shortlist, first, robust, as_typed)
        entries = render_figures.run_with_progress(jobs(checkpoints, trials, caption_trials, settings))
    except CheckpointError as error:
        raise ModelError(str(error)) from None
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(str(error)) from None
    render_figures.show(entries, as_json=as_json)
    if report is not None:
        render_figures.write(report, entries, _command(context))


def _check_report(path: Path) -> None:
    from reid.evaluation.report import FORMATS

    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"--report {path}: a report ends in .html or .md")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"--report: {path.absolute().parent}: no such folder")


def _command(context: click.Context) -> str:
    """The command line as it was given, for the report."""
    words = ["reidpipe", "evaluate"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(parameter, click.Option):
                words.append(parameter.opts[0])
            if each is not True:
                words.append(str(each))
    return shlex.join(words)
