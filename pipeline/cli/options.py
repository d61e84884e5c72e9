"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

gallery = click.option(
    "--gallery",
    type=click.Path(path_type=Path),
    help="Folder of the gallery. [default: $REIDPIPE_GALLERY, or a folder among your own data]",
)
config = click.option(
    "--config", type=click.Path(path_type=Path), metavar="YAML", help="File with settings; options are stronger."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
encoder = click.option(
    "--encoder",
    "encoders",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FOLDER",
    help="Checkpoint that `reidpipe train` wrote, instead of the shipped one of its kind; repeat for both kinds.",
)
matcher = click.option(
    "--matcher",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Checkpoint that judges the first hits once more: slower, it reads the words with each picture before it.",
)
pictures = click.option(
    "--pictures",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the pictures of the captions are, if not beside the JSON; repeat.",
)
align = click.option(
    "--align",
    type=click.Choice(["none", "pose"]),
    help="Place the six strips by body keypoints. A gallery must be asked in the way it was made.  [default: none]",
)
runtime = click.option(
    "--runtime",
    type=click.Choice(["auto", "torch", "openvino"]),
    help="What runs the networks.  [default: auto, which is torch with CUDA, else openvino]",
)


def encoder_settings(encoders: Sequence[Path], align: str | None, runtime: str | None) -> dict[str, Any]:
    """The section `encoders` of the settings, as the options give it; each folder's card tells its kind.

    Raises:
        ModelError: if a folder is no checkpoint.
        ConfigError: if two are of the same kind.
    """
    from pipeline.errors import ConfigError, ModelError
    from pipeline.types import APPEARANCE, LANGUAGE
    from reid.checkpoint import CheckpointError, read_card

    chosen: dict[str, Any] = {}
    for folder in encoders:
        try:
            kind = read_card(folder)["kind"]
        except CheckpointError as error:
            raise ModelError(f"--encoder: {error}") from None
        if kind == "matcher":
            raise ModelError(f"--encoder: {folder} judges pairs and gives no vectors; use `reidpipe query --matcher`")
        if kind not in (APPEARANCE, LANGUAGE):
            raise ModelError(f"--encoder: {folder} is a checkpoint for {kind}, which is neither of the two kinds")
        if kind in chosen:
            raise ConfigError(f"--encoder: {chosen[kind]} and {folder} are both for {kind}; give one of each kind")
        chosen[kind] = folder
    return {**chosen, "align": align, "runtime": runtime}


def named_path(option: str, text: str) -> tuple[str, Path]:
    """Name and path of a NAME:PATH.

    Args:
        option: that it was given to, for the message.
        text: as it was typed.

    Raises:
        ConfigError: if it has another form.
    """
    from pipeline.errors import ConfigError

    name, colon, path = text.partition(":")
    if not colon or not name or not path:
        raise ConfigError(f"{option} {text!r}: expected NAME:PATH, such as market1501:/data/market1501")
    return name, Path(path)
