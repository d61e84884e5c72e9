from __future__ import annotations

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from reid.evaluation import plots
from reid.evaluation.figures import summarise
from reid.evaluation.jobs import labels as names_of
from reid.evaluation.precision_recall import CurveCounter
from reid.evaluation.ranking import labels, rank_blocks, rank_scores
from reid.evaluation.report import Entry, about_card, markdown, page, write_report

CARD = {
    "kind": "appearance",
    "network": {"name": "strip_lstm", "args": {"dim": 8}},
    "preprocess": {"height": 192, "width": 96},
    "data": {"market1501": "12936 pictures"},
    "seed": 0,
    "backbone": None,
    "files": {"weights.safetensors": "0123456789abcdef0123"},
}


def measured(seed, name="mine", variant="", curves=True, notices=()):
    rng = np.random.default_rng(seed)
    query, gallery = labels((i % 7, 1) for i in range(30)), labels((i % 9, 2) for i in range(60))
    scores = rng.normal(size=(30, 60)) + 1.5 * (query.identities[:, None] == gallery.identities[None])
    counter = CurveCounter()
    ranking = rank_blocks([(0, scores.astype(np.float32))], query, gallery, observe=counter.add)
    assert ranking.average_precision == pytest.approx(
        rank_scores(scores.astype(np.float32), query, gallery).average_precision
    )
    found = counter.curves() if curves else None
    return summarise(name, ranking, query.identities, 60, notices, found, variant)


@pytest.fixture
def entries():
    about = about_card(CARD)
    return [
        Entry("runs/a", about, measured(1, notices=("mine: 60 of 100 pictures",))),
        Entry("runs/a", about, measured(2, variant="re-ranked", notices=("mine: 60 of 100 pictures",))),
        Entry("<b> & co_", {"kind": "a <script>"}, measured(3)),
        Entry("<b> & co_", {"kind": "a <script>"}, measured(4, name="other", curves=False)),
    ]


def test_a_card_is_summed_up_without_what_it_does_not_say():
    about = about_card(CARD)
    assert about["network"] == "strip_lstm"
    assert about["trained on"] == "market1501 (12936 pictures)"
    assert about["seed"] == "0"
    assert about["weights"] == "0123456789abcdef"
    assert "backbone" not in about
    assert "teacher" not in about


def test_the_page_needs_nothing_beside_it_and_holds_every_figure(entries):
    text = page(entries, "reidpipe evaluate 'a b' --data <x>")
    assert "<script" not in text
    assert "&lt;b&gt; &amp; co_" in text
    assert not re.search(r"(?:src|href)=(?!\"data:)", text)
    assert text.count("mine: 60 of 100 pictures") == 1
    for entry in entries:
        for figure in entry.figures.measures.values():
            assert f"{100 * figure.value:.1f}<small>{100 * figure.low:.1f}-{100 * figure.high:.1f}</small>" in text
    assert "runs/a, re-ranked" in text
    # two data sets: CMC, two curves and three histograms, then CMC alone
    images = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert len(images) == 6 + 1
    for image in images:
        assert ElementTree.fromstring(base64.b64decode(image)).tag.endswith("svg")


def test_markdown_has_its_plots_beside_it(entries, tmp_path):
    written = write_report(tmp_path / "out.md", entries, "reidpipe evaluate x")
    text = (tmp_path / "out.md").read_text()
    assert written[-1] == tmp_path / "out.md"
    linked = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert sorted(linked) == sorted(path.name for path in written[:-1])
    assert len(linked) == 7
    for name in linked:
        picture = cv2.imread(str(tmp_path / name))
        assert picture.std() > 1
    assert "\\<b\\> & co\\_" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({row.count("|") - row.count("\\|") for row in rows}) == 1
    assert not list(tmp_path.glob("*.part"))


def test_a_html_file_is_one_file(entries, tmp_path):
    (tmp_path / "out.html").write_text("old")
    assert write_report(tmp_path / "out.html", entries) == [tmp_path / "out.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


def test_what_cannot_be_written_is_refused(entries, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.html or \.md"):
        write_report(tmp_path / "out.pdf", entries)
    with pytest.raises(ValueError, match="nothing to report"):
        write_report(tmp_path / "out.html", [])
    with pytest.raises(OSError, match="No such file"):
        write_report(tmp_path / "gone" / "out.html", entries)


def test_the_same_figures_give_the_same_plots(entries):
    series = [(entry.label, entry.figures) for entry in entries[:3]]
    assert plots.cmc(series) == plots.cmc(series)
    assert plots.precision_recall(series, "per_query", "png")[1:4] == b"PNG"
    assert plots.precision_recall(series, "per_query") != plots.precision_recall(series, "all_pairs")
    assert markdown(entries, "x") == markdown(entries, "x")


def test_there_is_no_curve_where_there_is_none():
    bare = measured(1, curves=False)
    with pytest.raises(ValueError, match="no curves"):
        plots.precision_recall([("a", bare)], "per_query")
    with pytest.raises(ValueError, match="no curves"):
        plots.score_histogram(bare)


def test_thirty_series_can_be_told_apart():
    styles = [(s["color"], s["linestyle"]) for s in map(plots._style, range(28))]
    assert len(set(styles)) == 28


def test_checkpoints_have_short_names_that_differ(tmp_path):
    def named(*paths):
        return names_of([Path(path) for path in paths])

    assert named("runs/a/checkpoint", "runs/b/checkpoint/", "histogram") == ["a", "b", "histogram"]
    assert named("x/a", "y/a") == ["x/a", "y/a"]
    assert named("a", "a") == ["a", "a (2)"]
    assert named(str(tmp_path)) == [tmp_path.name]
