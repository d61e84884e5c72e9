"""`reidpipe train`: train a network from a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--data", "pairs", multiple=True, metavar="NAME:PATH", help="A data set the configuration names; repeat.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run, made if need be.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out after its last whole epoch.")
@click.option("--epochs", type=click.IntRange(1), help="Instead of the configuration's.")
@click.option("--seed", type=int, help="Instead of the configuration's.")
@click.option("--threads", type=click.IntRange(0), help="CPU threads of the network.")
def train(config: Path, pairs: tuple[str, ...], out: Path, resume: bool, **overrides: int | None) -> None:
    """Train a network and write its checkpoint.

    Beside data sets, --data takes teacher:MODEL.xml (a network to learn from), backbone:WEIGHTS.pth (ImageNet),
    kept_apart:LIST.json (people who must not take part) and cache:FOLDER (decoded pictures).

    \b
    Example:
      reidpipe train configs/appearance.yaml --out runs/appearance \\
          --data market1501:data/market1501 --data cuhk03:data/cuhk03 ...
    """
    from pipeline.cli import render
    from pipeline.errors import ConfigError
    from reid.training.run import parse_data
    from reid.training.run import train as run

    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        checkpoint = run(config, parse_data(pairs), out, resume=resume, overrides=given, report=_report)
    except (ValueError, FileNotFoundError, FloatingPointError) as error:
        raise ConfigError(str(error)) from None
    render.say(f"checkpoint written to {checkpoint}")


def _report(row: Mapping[str, Any]) -> None:
    from pipeline.cli import render

    parts = [f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()]
    render.say("  ".join(parts))
