"""The answer as one web page that needs nothing else: pictures and films are inside, nothing is loaded from outside."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from pipeline.cli import times
from pipeline.cli.evidence import Panel, panels
from pipeline.cli.render import percent, printable
from pipeline.cli.report_attributes import chips
from pipeline.cli.report_explain import LEGEND, evidence
from pipeline.cli.report_match import seen_by_matcher
from pipeline.cli.report_media import Pictures
from pipeline.errors import ConfigError
from pipeline.types import Hit, Query, StoredCrop

if TYPE_CHECKING:
    from pipeline.search import Answer

CLIPS = 10  # hits that get a film; the others get a strip of their crops


def write_report(path: Path, query: Query, answer: Answer, gallery: Path) -> None:
    """Write the page of an answer; it appears whole or not at all.

    Args:
        path: the HTML file, overwritten if it is there.
        query: what was asked, with its probe pictures.
        answer: what was found.
        gallery: the folder that was searched.

    Raises:
        ConfigError: if the file cannot be written.
    """
    text = page(query, answer, gallery, Pictures())
    part = path.with_name(path.name + ".part")
    try:
        # it shows people: for the user alone, as the gallery is
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)
        part.replace(path)
    except OSError as error:
        raise ConfigError(f"--report: {path} cannot be written ({error.strerror or error})") from None


def page(query: Query, answer: Answer, gallery: Path, pictures: Pictures) -> str:
    """The page as HTML."""
    template = Template(files("pipeline.cli").joinpath("report.html").read_text(encoding="utf-8"))
    calibrated = any(hit.probability is not None for hit in answer.hits)
    matched = answer.matcher is not None and any(hit.match is not None for hit in answer.hits)
    return template.substitute(
        title=_safe(f"{query.text or 'A person by picture'} - reidpipe"),
        found=_found(answer),
        heading=_heading(query),
        asked=_asked(query, answer.matcher),
        probes=_probes(query, pictures),
        notices=_notices(answer.notices),
        hits=_hits(answer.hits, pictures),
        calibrated="; a probability is what such a score meant where the answers were known" * calibrated,
        matched=f". The order is that of the matcher {_safe(answer.matcher)}; its scores compare within this page only"
        * matched,
        explained=LEGEND * any(hit.explanation is not None for hit in answer.hits),
        gallery=_safe(gallery),
        date=times.wall(datetime.now().astimezone()),
        version=metadata.version("reidpipe") if _installed() else "from its folder",
    )


def _found(answer: Answer) -> str:
    count = sum(not hit.below for hit in answer.hits)
    guesses = len(answer.hits) - count
    said = "1 hit" if count == 1 else f"{count} hits"
    if not count:
        said = "nobody in this footage matches" if guesses else "nobody was found"
    return said + (", 1 guess" if guesses == 1 else f", {guesses} guesses" if guesses else "")


def _installed() -> bool:
    try:
        metadata.version("reidpipe")
    except metadata.PackageNotFoundError:
        return False
    return True


def _safe(text: object) -> str:
    return escape(printable(text))


def _heading(query: Query) -> str:
    if query.text is None:
        return "Who is this?" if len(query.images) == 1 else f"Who is this, in {len(query.images)} pictures?"
    return f"&ldquo;{_safe(query.text)}&rdquo;"


def _asked(query: Query, matcher: str | None) -> str:
    window = query.window
    said = [("cameras", ", ".join(query.cameras) or "all")]
    for name, seconds, moment in (("from", window.start_s, window.start_at), ("to", window.end_s, window.end_at)):
        if seconds is not None or moment is not None:
            said.append((name, times.wall(moment) if seconds is None else times.clock(seconds)))
    said += [("without" if one.without else "with", str(one)) for one in query.attributes]
    said.append(("at most", str(query.top)))
    if matcher is not None:
        said.append(("re-ranked by", matcher))
    return "".join(f"<li>{name} <b>{_safe(value)}</b></li>" for name, value in said)


def _probes(query: Query, pictures: Pictures) -> str:
    shown = (
        f'<img src="{pictures.embed(image)}" alt="Probe picture {number}: the person who is searched for">'
        for number, image in enumerate(query.images, 1)
    )
    return f'<div class="probes">{"".join(shown)}</div>' if query.images else ""


def _notices(notices: Sequence[str]) -> str:
    lines = "".join(f"<p>{_safe(notice)}</p>" for notice in notices)
    return f'<div class="notices" role="note">{lines}</div>' if lines else ""


def _hits(hits: Sequence[Hit], pictures: Pictures) -> str:
    if not hits:
        return '<p class="nobody">Nobody in the gallery fits the cameras and times that were asked for.</p>'
    shown = panels(hits)
    return f'<ol class="hits">{"".join(_hit(hit, pictures, shown.get(hit.rank, ())) for hit in hits)}</ol>'


def _hit(hit: Hit, pictures: Pictures, tables: Sequence[Panel]) -> str:
    tracklet, info = hit.tracklet, hit.tracklet.footage.info
    facts = {
        "seen": times.span(tracklet.start_s, tracklet.end_s),
        "best at": times.clock(hit.best.time_s),
        "date": times.wall(hit.wall_clock(hit.best.time_s)),
        "footage": info.path.name,
        "tracklet": str(tracklet.number),
    }
    if hit.match is not None:
        facts["first rank"] = str(hit.match.first_rank)
    told = "".join(f"<div><dt>{name}</dt><dd>{_safe(value)}</dd></div>" for name, value in facts.items() if value)
    share = None if hit.match is not None else hit.score if hit.probability is None else hit.probability
    crop = pictures.stored(hit.best.path)
    who = f'<img src="{crop}" alt="{_describe(hit)}">' if crop else '<div class="lost">picture is missing</div>'
    return (
        f'<li class="hit{" below" * hit.below}" id="hit-{hit.rank}">'
        f'<div class="who"><span class="rank" aria-label="rank {hit.rank}">{hit.rank}</span>{who}</div>'
        f'<div class="what"><div class="head">'
        f"<h2>{_safe(hit.camera)} <span>at {times.clock(hit.best.time_s)}</span></h2>"
        f'<span class="sure">{_sure(hit)}</span></div>'
        f"{_bar(share)}"
        f'<dl class="facts">{told}</dl>{chips(hit)}{seen_by_matcher(hit, pictures)}{evidence(hit, tables, pictures)}'
        f'<div class="see">{_scene(hit, pictures)}{_moment(hit, pictures)}</div></div></li>\n'
    )


def _bar(share: float | None) -> str:
    """How full of certainty; nothing for a matcher's score, which has no end that would be full."""
    if share is None:
        return ""
    return f'<div class="bar" aria-hidden="true"><i style="width:{100 * min(1.0, max(0.0, share)):.1f}%"></i></div>'


def _sure(hit: Hit) -> str:
    if hit.match is not None:
        return f"match <b>{hit.match.score:.3f}</b>, first score {hit.score:.3f}"
    if hit.probability is None:
        return f"score <b>{hit.score:.3f}</b>"
    guess = "a guess: " * hit.below
    return f"{guess}<b>{_safe(percent(hit.probability))}</b> probable, score {hit.score:.3f}"


def _describe(hit: Hit) -> str:
    return _safe(f"Hit {hit.rank}: a person before camera {hit.camera} at {times.clock(hit.best.time_s)}")


def _scene(hit: Hit, pictures: Pictures) -> str:
    """The whole frame; the box is drawn above it so that it stays sharp at any size."""
    source, info = pictures.scene(hit.tracklet.scene), hit.tracklet.footage.info
    if source is None:
        return '<div class="lost">scene is missing</div>'
    x1, y1, x2, y2 = hit.best.box
    line = max(info.width, info.height) / 200
    boxes = "".join(
        f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}" rx="{line:.1f}" fill="none" '
        f'stroke="{colour}" stroke-width="{width:.1f}"/>'
        for colour, width in (("#000", 1.8 * line), ("#ffc400", line))
    )
    return (
        f'<figure><svg viewBox="0 0 {info.width} {info.height}" role="img" '
        f'aria-label="{_describe(hit)}, the whole scene with the person in a box">'
        f'<image href="{source}" width="{info.width}" height="{info.height}"/>{boxes}</svg>'
        f"<figcaption>scene at {times.clock(hit.best.time_s)}</figcaption></figure>"
    )


def _moment(hit: Hit, pictures: Pictures) -> str:
    clip = pictures.clip(hit.tracklet) if hit.rank <= CLIPS else None
    if clip is None:
        return _strip(hit, hit.tracklet.crops, pictures)
    caption = f"<figcaption>clip {times.span(clip.start_s, clip.end_s)}</figcaption>"
    if not clip.mime.startswith("video"):
        return f'<figure><img src="{clip.source}" alt="{_describe(hit)}, a short film">{caption}</figure>'
    return (
        f'<figure class="film"><video controls muted loop playsinline preload="metadata" poster="{clip.poster}" '
        f'aria-label="{_describe(hit)}, a short film"><source src="{clip.source}" type="{clip.mime}"></video>{caption}'
        "</figure>"
    )


def _strip(hit: Hit, crops: Sequence[StoredCrop], pictures: Pictures) -> str:
    in_time = sorted(crops, key=lambda crop: crop.time_s)
    shown = [(crop, source) for crop in in_time if (source := pictures.stored(crop.path))]
    if not shown:
        return ""
    row = "".join(f'<img src="{source}" alt="Hit {hit.rank} at {times.clock(crop.time_s)}">' for crop, source in shown)
    seen = ", ".join(dict.fromkeys(times.clock(crop.time_s) for crop, _ in shown))
    return f'<figure><div class="strip">{row}</div><figcaption>seen at {seen}</figcaption></figure>'
