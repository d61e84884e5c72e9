"""`reidpipe calibrate`: fit how probable a checkpoint's hits are, and write it into its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import options

if TYPE_CHECKING:
    from reid.evaluation.calibrate import Calibrated


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("--data", multiple=True, metavar="NAME:PATH", help="Labelled people; which, see above; repeat.")
@click.option("--captions", metavar="NAME:JSON", help="For words: written captions, such as cuhk_pedes:FILE.")
@options.pictures
@click.option("--dry-run", is_flag=True, help="Show the figures and leave the card as it is.")
@click.option("--runtime", type=click.Choice(["auto", "torch", "openvino"]), default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def calibrate(
    checkpoint: Path,
    data: tuple[str, ...],
    captions: str | None,
    pictures: tuple[Path, ...],
    dry_run: bool,
    runtime: str,
    as_json: bool,
) -> None:
    """Fit how probable hits are, on people whom the checkpoint did not learn from, and write it into its card.

    A checkpoint for pictures wants peta, and reports on market1501 if that is given. One for words wants --captions,
    and the labelled data that it was trained with (market1501, peta, and cuhk01 and kept_apart if they were given
    then): the people whom the training held out are asked for. Half of the people are fitted on, the figures are of
    the others. Vectors stay as they are, and so do galleries.

    \b
    Examples:
      reidpipe calibrate runs/a/checkpoint --data peta:data/peta --data market1501:data/market1501
      reidpipe calibrate runs/b/checkpoint --captions cuhk_pedes:data/caption_val.json --pictures data \\
        --data market1501:data/market1501 --data peta:data/peta
    """
    from pipeline.cli import render
    from pipeline.cli.counting import counting
    from pipeline.cli.render_calibration import show
    from pipeline.errors import ConfigError, ModelError
    from reid.checkpoint import CheckpointError, add_to_card, read_card
    from reid.evaluation.background import CARD_KEY
    from reid.evaluation.calibrate import calibrate_pictures, calibrate_words, encode_with

    given = dict(options.named_path("--data", text) for text in data)
    try:
        kind = read_card(checkpoint)["kind"]
        if kind == "appearance":
            _need(kind, "--data peta:PATH", "peta" in given)
            encode = encode_with(checkpoint, counting, runtime)
            done = calibrate_pictures(encode, given["peta"], given.get("market1501"))
        elif kind == "language":
            _need(kind, "--captions NAME:JSON", captions is not None)
            _need(kind, "the --data of its training", bool(given))
            encode = encode_with(checkpoint, counting, runtime)
            done = calibrate_words(
                checkpoint, encode, options.named_path("--captions", captions or ""), pictures, given
            )
        else:
            raise ModelError(f"{checkpoint} is a checkpoint for {kind}: it makes no vectors whose scores could be read")
        if not dry_run:
            add_to_card(checkpoint, {CARD_KEY: done.calibration.as_card(), f"{CARD_KEY}_figures": dict(done.figures)})
    except CheckpointError as error:
        raise ModelError(str(error)) from None
    except (ValueError, OSError) as error:
        raise ConfigError(str(error)) from None
    if as_json:
        render.as_json(_plain(done))
    else:
        show(done.calibration, done.figures)
    if not dry_run:
        render.note(f"written into {checkpoint / 'card.json'}")


def _plain(done: Calibrated) -> dict[str, object]:
    return {"calibration": done.calibration.as_card(), "figures": dict(done.figures)}


def _need(kind: str, what: str, given: bool) -> None:
    from pipeline.errors import ConfigError

    if not given:
        raise ConfigError(f"a checkpoint for {kind} is calibrated with {what}: give it too")
