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
@click.option("--epochs", type=int, help="Instead of the configuration's.")
@click.option("--lr", type=float, help="Learning rate, instead of the configuration's.")
@click.option("--seed", type=int, help="Instead of the configuration's.")
@click.option("--threads", type=int, help="CPU threads of the network.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any other setting of the YAML; repeat.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, or cuda:N.")
def train(
    config: Path,
    pairs: tuple[str, ...],
    out: Path,
    resume: bool,
    settings: tuple[str, ...],
    device: str,
    **overrides: float | None,
) -> None:
    """Train a network and write its checkpoint.

    Beside data sets, --data takes teacher:MODEL.xml (a network to learn from), backbone:WEIGHTS.pth (ImageNet),
    kept_apart:LIST.json (people who must not take part) and cache:FOLDER (decoded pictures). A slip in the
    configuration is told before anything is loaded. Ctrl-C loses the epoch in work; --resume goes on after the last
    whole one, to the same bits. docs/TRAINING.md tells more.

    \b
    Examples:
      reidpipe train configs/appearance.yaml --out runs/appearance \\
          --data market1501:data/market1501 --data cuhk03:data/cuhk03 ...
      reidpipe train configs/appearance.yaml --out runs/wide --set network.args.dim=512 --set loop.accumulate=2 ...
      torchrun --nproc-per-node 2 -m pipeline.cli train configs/appearance.yaml --out runs/two ...
    """
    from pipeline.cli import render
    from pipeline.cli.render_train import open_display
    from pipeline.errors import ConfigError, Interrupted
    from reid.training.distributed import leads
    from reid.training.overrides import parse_settings
    from reid.training.run import parse_data
    from reid.training.run import train as run

    said = _Said()
    try:
        given = {f"loop.{key}": value for key, value in overrides.items() if value is not None}
        given |= parse_settings(settings)
        data = parse_data(pairs)
        with open_display() as display:

            def report(row: Mapping[str, Any]) -> None:
                said(row)
                display.report(row)

            folder = run(_find(config), data, out, resume=resume, overrides=given, report=report, device=device)
    except KeyboardInterrupt:
        if not leads():
            raise SystemExit(Interrupted.exit_code) from None
        raise Interrupted(said.farewell(out)) from None
    except (ValueError, FileNotFoundError, FloatingPointError) as error:
        raise ConfigError(str(error)) from None
    if leads():
        render.say(f"checkpoint written to {folder}")


class _Said:
    """Remembers the last whole epoch."""

    def __init__(self) -> None:
        self._epoch: int | None = None

    def __call__(self, row: Mapping[str, Any]) -> None:
        if "epoch" in row and "step" not in row:
            self._epoch = row["epoch"]

    def farewell(self, out: Path) -> str:
        """What is kept, and how to go on."""
        from reid.training.loop import STATE

        if self._epoch is not None:
            return f"stopped; epoch {self._epoch} is kept in {out}: the same command with --resume goes on after it"
        if (out / STATE).is_file():
            return f"stopped; {out} is as it was: the same command with --resume goes on with it"
        return f"stopped before an epoch was whole; nothing is kept in {out}, the same command begins anew"


def _find(config: Path) -> Path:
    """The file that is meant: one that is there, or ``configs/...`` among those that ship."""
    from pipeline.config import config_folder, find_config

    if not config.is_file() and config.parts[:1] == ("configs",):
        shipped = config_folder().joinpath(*config.parts[1:])
        if shipped.is_file():
            return shipped
    return find_config(config)
