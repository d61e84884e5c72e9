"""`reidpipe evaluate` with a real, if tiny and untrained, checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli.evaluate import evaluate
from pipeline.errors import ConfigError, ModelError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    import torch

    from reid import checkpoint, registry

    torch.manual_seed(0)
    args = {"strips": 6, "hidden": 16, "dim": 24}
    folder = tmp_path_factory.mktemp("checkpoint")
    card = {
        "kind": "appearance",
        "network": {"name": "strip_lstm", "args": args},
        "preprocess": {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "flip": False},
    }
    checkpoint.write(folder, registry.build_network("strip_lstm", args).state_dict(), card, {})
    return folder


@pytest.fixture
def viper(tmp_path):
    """Five people, each the very same picture in both cameras, so that every encoder must find them."""
    rng = np.random.default_rng(0)
    archive = tmp_path / "VIPeR/archive"
    archive.mkdir(parents=True)
    for person in range(5):
        picture = rng.integers(0, 256, (64, 32, 3), dtype=np.uint8)
        for camera in (1, 2):
            cv2.imwrite(str(archive / f"{person:03d}_0_{camera}.bmp"), picture)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(evaluate, [str(argument) for argument in arguments], standalone_mode=False)


def test_json_holds_every_figure_and_nothing_else_is_on_stdout(checkpoint, viper):
    result = run(checkpoint, "--data", f"viper:{viper}", "--runtime", "torch", "--json")
    assert result.exception is None
    (figures,) = json.loads(result.stdout)
    assert (figures["name"], figures["queries"], figures["ignored"], figures["gallery"]) == ("viper", 5, 0, 5)
    assert list(figures["measures"]) == ["rank-1", "rank-5", "rank-10", "mAP", "mINP", "R-precision"]
    assert figures["measures"]["rank-5"] == {"value": 1, "low": 1, "high": 1}
    assert len(figures["cmc"]) == 5
    assert "5 of 632 published pictures" in figures["notices"][0]


def test_the_table_fits_80_columns_and_shows_each_data_set_and_the_notices(checkpoint, viper, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    data = ["--data", f"viper:{viper}"]
    result = run(checkpoint, *data, *data, "--runtime", "torch", "--batch", "2")
    assert result.exception is None
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["data", "set", "in", "gallery", "rank-1", "rank-5", "rank-10", "mAP", "mINP"] in rows
    values = [row for row in rows if row[:2] == ["viper", "5"]]
    assert len(values) == 2
    assert values[0][3:5] == ["100.0", "100.0"]  # rank-5 and rank-10 among five
    assert sum(row[:2] == ["in", "5"] and "100.0-100.0" in row for row in rows) == 2
    assert "viper query: 5 of 632" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "viper"], "expected NAME:PATH"),
        (["--data", ":x"], "expected NAME:PATH"),
        (["--data", "cuhk02:x"], "no protocol for 'cuhk02'"),
        (["--data", "viper:/nowhere"], "/nowhere/VIPeR/archive: no such folder"),
        (["--captions", "cuhk_pedes:/nowhere.json"], "/nowhere.json: no such file"),
        (["--captions", "flickr:/nowhere.json"], "no caption protocol for 'flickr'; known are cuhk_pedes, icfg_pedes"),
        (["--data", "msmt17:/nowhere"], "/nowhere/test: no such folder"),
        (["--data", "viper:/nowhere", "--report", "out.pdf"], "a report ends in .html or .md"),
        (["--data", "viper:/nowhere", "--report", "/nowhere/out.md"], "--report: /nowhere: no such folder"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(checkpoint, arguments, message):
    error = run(checkpoint, *arguments).exception
    assert isinstance(error, ConfigError)
    assert message in str(error)
    assert "\n" not in str(error)


def test_a_folder_that_is_no_checkpoint_is_a_model_error(tmp_path, viper):
    error = run(tmp_path, "--data", f"viper:{viper}").exception
    assert isinstance(error, ModelError)
    assert str(tmp_path) in str(error)


def test_an_appearance_checkpoint_cannot_read_captions(checkpoint, tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((8, 4, 3), np.uint8))
    path = Path(tmp_path / "captions.json")
    path.write_text('[{"id": 1, "file_path": "1.png", "captions": "red"}]')
    error = run(checkpoint, "--captions", f"cuhk_pedes:{path}").exception
    assert isinstance(error, ModelError)


def test_several_checkpoints_are_compared_with_a_histogram_in_one_report(checkpoint, viper, tmp_path):
    report = tmp_path / "out.html"
    arguments = [checkpoint, "histogram", "--data", f"viper:{viper}", "--rerank", "--report", report]
    result = run(*arguments, "--runtime", "torch", "--json")
    assert result.exception is None
    found = json.loads(result.stdout)
    names = [(row["checkpoint"], row["name"], row["variant"]) for row in found]
    label = checkpoint.name
    assert names == [
        (label, "viper", ""),
        (label, "viper", "re-ranked"),
        ("histogram", "viper", ""),
        ("histogram", "viper", "re-ranked"),
    ]
    assert found[2]["measures"]["rank-1"]["value"] == 1  # each is the very same picture in both cameras
    assert len(found[0]["curves"]["per_query"]) == 101
    text = report.read_text()
    assert "histogram, re-ranked" in text
    assert f"reidpipe evaluate {checkpoint} histogram --data viper:{viper} --rerank --report" in text
    assert f"report: {report}" in result.stderr


def test_a_markdown_report_has_its_plots_beside_it(viper, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    result = run("histogram", "--data", f"viper:{viper}", "--report", folder / "out.md")
    assert result.exception is None
    assert "and 4 plots beside it" in result.stderr
    assert sorted(path.suffix for path in folder.iterdir()) == [".md"] + [".png"] * 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--captions", "cuhk_pedes:x", "--rerank"], "--rerank: needs --data"),
        (["--data", "viper:x", "--shortlist", "3"], "--shortlist and --first: needs --captions"),
        (["--captions", "cuhk_pedes:x", "--first", "y"], "give --shortlist N too"),
    ],
)
def test_options_that_go_with_others_say_so(arguments, message):
    result = CliRunner().invoke(evaluate, arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_keypoints_place_the_strips(checkpoint, viper, tmp_path):
    from reid.data.keypoints import KeypointStore
    from reid.evaluation.protocols import open_trial

    trial = open_trial("viper", viper)
    everyone = [*trial.query, *trial.gallery]
    path = tmp_path / "points.npz"
    points = np.zeros((len(everyone), 17, 3), np.float32)
    KeypointStore.empty().with_these(everyone, points, np.full(len(everyone), 64, np.float32)).write(path)
    data = ["--data", f"viper:{viper}", "--keypoints", path]
    result = run(checkpoint, *data, "--runtime", "torch", "--json")
    assert result.exception is None
    assert json.loads(result.stdout)[0]["measures"]["rank-5"]["value"] == 1
    assert isinstance(run("histogram", *data).exception, ModelError)
    assert isinstance(run(checkpoint, "--data", f"viper:{viper}", "--keypoints", "gone.npz").exception, ConfigError)


@pytest.fixture
def captions(tmp_path):
    rng = np.random.default_rng(1)
    rows = []
    for n in range(4):
        cv2.imwrite(str(tmp_path / f"{n}.png"), rng.integers(0, 256, (64, 32, 3), dtype=np.uint8))
        rows.append({"id": n // 2, "file_path": f"{n}.png", "captions": ["red coat", "blue trousers"]})
    path = tmp_path / "captions.json"
    path.write_text(json.dumps(rows))
    return path


@pytest.fixture(scope="module")
def matcher(tmp_path_factory):
    import torch

    from reid import checkpoint, registry

    torch.manual_seed(0)
    words = ("red", "coat", "blue", "trousers")
    args = {"words": len(words), "word_dim": 8, "image": {"width": 16, "rows": 4}}
    folder = tmp_path_factory.mktemp("matcher") / "checkpoint"
    card = {
        "kind": "matcher",
        "network": {"name": "gna_rnn", "args": args},
        "preprocess": {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "flip": False},
        "tokens": 8,
    }
    tensors = registry.build_network("gna_rnn", args).state_dict()
    checkpoint.write(folder, tensors, card, {"words.txt": "\n".join(words) + "\n"})
    return folder


def test_a_matcher_judges_captions_all_or_a_short_list(matcher, captions):
    arguments = [matcher, "--captions", f"cuhk_pedes:{captions}", "--runtime", "torch", "--json"]
    result = run(*arguments)
    assert result.exception is None
    (whole,) = json.loads(result.stdout)
    assert (whole["checkpoint"], whole["queries"], whole["gallery"]) == (matcher.parent.name, 8, 4)
    assert whole["curves"] is not None
    result = run(*arguments, "--shortlist", "2")
    assert result.exception is None
    (listed,) = json.loads(result.stdout)
    assert (listed["variant"], listed["curves"]) == ("best 2 judged", None)


def test_a_matcher_cannot_search_by_picture(matcher, viper):
    error = run(matcher, "--data", f"viper:{viper}").exception
    assert isinstance(error, ModelError)
    assert "measure it on --captions" in str(error)


def test_the_shipped_text_search_is_measured_by_picture_and_by_person(captions):
    result = run("--captions", f"cuhk_pedes:{captions}", "--runtime", "torch", "--json")
    assert result.exception is None
    pictures, people = json.loads(result.stdout)
    assert (pictures["name"], pictures["gallery"]) == ("cuhk_pedes", 4)
    assert (people["name"], people["gallery"]) == ("cuhk_pedes by person", 2)
    assert isinstance(run("histogram", "--captions", f"cuhk_pedes:{captions}").exception, ModelError)


def test_who_was_trained_on_the_same_people_is_told(checkpoint, tmp_path):
    folder = tmp_path / "trained"
    folder.mkdir()
    for path in checkpoint.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "data": {"cuhk03": "6978 pictures"}}))
    images = tmp_path / "images_labeled"
    images.mkdir()
    rng = np.random.default_rng(0)
    for name in ("1_001_1_01.png", "1_001_2_06.png"):
        cv2.imwrite(str(images / name), rng.integers(0, 256, (64, 32, 3), dtype=np.uint8))
    split = {"train": [], "query": [["1_001_1_01.png"]], "gallery": [["1_001_2_06.png"]]}
    (tmp_path / "splits_new_labeled.json").write_text(json.dumps([split]))
    data = ["--data", f"cuhk03_labeled:{tmp_path}", "--runtime", "torch"]
    assert "was trained on cuhk03" in run(folder, *data).stderr
    assert "was trained on cuhk03" not in run(checkpoint, *data).stderr


def test_nothing_to_measure_on_is_a_usage_error():
    result = CliRunner().invoke(evaluate, [])
    assert result.exit_code == 2
    assert "nothing to measure on" in result.output


def test_robust_adds_a_row_for_each_degradation_to_table_json_and_report(checkpoint, viper, tmp_path, monkeypatch):
    from reid.data.degradation import DEGRADATIONS

    monkeypatch.setenv("COLUMNS", "100")
    arguments = [checkpoint, "--data", f"viper:{viper}", "--robust", "--runtime", "torch"]
    report = tmp_path / "out.md"
    result = run(*arguments, "--json", "--report", report)
    assert result.exception is None
    rows = json.loads(result.stdout)
    assert [row["variant"] for row in rows] == ["", *DEGRADATIONS]
    assert "the queries are degraded, the gallery is not" in result.stderr
    text = report.read_text()
    assert all(f", {name} |" in text for name in DEGRADATIONS)
    assert "robust" in text  # the command
    table = run(*arguments).stdout
    assert all(name in table for name in DEGRADATIONS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--captions", "cuhk_pedes:x", "--robust"], "--robust: needs --data"),
        (["--data", "viper:x", "--robust", "--keypoints", "k.npz"], "leave out --keypoints"),
    ],
)
def test_robust_is_for_picture_searches_without_keypoints(arguments, message):
    assert message in str(run(*arguments).exception)
