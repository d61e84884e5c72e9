"""`reidpipe compare`: many methods on the same data, and one document that tells how they did."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reid.comparison.folder import MethodFolder
    from reid.comparison.work import Wanted

PROGRAM = (sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main())")


@click.command()
@click.argument("configs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="CONFIG...")
@click.option("--data", multiple=True, metavar="NAME:PATH", help="For every training, as `train` takes it; repeat.")
@click.option("--image-data", multiple=True, metavar="NAME:PATH", help="For the trainings of picture methods only.")
@click.option("--text-data", multiple=True, metavar="NAME:PATH", help="For the trainings of text methods only.")
@click.option(
    "--backbone",
    "backbones",
    multiple=True,
    metavar="NAME:PATH",
    help="First weights of the methods with this backbone, such as mobilenet_v2:WEIGHTS.pth.",
)
@click.option("--captions", metavar="NAME:JSON", help="What text methods are measured on, such as cuhk_pedes:JSON.")
@click.option(
    "--pictures", multiple=True, type=click.Path(path_type=Path), help="Folder with the pictures of the captions."
)
@click.option(
    "--across", multiple=True, metavar="NAME:PATH", help="Further data sets to measure picture methods on; repeat."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/compare"),
    show_default=True,
    help="Folder of the runs; what is there already is not done again.",
)
@click.option("--table", "document", type=click.Path(path_type=Path), required=True, help="The document, FILE.md.")
@click.option("--remarks", type=click.Path(path_type=Path), metavar="YAML", help="What to say of which method.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Trainings at a time.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Cores of each.")
@click.option("--epochs", type=click.IntRange(1), help="Of every training, instead of the configuration's.")
@click.option("--seed", type=click.IntRange(0), help="Of every training, instead of the configuration's.")
@click.option(
    "--shortlist", type=click.IntRange(1), help="Let matchers also re-rank so many first hits of the shipped weights."
)
@click.option(
    "--shipped/--no-shipped", default=True, show_default=True, help="Rows for the weights that ship and a histogram."
)
@click.option("--only-table", is_flag=True, help="Do nothing but write the document from what is in --out.")
@click.pass_context
def compare(
    context: click.Context,
    configs: tuple[Path, ...],
    data: tuple[str, ...],
    image_data: tuple[str, ...],
    text_data: tuple[str, ...],
    backbones: tuple[str, ...],
    captions: str | None,
    pictures: tuple[Path, ...],
    across: tuple[str, ...],
    out: Path,
    document: Path,
    remarks: Path | None,
    jobs: int,
    threads: int,
    epochs: int | None,
    seed: int | None,
    shortlist: int | None,
    shipped: bool,
    only_table: bool,
) -> None:
    """Train each configuration, measure it, take its time, and write one table for pictures and one for sentences.

    The work is done by `reidpipe train` and `reidpipe evaluate`. The same command again goes on where it stopped; a
    method that fails is told in the table, and the others go on. Picture methods are measured on market1501 of --data.

    \b
    Example:
      reidpipe compare configs/image/*.yaml configs/text/*.yaml --table docs/BENCHMARKS.md --jobs 2 \\
          --data market1501:data/market1501 --text-data kept_apart:LIST.json --text-data peta:data/peta \\
          --backbone mobilenet_v2:WEIGHTS.pth --captions cuhk_pedes:data/captions.json --pictures data
    """
    from pipeline.cli import render
    from pipeline.cli.command_line import as_told
    from pipeline.config import config_folder
    from pipeline.errors import ConfigError, Interrupted
    from reid.comparison import record, work
    from reid.comparison.children import Children
    from reid.comparison.folder import MethodFolder
    from reid.comparison.method import IMAGE, TEXT, read_method
    from reid.comparison.ready import baseline
    from reid.comparison.ready import shipped as shipped_weights

    overrides = {f"loop.{k}": v for k, v in (("epochs", epochs), ("seed", seed)) if v is not None}
    try:
        said = record.read_remarks(remarks)
        methods = [read_method(path, overrides) for path in configs]
        if shipped:
            extra = [shipped_weights(IMAGE, config_folder()), baseline(), shipped_weights(TEXT, config_folder())]
            methods += [method for method in extra if method and method.kind in {m.kind for m in methods}]
        folders = [MethodFolder.of(out, method) for method in methods]
        _check_names(folders)
        _check_document(document)
        if not only_table:
            wanted = _wanted(
                data, image_data, text_data, backbones, captions, pictures, across, overrides, shortlist, threads
            )
            names = {pair.partition(":")[0] for pair in (*data, *image_data, *text_data)} - {"cache"}
            record.write(out, as_told(context, leave_out=("only_table",)), sorted(names), jobs, threads)
            signal.signal(signal.SIGTERM, _interrupt)
            children = Children(PROGRAM, jobs, threads)
            try:
                work.do_all(folders, wanted, children, jobs, render.say)
            except KeyboardInterrupt:
                raise Interrupted(f"stopped; what is done is kept in {out}: the same command goes on") from None
        _write(document, folders, *record.read(out), said)
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(str(error)) from None
    render.say(f"table written to {document}")


def _write(
    document: Path, folders: Sequence[MethodFolder], command: str, facts: dict[str, str], remarks: Mapping[str, str]
) -> None:
    from reid.comparison import record, table

    facts |= record.timing(folders)
    text = table.document(folders, command=command, facts=facts, remarks=remarks, at=document)
    document.write_text(text, encoding="utf-8")


def _wanted(
    data: Sequence[str],
    image_data: Sequence[str],
    text_data: Sequence[str],
    backbones: Sequence[str],
    captions: str | None,
    pictures: Sequence[Path],
    across: Sequence[str],
    overrides: dict[str, int],
    shortlist: int | None,
    threads: int,
) -> Wanted:
    """Everything that is given, after a look whether it is there: a slip must not show after hours."""
    from reid.comparison.method import IMAGE, TEXT
    from reid.comparison.work import Wanted
    from reid.evaluation.captions import open_caption_trial
    from reid.evaluation.protocols import open_trial
    from reid.training.run import parse_data

    found = parse_data((*data, *image_data))
    parse_data(text_data)
    measured: dict[str, list[str]] = {IMAGE: [], TEXT: []}
    if "market1501" in found:
        open_trial("market1501", found["market1501"])
        measured[IMAGE] = ["--data", f"market1501:{found['market1501']}"]
    further = parse_data(across)
    for further_name, folder in further.items():
        open_trial(further_name, folder)
    if captions is not None:
        name, _, path = captions.partition(":")
        open_caption_trial(name, Path(path), pictures)
        # networks are compared, not how sentences are read for them
        measured[TEXT] = ["--as-typed", "--captions", captions]
        measured[TEXT] += [part for folder in pictures for part in ("--pictures", str(folder))]
    return Wanted(
        data={IMAGE: (*data, *image_data), TEXT: (*data, *text_data)},
        measured=measured,
        backbones={name: str(path) for name, path in parse_data(backbones).items()},
        across=[f"{name}:{path}" for name, path in further.items()],
        options=[part for key, value in overrides.items() for part in (f"--{key.partition('.')[2]}", str(value))],
        shortlist=None if shortlist is None else ("--shortlist", str(shortlist)),
        threads=threads,
    )


def _check_names(folders: Sequence[MethodFolder]) -> None:
    seen: dict[Path, MethodFolder] = {}
    for folder in folders:
        if folder.path in seen:
            raise ValueError(f"{folder.method.path} and {seen[folder.path].method.path} have the same name")
        seen[folder.path] = folder


def _check_document(document: Path) -> None:
    if document.suffix != ".md":
        raise ValueError(f"--table {document}: the document is Markdown, give FILE.md")
    if not document.absolute().parent.is_dir():
        raise FileNotFoundError(f"--table: there is no folder {document.absolute().parent}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
