"""`reidpipe doctor`: is everything as it should be?"""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options


@click.command()
@options.gallery
@options.config
@options.as_json
@click.pass_context
def doctor(ctx: click.Context, gallery: Path | None, config: Path | None, as_json: bool) -> None:
    """Check the installation, the weights and the gallery.

    Looks at versions, runtimes, the checksums of weights, other packages that took our names, the cache, and whether
    the gallery's catalogue, vectors and pictures agree. Nothing is changed, nothing is sent anywhere.

    Leaves with 0 if all is well and with 1 if something is wrong.
    """
    from pipeline.cli import render
    from pipeline.cli.checks import examine
    from pipeline.config import load_settings

    settings = load_settings(config, {"gallery": gallery})
    found = list(examine(settings))
    if as_json:
        render.as_json([check.as_dict() for check in found])
    else:
        render.checks(found)
    wrong = [check for check in found if check.state == "wrong"]
    if wrong:
        if not as_json:
            render.error(f"{len(wrong)} of {len(found)} checks failed, see the lines with !!")
        ctx.exit(1)
    if not as_json:
        render.say("all is well")
