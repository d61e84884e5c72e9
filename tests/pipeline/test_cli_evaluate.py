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
    assert list(figures["measures"]) == ["rank-1", "rank-5", "rank-10", "mAP", "mINP"]
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


def test_nothing_to_measure_on_is_a_usage_error():
    result = CliRunner().invoke(evaluate, [])
    assert result.exit_code == 2
    assert "nothing to measure on" in result.output
