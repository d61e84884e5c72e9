"""`reidpipe query --matcher`: what the terminal, the JSON and the page say of a second look."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from ingest_parts import street
from street_cli import filled, with_small_parts
from test_report import Page

from pipeline import assemble
from pipeline.cli import main
from pipeline.types import Floats, Image
from reid.types import Explanation

CARD = {"preprocess": {}, "files": {}}


class Blue:
    """Likes blue; looks at the upper left corner for the first word, and at the whole for the others."""

    space = "blue"

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return ()

    def scores(self, texts: Sequence[str], images: Sequence[Image]) -> Floats:
        row = [float(image[..., 2].mean()) - float(image[..., 0].mean()) for image in images]
        return np.array([row] * len(texts), np.float32)

    def explain(self, text: str, image: Image) -> Explanation | None:
        words = text.split()
        weights = np.array([0.7, *[0.3 / max(1, len(words) - 1)] * (len(words) - 1)], np.float32)
        regions = np.full((len(words), 4, 2), 1 / 8, np.float32)
        regions[0] = 0
        regions[0, 0, 0] = 1
        return Explanation(tuple(words), weights, regions)

    def describe(self, images: Sequence[Image]) -> list[str]:
        return [f"somebody <b>blue</b> {image[..., 2].mean():.0f}" for image in images]


def checkpoint(folder: Path, kind: str = "matcher", name: str = "gna_rnn") -> Path:
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps({"kind": kind, "network": {"name": name, "args": {}}, **CARD}))
    return folder


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("matcher"))


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch, gallery: Path) -> list[str]:
    monkeypatch.setenv("REIDPIPE_GALLERY", str(gallery))
    opened = with_small_parts(monkeypatch)
    monkeypatch.setattr(assemble, "build_matcher", lambda _: opened.append("matcher") or Blue())
    return opened


@pytest.fixture
def matcher(tmp_path: Path) -> str:
    return str(checkpoint(tmp_path / "mine"))


def answer_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main(["query", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def blueness(hit: dict) -> float:
    image = cv2.imread(hit["crop"])
    assert image is not None
    return float(image[..., 0].mean() - image[..., 2].mean())


def test_the_matcher_orders_and_json_says_so(
    opened: list[str], matcher: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = answer_of(capsys, "red coat")
    opened.clear()
    answer = answer_of(capsys, "red coat", "--matcher", matcher)
    assert opened == ["text", "matcher"]
    assert (answer["query"]["matcher"], answer["query"]["shortlist"]) == ("gna_rnn", 50)
    hits = answer["hits"]
    assert [h["tracklet_id"] for h in hits] != [h["tracklet_id"] for h in plain["hits"]]
    assert [h["matcher"]["score"] for h in hits] == sorted((h["matcher"]["score"] for h in hits), reverse=True)
    assert blueness(hits[0]) > 100
    first = {h["tracklet_id"]: h for h in plain["hits"]}
    for hit in hits:
        before = first[hit["tracklet_id"]]
        assert hit["first_search"] == {k: before[k] for k in ("rank", "score", "probability")}
        assert hit["probability"] is None
        assert hit["matcher"]["name"] == "gna_rnn"
        assert hit["matcher"]["words"] == [{"word": "red", "weight": 0.7}, {"word": "coat", "weight": 0.3}]


def test_a_short_short_list(matcher: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain = answer_of(capsys, "red coat")["hits"]
    hits = answer_of(capsys, "red coat", "--matcher", matcher, "--shortlist", "2")["hits"]
    assert {h["tracklet_id"] for h in hits[:2]} == {h["tracklet_id"] for h in plain[:2]}
    assert [h["tracklet_id"] for h in hits[2:]] == [h["tracklet_id"] for h in plain[2:]]
    assert [h["matcher"] is None for h in hits] == [False, False] + [True] * (len(hits) - 2)


def test_the_table(matcher: str, capsys: pytest.CaptureFixture[str]) -> None:
    hits = answer_of(capsys, "red coat", "--matcher", matcher)["hits"]
    assert main(["query", "red coat", "--matcher", matcher]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0][:5] == ["rank", "match", "first", "rank", "score"]
    assert "probability" not in lines[0]
    row = next(line for line in lines if line[0] == "1")
    assert row[1:4] == [
        f"{hits[0]['matcher']['score']:.3f}",
        str(hits[0]["first_search"]["rank"]),
        f"{hits[0]['score']:.3f}",
    ]
    below = [" ".join(line) for line in lines[-len(hits) - 2 :]]
    assert below[:2] == ["match: by gna_rnn; first rank and score: of the search before it", "what the matcher sees:"]
    assert below[2:] == [f"{hit['rank']} {hit['matcher']['sentence']}" for hit in hits]


def test_the_page_shows_sentence_and_words(matcher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "a.html"
    hits = answer_of(capsys, "red coat", "--matcher", matcher, "--report", str(page))["hits"]
    shown = Page(page.read_text())
    text = " ".join(" ".join(shown.texts).split())
    assert "re-ranked by gna_rnn" in text
    assert "probab" not in text
    told = [float(score) for score in re.findall(r"match (-?[\d.]+) , first score", text)]
    assert told == pytest.approx([hit["matcher"]["score"] for hit in hits], abs=1e-3)
    for hit in hits:
        assert f"“{hit['matcher']['sentence']}”" in text  # as text, although it looks like HTML
    assert text.count("70 %") == len(hits)
    spots = [a for a in shown.all("img") if "where the word red looked" in (a["alt"] or "")]
    assert len(spots) == len(hits)
    for spot in spots:
        data = b64decode((spot["src"] or "").partition(";base64,")[2])
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        h, w = image.shape[0] // 2, image.shape[1] // 2
        colour = image.max(axis=2).astype(float) - image.min(axis=2)
        assert colour[: h // 2, : w // 2].mean() > 2 * colour[h:, w:].mean()  # clear where the word looked, else fog


def test_words_and_a_picture(
    opened: list[str], matcher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "probe.png"), street(1.0)[:, :, ::-1])
    answer = answer_of(capsys, "red", "--image", str(tmp_path / "probe.png"), "--matcher", matcher)
    assert set(opened) == {"detector", "appearance", "text", "matcher"}
    assert all(hit["matcher"] for hit in answer["hits"])


def test_a_matcher_of_the_settings_is_for_words_only(
    opened: list[str], matcher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(f"encoders: {{matcher: {matcher}}}\nsearch: {{shortlist: 3}}\n")
    answer = answer_of(capsys, "red", "--config", str(config))
    assert (answer["query"]["matcher"], answer["query"]["shortlist"]) == ("gna_rnn", 3)
    cv2.imwrite(str(tmp_path / "probe.png"), street(1.0)[:, :, ::-1])
    opened.clear()
    answer = answer_of(capsys, "--image", str(tmp_path / "probe.png"), "--config", str(config))
    assert answer["query"]["matcher"] is None
    assert "matcher" not in opened


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--image", "{picture}", "--matcher", "{matcher}"], 4, "the question has no words"),
        (["red", "--shortlist", "5"], 2, "--shortlist is for a --matcher"),
        (["red", "--matcher", "{matcher}", "--shortlist", "0"], 2, "--shortlist"),
        (["red", "--matcher", "{tmp}/nowhere"], 6, "matcher: no checkpoint at"),
        (["red", "--matcher", "{tmp}/appearance"], 6, "is a checkpoint for appearance: it judges no sentences"),
        (["--matcher", "{matcher}"], 4, "nothing to search for"),
        (["", "--matcher", "{matcher}"], 4, "the query is empty"),
        (["red", "--encoder", "{matcher}"], 6, "judges pairs and gives no vectors; use `reidpipe query --matcher`"),
    ],
)
def test_what_cannot_be_judged_is_told_before_a_network_is_loaded(
    arguments: list[str],
    code: int,
    message: str,
    opened: list[str],
    matcher: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    checkpoint(tmp_path / "appearance", "appearance", "strip_lstm")
    picture = tmp_path / "probe.png"
    cv2.imwrite(str(picture), street(1.0)[:, :, ::-1])
    filled_in = [a.format(picture=picture, matcher=matcher, tmp=tmp_path) for a in arguments]
    assert main(["query", *filled_in]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert opened == []
