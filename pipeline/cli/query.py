"""`reidpipe query`: who is meant, and where was that person?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import options

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.gallery import Gallery
    from pipeline.search import Answer
    from pipeline.types import Image, Query, Window

Box = tuple[float, float, float, float]


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "--image",
    "images",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Picture of the person; repeat for several pictures of the same person.",
)
@click.option(
    "--box",
    "boxes",
    multiple=True,
    metavar="X1,Y1,X2,Y2",
    help="Where in the picture the person is, in pixels; the first --box is for the first --image, and so on.",
)
@click.option("--camera", "cameras", multiple=True, help="Look at this camera only; repeat for several.")
@click.option("--from", "start", metavar="TIME", help="Not before this time.")
@click.option("--to", "end", metavar="TIME", help="Not after this time.")
@click.option("--top", type=click.IntRange(1, 10_000), default=10, show_default=True, help="At most this many hits.")
@click.option(
    "--attr",
    "attributes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only who looks like this: upper=red, bag=backpack, gender!=male ...; repeat. upper=red:0.3 moves the bar.",
)
@click.option("--attributes", "in_full", is_flag=True, help="List all that is told of each hit.")
@click.option(
    "--min-probability",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="From which a hit counts as found; what is below is shown as a guess.  [default: as the encoder's card says]",
)
@options.matcher
@click.option(
    "--shortlist", type=click.IntRange(1, 10_000), help="How many of the first hits it judges.  [default: 50]"
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a web page with the answer.")
@click.option("--explain", is_flag=True, help="Say which words met which strip of a hit, from head to feet.")
@options.as_json
@options.gallery
@options.config
@options.encoder
@options.align
@options.runtime
@click.pass_context
def query(
    ctx: click.Context,
    text: tuple[str, ...],
    images: tuple[Path, ...],
    boxes: tuple[str, ...],
    cameras: tuple[str, ...],
    start: str | None,
    end: str | None,
    top: int,
    attributes: tuple[str, ...],
    in_full: bool,
    min_probability: float | None,
    matcher: Path | None,
    shortlist: int | None,
    report: Path | None,
    explain: bool,
    as_json: bool,
    gallery: Path | None,
    config: Path | None,
    encoders: tuple[Path, ...],
    align: str | None,
    runtime: str | None,
) -> None:
    """Find a person by words, by a picture, by attributes, or by all of them.

    Words describe clothes and what is carried, in English or Chinese, with or without quotes; what is denied ("without
    a hat") counts against. In a picture with several people the largest is meant, or the one that --box picks.

    An --attr narrows the search: gender, age, hair, upper and lower (colours), sleeves, bag and more; a wrong name is
    answered with the right ones. NAME!=VALUE leaves people out. Several values of one thing, such as two colours, mean
    either; all other conditions must be met together. On its own it ranks people by how probable all of it is.

    A time is counted from the start of each footage, as seconds (90), mm:ss or hh:mm:ss; or it is a date and time
    (2025-05-01T14:30) for footage whose start is known.

    \b
    Examples:
      reidpipe query woman in a red coat with a backpack
      reidpipe query --image someone.jpg --top 5 --report answer.html
      reidpipe query "man with a yellow bag" --image him.jpg --camera yard
      reidpipe query blue jacket --from 2025-05-01T14:30 --to 2025-05-01T15:00
      reidpipe query green dress --json | jq '.hits[0]'
      reidpipe query woman in a green dress --explain
      reidpipe query woman with a red bag --matcher runs/gna_rnn/checkpoint
      reidpipe query --attr upper=red --attr bag=backpack
      reidpipe query --image him.jpg --min-probability 0.8

    A probability is judged by what everybody else in this gallery scores. By default it takes so much of it to count
    as found that about one picture in ten of somebody who is not there is answered all the same, and three sentences
    in ten: by words somebody else often fits as well.

    Leaves with 0 if somebody was found, with 1 if nobody was, with 4 if the question cannot be asked.
    """
    from pipeline.assemble import build_gallery
    from pipeline.cli import render
    from pipeline.cli.attribute_options import parse_filters
    from pipeline.cli.render_explain import explanations
    from pipeline.config import load_settings
    from pipeline.errors import ConfigError
    from pipeline.types import Query

    if len(boxes) > len(images):
        raise click.UsageError("there are more --box than --image")
    window = _window(start, end)
    words = " ".join(text) if text else None
    if report is not None and not report.absolute().parent.is_dir():
        raise ConfigError(f"--report: there is no folder {report.absolute().parent}")
    encoding = options.encoder_settings(encoders, align, runtime) | {"matcher": matcher}
    given = {"gallery": gallery, "encoders": encoding, "detector": {"runtime": runtime}}
    settings = load_settings(config, {**given, "search": {"shortlist": shortlist}})
    _check_matcher(settings, words, (*images, *attributes), matcher, shortlist)
    with closing(build_gallery(settings, read_only=True)) as opened:
        asked = Query(words, (), cameras, window, top, parse_filters(attributes), min_probability=min_probability)
        asked, answer = _ask(settings, opened, asked, images, [_box(b) for b in boxes])
        if explain or report is not None:  # a page explains by itself
            answer = _explained(settings, asked, answer)
        if as_json:
            render.as_json(_plain(asked, images, answer, settings.search.shortlist))
        else:
            _show(answer, in_full)
            if explain:
                explanations(answer.hits)
        if report is not None:
            from pipeline.cli.report import write_report

            write_report(report, asked, answer, opened.path)
            render.note(f"report written to {report}")
    if not answer.found:
        ctx.exit(1)


def _ask(
    settings: Settings, gallery: Gallery, asked: Query, paths: Sequence[Path], boxes: Sequence[Box]
) -> tuple[Query, Answer]:
    """Everything that can be wrong with a question is looked at before a network is loaded."""
    from dataclasses import replace

    from pipeline.assemble import build_attribute_reader, build_searcher
    from pipeline.attribute_filters import known_filters
    from pipeline.probe import read_picture
    from pipeline.search import check_place, check_question

    pictures = [read_picture(path) for path in paths]
    asked = replace(asked, images=tuple(pictures))
    check_question(asked)
    check_place(asked, gallery)
    reader = build_attribute_reader(settings, gallery, needed=bool(asked.attributes))
    if reader is not None:
        asked = replace(asked, attributes=known_filters(asked.attributes, reader))
    probes, notices = _people(settings, paths, pictures, boxes)
    asked = replace(asked, images=probes)
    searcher = build_searcher(settings, gallery, words=asked.text is not None, pictures=bool(probes), attributes=reader)
    answer = searcher.search(asked)
    return asked, replace(answer, notices=(*notices, *answer.notices))


def _explained(settings: Settings, asked: Query, answer: Answer) -> Answer:
    from pipeline.assemble import build_explainer

    if not answer.hits:
        return answer
    explainer = build_explainer(settings, words=asked.text is not None, pictures=bool(asked.images))
    return explainer.explain(asked, answer)


def _check_matcher(
    settings: Settings, words: str | None, others: Sequence[object], matcher: Path | None, shortlist: int | None
) -> None:
    """See that a matcher can judge, before anything is loaded; one of the settings is left out where it cannot."""
    from pipeline.assemble import matcher_name
    from pipeline.matching import check_words
    from pipeline.types import Query

    if shortlist is not None and settings.encoders.matcher is None:
        raise click.UsageError("--shortlist is for a --matcher")
    if matcher is not None and others:
        check_words(Query(words))
    if words is not None and settings.encoders.matcher is not None:
        matcher_name(settings)


def _people(
    settings: Settings, paths: Sequence[Path], pictures: Sequence[Image], boxes: Sequence[Box]
) -> tuple[tuple[Image, ...], list[str]]:
    """Each picture cut to its person."""
    from pipeline.assemble import build_detector
    from pipeline.probe import crop_person

    detector = build_detector(settings) if len(pictures) > len(boxes) else None
    probes: list[Image] = []
    notices: list[str] = []
    for number, (path, picture) in enumerate(zip(paths, pictures, strict=True)):
        box = boxes[number] if number < len(boxes) else None
        probe, remarks = crop_person(path, picture, detector, box)
        probes.append(probe)
        notices += remarks
    return tuple(probes), notices


def _show(answer: Answer, in_full: bool) -> None:
    from pipeline.cli import render
    from pipeline.cli.render_attributes import described

    if answer.hits:
        render.answer(answer.hits, answer.min_probability)
        described(answer.hits, in_full=in_full)
    else:
        render.say("nobody was found")
    for notice in answer.notices:
        render.note(notice)


def _plain(asked: Query, images: Sequence[Path], answer: Answer, shortlist: int) -> dict[str, object]:
    window = asked.window
    return {
        "query": {
            "text": asked.text,
            "images": [str(path) for path in images],
            "cameras": list(asked.cameras),
            "from": window.start_s if window.start_at is None else window.start_at.isoformat(),
            "to": window.end_s if window.end_at is None else window.end_at.isoformat(),
            "top": asked.top,
            "attributes": [str(one) for one in asked.attributes],
            "min_probability": answer.min_probability,
            "matcher": answer.matcher,
            "shortlist": None if answer.matcher is None else shortlist,
        },
        "found": answer.found,
        "hits": [hit.as_dict() for hit in answer.hits],
        "ignored_words": list(answer.ignored_words),
        "read_as": None if answer.read_as is None else answer.read_as.as_dict(),
        "notices": list(answer.notices),
    }


def _window(start: str | None, end: str | None) -> Window:
    from pipeline.cli.times import parse_moment
    from pipeline.errors import QueryError
    from pipeline.types import Window

    try:
        first = None if start is None else parse_moment(start)
        last = None if end is None else parse_moment(end, end=True)
    except ValueError as error:
        raise QueryError(f"--from/--to: {error}") from None
    return Window(
        start_s=first if isinstance(first, float) else None,
        end_s=last if isinstance(last, float) else None,
        start_at=first if isinstance(first, datetime) else None,
        end_at=last if isinstance(last, datetime) else None,
    )


def _box(text: str) -> Box:
    from pipeline.errors import ProbeError

    try:
        x1, y1, x2, y2 = (float(part) for part in text.split(","))
    except ValueError:
        raise ProbeError(f"--box {text!r}: expected four numbers x1,y1,x2,y2") from None
    return x1, y1, x2, y2
