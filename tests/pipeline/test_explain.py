"""Explanations of hits: in an answer, in JSON, on the terminal and on the page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import walks
from colours import ColourEncoder, ColourWords
from rich.console import Console
from street_cli import with_small_parts
from test_report import Page

from pipeline import explain
from pipeline.cli import main
from pipeline.cli.evidence import panels
from pipeline.cli.render_explain import explanations
from pipeline.cli.report import page
from pipeline.cli.report_media import Pictures
from pipeline.explain import Explainer
from pipeline.gallery import Gallery
from pipeline.search import Answer, Searcher
from pipeline.types import APPEARANCE, LANGUAGE, Evidence, Image, Match, Query, Space

TEXT = "red coat with zzz"


def before_a_wall(upper: str, lower: str, seed: int) -> Image:
    """The people of `walks`, with a grey wall left and right of them."""
    wall = np.full((128, 8, 3), 128, np.uint8)
    return np.concatenate([wall, PERSON(upper, lower, seed), wall], axis=1)


PERSON = walks.person


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "gallery"
    spaces = [Space(kind, f"colours {kind}", ColourEncoder.dim) for kind in (APPEARANCE, LANGUAGE)]
    with pytest.MonkeyPatch.context() as patch, Gallery.open(path, create=True) as opened:
        patch.setattr(walks, "person", before_a_wall)
        patch.setattr(walks, "spaces", lambda: spaces)
        walks.fill(opened)
    return path


@pytest.fixture
def gallery(folder: Path) -> Iterator[Gallery]:
    with Gallery.open(folder, read_only=True) as opened:
        yield opened


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[str]:
    monkeypatch.setenv("REIDPIPE_GALLERY", str(folder))
    return with_small_parts(monkeypatch)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "probe.png"
    cv2.imwrite(str(path), before_a_wall("red", "black", 1)[:, :, ::-1])
    return path


def answer_to(gallery: Gallery, query: Query) -> Answer:
    look, read = ColourEncoder("colours " + LANGUAGE), ColourWords("colours " + LANGUAGE)
    appearance = ColourEncoder("colours " + APPEARANCE)
    return Explainer((read, look), appearance).explain(query, Searcher(gallery, appearance, read).search(query))


def test_a_word_meets_the_strips_where_its_garment_is(gallery: Gallery) -> None:
    answer = answer_to(gallery, Query(TEXT))
    evidence = answer.hits[0].explanation
    assert evidence is not None
    assert (evidence.words, evidence.strips, evidence.probe) == (("red", "coat", "zzz"), 6, ())
    red, _, unknown = np.array(evidence.matrix)
    # the encoder of the test takes rows 14 to 32 of 64 for the chest: the second and third strip
    assert set(np.argsort(-red)[:2].tolist()) == {1, 2}
    assert not unknown.any()
    worst = answer.hits[-1].explanation
    assert worst is not None
    assert red[1:3].sum() > np.array(worst.matrix)[0, 1:3].sum()
    assert [replace(hit, explanation=None) for hit in answer.hits] == list(
        Searcher(gallery, None, ColourWords("colours " + LANGUAGE)).search(Query(TEXT)).hits
    )


def test_a_picture_is_explained_by_strips_and_both_by_both(gallery: Gallery) -> None:
    person = cv2.imread(gallery.tracklets([1])[0].crops[0].path)
    assert person is not None
    probe = np.ascontiguousarray(person[:, :, ::-1], np.uint8)
    alone = answer_to(gallery, Query(images=(probe,))).hits[0]
    assert alone.tracklet.id == 1
    assert alone.explanation is not None
    assert (alone.explanation.words, alone.explanation.matrix) == ((), ())
    table = np.array(alone.explanation.probe)
    assert table.shape == (6, 6)
    assert np.allclose(table, table.T, atol=1e-5)  # the crop is the probe
    assert not table[0].any()  # the encoder of the test looks at nothing above the chest
    assert table[1:3, 1:3].min() > 0.1 > table[1:3, 3:5].max()  # a top meets the top and no legs
    both = answer_to(gallery, Query(TEXT, images=(probe,))).hits[0].explanation
    assert both is not None
    assert (len(both.matrix), len(both.probe)) == (3, 6)


def test_who_has_no_picture_left_and_who_is_far_behind_is_not_explained(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = answer_to(gallery, Query(TEXT))
    first = answer.hits[0]
    gone = tuple(replace(crop, path=str(tmp_path / "gone.jpg")) for crop in first.tracklet.crops)
    lost = replace(first, explanation=None, tracklet=replace(first.tracklet, crops=gone))
    monkeypatch.setattr(explain, "MOST", 2)
    words = (ColourWords("colours " + LANGUAGE), ColourEncoder("colours " + LANGUAGE))
    bare = tuple(replace(hit, explanation=None) for hit in answer.hits[1:])
    told = Explainer(words).explain(Query(TEXT), Answer((lost, *bare)))
    assert [hit.explanation is None for hit in told.hits] == [True, False] + [True] * (len(bare) - 1)
    assert told.hits[1].explanation == answer.hits[1].explanation
    assert Explainer(words).explain(Query(TEXT), Answer(())) == Answer(())


def test_json_explains_if_asked(opened: list[str], picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", TEXT, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)["hits"]
    assert all(hit["explanation"] is None for hit in plain)
    assert opened == ["text"]
    assert main(["query", TEXT, "--json", "--explain"]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert LANGUAGE in opened
    assert APPEARANCE not in opened
    for hit, before in zip(hits, plain, strict=True):
        told = hit.pop("explanation")
        assert hit.items() <= before.items()
        assert (told["words"], told["strips"], told["probe"]) == (["red", "coat", "zzz"], 6, [])
        assert np.shape(told["matrix"]) == (3, 6)
    assert main(["query", "--image", str(picture), "--box", "0,0,64,128", "--json", "--explain"]) == 0
    told = json.loads(capsys.readouterr().out)["hits"][0]["explanation"]
    assert (told["words"], told["matrix"], np.shape(told["probe"])) == ([], [], (6, 6))


def test_the_terminal_shows_a_table_only_if_asked(opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", TEXT]) == 0
    assert "hit 1" not in capsys.readouterr().out
    assert main(["query", TEXT, "--explain"]) == 0
    out = capsys.readouterr().out
    assert [f"hit {rank}: word" in out for rank in (1, 2, 3, 4)] == [True, True, True, False]
    red = next(line for line in out.splitlines() if line.strip().startswith("red"))
    assert "█" in red or "▓" in red
    assert all("counts nowhere" in line for line in out.splitlines() if line.strip().startswith("zzz"))


def test_a_terminal_that_cannot_show_blocks_gets_letters(gallery: Gallery) -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    explanations(answer_to(gallery, Query(TEXT)).hits, Console(file=file, width=100))
    file.seek(0)
    assert "##" in file.read()


def test_tables_are_shares_of_the_strongest_cell_of_the_answer(gallery: Gallery) -> None:
    hits = answer_to(gallery, Query(TEXT)).hits
    strong = replace(hits[0], explanation=Evidence(("a", "b"), ((0.2, -0.4), (0.03, 0.0)), ((0.5,), (0.1,))))
    weak = replace(hits[1], explanation=Evidence(("a", "b"), ((0.1, 0.0), (0.0, 0.05)), ((0.0,), (0.0,))))
    found = panels((strong, weak, replace(hits[2], explanation=None)))
    assert sorted(found) == [1, 2]
    words, strips = found[1]
    assert words.cells == ((0.5, -1.0), (pytest.approx(0.075), 0.0))
    assert words.totals == (pytest.approx(0.575), -1.0)
    assert [words.counts(row) for row in (0, 1)] == [True, False]
    assert (strips.of_picture, strips.names, strips.cells[0]) == (True, ("1", "2"), (1.0,))
    assert found[2][0].cells[0] == (0.25, 0.0)
    assert not any(found[2][1].counts(row) for row in (0, 1))


def test_the_page_draws_each_hit_and_nothing_from_a_word_is_markup(gallery: Gallery) -> None:
    answer = answer_to(gallery, Query(TEXT))
    told = answer.hits[0].explanation
    assert told is not None
    evil = replace(answer.hits[0], explanation=replace(told, words=("red", "<b>coat", "zzz")))
    shown = Page(page(Query(TEXT), Answer((evil, *answer.hits[1:])), Path("/g"), Pictures()))
    drawn = [svg for svg in shown.all("svg") if ": red " in (svg["aria-label"] or "")]
    assert len(drawn) == len([hit for hit in answer.hits if hit.explanation]) > 1
    red = int(np.argmax(told.matrix[0])) + 1
    assert f"red most in strip {red}" in (drawn[0]["aria-label"] or "")
    assert "zzz counts nowhere" in (drawn[0]["aria-label"] or "")
    assert "<b>coat" in shown.texts
    quiet = [attributes for attributes in shown.all("text") if attributes.get("class") == "quiet"]
    assert len(quiet) >= len(drawn)  # zzz, for each
    strongest = [float(rect["fill-opacity"] or 0) for rect in shown.all("rect") if rect.get("class") == "for"]
    assert max(strongest) == 1
    assert "counts nowhere" in " ".join(shown.texts)  # the legend


def test_after_a_matcher_it_is_said_which_search_is_explained(gallery: Gallery) -> None:
    hits = answer_to(gallery, Query(TEXT)).hits
    judged = tuple(replace(hit, match=Match("judge", 0.5, 1, hit.rank)) for hit in hits)
    for found, wanted in ((hits, False), (judged, True)):
        file = io.StringIO()
        explanations(found, Console(file=file, width=160))
        assert ("the search before the matcher" in file.getvalue()) is wanted
        shown = Page(page(Query(TEXT), Answer(found), Path("/g"), Pictures()))
        assert any("in the first search" in text for text in shown.texts) is wanted


def test_a_page_without_explanations_says_nothing_of_them(gallery: Gallery) -> None:
    bare = tuple(replace(hit, explanation=None) for hit in answer_to(gallery, Query(TEXT)).hits)
    text = page(Query(TEXT), Answer(bare), Path("/g"), Pictures())
    assert 'class="why"' not in text
    assert "counts nowhere" not in text
