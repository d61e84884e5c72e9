"""`reidpipe fit-attributes`: teach a checkpoint of the language space to tell attributes."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options


@click.command("fit-attributes")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("--data", "pairs", multiple=True, metavar="NAME:PATH", help="A data set with attributes; repeat.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Makes it repeatable.")
@click.option("--dry-run", is_flag=True, help="Measure only; the checkpoint stays as it is.")
@options.runtime
def fit_attributes(checkpoint: Path, pairs: tuple[str, ...], seed: int, dry_run: bool, runtime: str | None) -> None:
    """Teach a checkpoint of the language space to tell attributes.

    Fits small calibrated regressions to the vectors of pictures whose people are described, measures them on people
    who took no part, and writes attributes.safetensors beside the encoder's weights. The encoder and its space stay as
    they are, so galleries that were made with it can be asked at once: `reidpipe query --attr upper=red`.

    --data takes market1501 and peta, kept_apart:LIST.json (people who must not take part) with cuhk01 (to find them in
    PETA), and cache:FOLDER (vectors, kept for the next time). Market-1501's people who are kept apart help to choose
    what is offered. Where Market-1501's test half or PETA's VIPeR, PRID and
    GRID are there, the reader is measured on them too; nothing is fitted to them.

    \b
    Example:
      reidpipe fit-attributes runs/language/checkpoint --data market1501:data/market1501 --data peta:data/peta \\
          --data cuhk01:data/cuhk01 --data kept_apart:kept_apart.json
    """
    from pipeline.cli import render
    from pipeline.cli.counting import counting
    from pipeline.cli.render_attributes import fitted
    from pipeline.errors import ConfigError, ModelError
    from reid.attributes import make
    from reid.checkpoint import CheckpointError, read_card
    from reid.registry import open_encoder
    from reid.training.run import parse_data

    try:
        data = parse_data(pairs)
        card = read_card(checkpoint)
        if card["kind"] != "language":
            raise ModelError(
                f"{checkpoint} is a checkpoint for {card['kind']}: attributes are read in the language space"
            )
        encoder = open_encoder(checkpoint, runtime=runtime or "auto")
        made = make.make(encoder, card, data, seed, counting)
        fitted(made)
        if not dry_run:
            given = " ".join(f"--data {name}:{path.name}" for name, path in data.items() if name != "cache")
            make.write(made, checkpoint, f"reidpipe fit-attributes {checkpoint.name} {given} --seed {seed}")
    except CheckpointError as error:
        raise ModelError(str(error)) from None
    except (ValueError, OSError) as error:
        raise ConfigError(str(error)) from None
    render.say(
        "nothing was written" if dry_run else f"written to {checkpoint}: ask with `reidpipe query --attr NAME=VALUE`"
    )
