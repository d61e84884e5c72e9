import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from ingest_parts import HEIGHT, WIDTH
from street_cli import filled

from pipeline.cli import report as module
from pipeline.cli.report import page, write_report
from pipeline.cli.report_media import Pictures
from pipeline.errors import ConfigError
from pipeline.gallery import Gallery
from pipeline.search import Answer
from pipeline.types import Hit, Query, Window

VOID = {"meta", "img", "br", "source", "rect", "image"}
EVIL = "<script>alert('1')</script>\"&"


class Page(HTMLParser):
    """What is on a page: elements, their attributes, the text; and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with Gallery.open(filled(tmp_path_factory.mktemp("report")), read_only=True) as opened:
        yield opened


@pytest.fixture
def hits(gallery: Gallery) -> tuple[Hit, ...]:
    found = gallery.tracklets(range(1, 6))
    return tuple(Hit(rank, 0.9 - 0.1 * rank, 1 - 0.19 * rank, tracklet) for rank, tracklet in enumerate(found, 1))


def picture(address: str | None) -> np.ndarray:
    assert address is not None
    kind, _, data = address.partition(";base64,")
    assert kind == "data:image/jpeg"
    image = cv2.imdecode(np.frombuffer(b64decode(data, validate=True), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_every_hit_is_there_with_what_belongs_to_it(hits: tuple[Hit, ...]) -> None:
    text = page(Query("red coat", top=5), Answer(hits), Path("/gallery"), Pictures())
    shown = Page(text)
    assert [a["id"] for a in shown.all("li") if "id" in a] == [f"hit-{rank}" for rank in range(1, 6)]
    assert len(shown.all("video")) == len(shown.all("svg")) == 5
    words = " ".join(shown.texts)
    assert "“red coat”" in words
    for hit in hits:
        assert f"{hit.probability:.0%}".replace("%", " %") in words
        assert f"score {hit.score:.3f}" in words
        assert str(hit.wall_clock(hit.best.time_s).replace(microsecond=0)) in words  # type: ignore[union-attr]
    assert "street.mp4" in words
    best = cv2.imread(hits[0].best.path)
    crop = picture(next(a["src"] for a in shown.all("img")))
    assert best is not None
    assert np.abs(crop.astype(int) - best).mean() < 8


def test_the_box_is_drawn_where_the_person_is(hits: tuple[Hit, ...]) -> None:
    shown = Page(page(Query("x"), Answer(hits[:1]), Path("/gallery"), Pictures()))
    x1, y1, x2, y2 = hits[0].best.box
    for rect in shown.all("rect"):
        told = [float(rect[name] or "") for name in ("x", "y", "width", "height")]
        assert told == pytest.approx([x1, y1, x2 - x1, y2 - y1], abs=0.06)
    assert shown.all("svg")[0]["viewbox"] == f"0 0 {WIDTH} {HEIGHT}"
    assert picture(shown.all("image")[0]["href"]).shape[:2] == (HEIGHT, WIDTH)


def test_nothing_comes_from_outside_and_nothing_runs(hits: tuple[Hit, ...]) -> None:
    text = page(Query("red coat"), Answer(hits), Path("/gallery"), Pictures())
    shown = Page(text)
    assert not shown.all("script") + shown.all("link") + shown.all("iframe")
    for tag, attributes in shown.elements:
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href", "poster"):
            assert (attributes.get(name) or "data:").startswith("data:"), tag
    assert "url(" not in text
    assert "@import" not in text
    assert not re.search(r"https?://", re.sub(r"base64,[^\"]*", "", text))
    policy = next(a["content"] for a in shown.all("meta") if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_whatever_people_write_is_text(hits: tuple[Hit, ...]) -> None:
    record = hits[0].tracklet.footage
    info = replace(record.info, camera=EVIL, path=Path("/nowhere") / EVIL.replace("/", "_"))
    hit = replace(hits[0], tracklet=replace(hits[0].tracklet, footage=replace(record, info=info)))
    query = Query(EVIL, cameras=(EVIL,))
    shown = Page(page(query, Answer((hit,), (), (EVIL,)), Path("/gallery") / EVIL.replace("/", "_"), Pictures()))
    assert not shown.all("script")
    words = "".join(shown.texts)
    assert words.count(EVIL) >= 4
    assert EVIL in (shown.all("svg")[0]["aria-label"] or "")


def test_every_picture_is_described(hits: tuple[Hit, ...]) -> None:
    probe = np.full((80, 40, 3), 90, np.uint8)
    shown = Page(page(Query(images=(probe, probe)), Answer(hits), Path("/gallery"), Pictures()))
    assert all(image.get("alt") for image in shown.all("img"))
    assert all(item.get("aria-label") for item in shown.all("svg") + shown.all("video"))
    assert sum((image["alt"] or "").startswith("Probe picture") for image in shown.all("img")) == 2
    assert "Who is this, in 2 pictures?" in shown.texts


def test_beyond_the_films_there_are_strips(hits: tuple[Hit, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLIPS", 2)
    shown = Page(page(Query("red"), Answer(hits), Path("/gallery"), Pictures()))
    assert len(shown.all("video")) == 2
    strips = [a for a in shown.all("div") if a.get("class") == "strip"]
    assert len(strips) == 3
    crops = sum(len(hit.tracklet.crops) for hit in hits[2:])
    assert len(shown.all("img")) == 5 + crops


def test_media_that_are_missing_do_not_stop_a_report(hits: tuple[Hit, ...], tmp_path: Path) -> None:
    gone = tuple(replace(crop, path=str(tmp_path / "gone.jpg")) for crop in hits[0].tracklet.crops)
    hit = replace(hits[0], tracklet=replace(hits[0].tracklet, crops=gone, scene=str(tmp_path / "gone.jpg")))
    words = Page(page(Query("red"), Answer((hit,)), Path("/gallery"), Pictures())).texts
    assert "picture is missing" in words
    assert "scene is missing" in words


def test_without_a_calibration_no_probability_is_told(hits: tuple[Hit, ...]) -> None:
    text = " ".join(
        Page(page(Query("red"), Answer((replace(hits[0], probability=None),)), Path("/g"), Pictures())).texts
    )
    assert "0.800" in text
    assert "probab" not in text


def test_nobody(tmp_path: Path) -> None:
    query = Query("red", cameras=("yard",), window=Window(start_s=65, end_s=130))
    words = Page(page(query, Answer((), (), ("a notice",)), tmp_path, Pictures())).texts
    assert any("Nobody" in word for word in words)
    assert {"yard", "01:05", "02:10", "a notice"} <= set(words)


def test_the_file_is_private_and_whole(hits: tuple[Hit, ...], tmp_path: Path) -> None:
    path = tmp_path / "answer.html"
    write_report(path, Query("red \udcff coat"), Answer(hits[:1]), Path("/gallery"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert Page(path.read_text(encoding="utf-8")).all("video")
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ConfigError, match="cannot be written"):
        write_report(tmp_path / "none" / "answer.html", Query("red"), Answer(()), Path("/gallery"))
