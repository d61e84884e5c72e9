"""Attributes through the command line: `query --attr`, and `fit-attributes` on drawn people."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from colour_reader import reader
from street_cli import filled, with_small_parts

sys.path.insert(0, str(Path(__file__).parents[1] / "reid"))
from drawn_people import peta

from pipeline import assemble
from pipeline.cli import main
from reid import checkpoint
from reid.attributes.reader import open_reader


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("attributes"))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, gallery: Path) -> list[str]:
    monkeypatch.setenv("REIDPIPE_GALLERY", str(gallery))
    return with_small_parts(monkeypatch)


@pytest.fixture
def with_reader(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(assemble, "build_attribute_reader", lambda *_, needed: reader("colours language"))
    return opened


def test_attributes_alone(with_reader: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    assert main(["query", "--attr", "upper=red", "--attr", "lower != blue", "--json", "--report", str(page)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["query"]["text"] is None
    assert told["query"]["attributes"] == ["upper=red", "lower!=blue"]
    assert told["hits"]
    for hit in told["hits"]:
        assert hit["attributes"]["upper"]["red"] >= hit["score"] > 0.25
    assert with_reader == []  # no network at all
    text = page.read_text()
    assert "with <b>upper=red</b>" in text
    assert "without <b>lower!=blue</b>" in text
    assert text.count('<ul class="traits"') == len(told["hits"])


def test_the_table_is_followed_by_what_can_be_told(with_reader: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "red", "--top", "1"]) == 0
    assert "1  red top" in capsys.readouterr().out
    assert main(["query", "red", "--top", "1", "--attributes"]) == 0
    assert "1  upper red" in capsys.readouterr().out


def test_nobody(with_reader: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--attr", "upper=brown"]) == 1
    out, err = capsys.readouterr()
    assert out == "nobody was found\n"
    assert err.startswith("note: nobody reaches upper=brown: the most probable has 0.0")


@pytest.mark.parametrize(
    ("typed", "told"),
    [("uper=red", "did you mean 'upper'?"), ("upper=read", "did you mean 'red'?"), ("red", "NAME=VALUE")],
)
def test_a_slip_is_told_in_one_line_before_a_network_is_loaded(
    with_reader: list[str], capsys: pytest.CaptureFixture[str], typed: str, told: str
) -> None:
    assert main(["query", "red coat", "--attr", typed]) == 4
    err = capsys.readouterr().err
    assert err.startswith("error: --attr")
    assert told in err
    assert err.count("\n") == 1
    assert with_reader == []


def test_a_gallery_of_another_encoder(opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped reader does not know the space of the small encoders: an error where it is needed, else silence."""
    assert main(["query", "red coat", "--attr", "upper=red"]) == 5
    assert "made with the language encoder colours language" in capsys.readouterr().err
    assert main(["query", "red coat", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(hit["attributes"] == {} for hit in json.loads(out)["hits"])


def test_a_matcher_has_nothing_to_do_with_attributes_alone(
    with_reader: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["query", "--attr", "upper=red", "--matcher", str(tmp_path)]) == 4
    assert "no words" in capsys.readouterr().err


class Looks:
    """Vectors that hold the mean colours of chest and legs."""

    dim = 7
    wants_keypoints = False

    def __init__(self, space: str) -> None:
        self.space = space

    def encode(self, images: list[np.ndarray], keypoints: object = None) -> np.ndarray:
        rows = np.stack([np.r_[i[14:30, 8:24].mean((0, 1)), i[36:56, 10:22].mean((0, 1)), 127] for i in images])
        rows -= np.array([127] * 6 + [0])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    card = {"kind": "language", "network": {"name": "crossmodal", "args": {}}, "preprocess": {}}
    checkpoint.write(tmp_path / "ckpt", {"image.a": torch.zeros(3)}, card, {})
    space = checkpoint.space_digest(checkpoint.read_card(tmp_path / "ckpt"))
    monkeypatch.setattr("reid.registry.open_encoder", lambda *_, runtime: Looks(space))
    return tmp_path / "ckpt"


def test_fit_attributes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = peta(tmp_path / "data", 300)
    arguments = ["fit-attributes", str(folder), "--data", f"peta:{data['peta']}", "--data", f"cache:{data['cache']}"]
    assert main([*arguments, "--dry-run"]) == 0
    assert open_reader(folder) is None
    assert "nothing was written" in capsys.readouterr().out
    assert main([*arguments, "--seed", "3"]) == 0
    out = capsys.readouterr().out
    assert "not offered: bag=backpack, hardly better than chance" in out
    assert any(line.split()[:3] == ["upper", "best", "right"] for line in out.splitlines())
    made = open_reader(folder)
    assert made is not None
    assert "green" in next(question.offered for question in made.questions if question.name == "upper")
    said = checkpoint.read_card(folder)["attribute_reader"]
    assert said["command"] == "reidpipe fit-attributes ckpt --data peta:peta --seed 3"
    assert said["seed"] == 3


def test_what_cannot_be_fitted(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit-attributes", str(tmp_path)]) == 6
    assert "no checkpoint" in capsys.readouterr().err
    assert main(["fit-attributes", str(folder)]) == 2
    assert "--data market1501:PATH" in capsys.readouterr().err
    card = checkpoint.read_card(folder)
    (folder / "card.json").write_text(json.dumps({**card, "kind": "appearance"}))
    assert main(["fit-attributes", str(folder)]) == 6
    assert "read in the language space" in capsys.readouterr().err
