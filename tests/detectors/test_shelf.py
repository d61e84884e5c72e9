from __future__ import annotations

import json

import pytest

from detectors import shelf
from detectors.unpickling import CheckpointError


def test_what_ships_is_what_the_cards_say():
    names = {path.stem for path in shelf.shipped()}
    assert {"yolo26n", "yolo11n-pose"} <= names
    for path in shelf.shipped():
        assert shelf.verify(path) is None
        card = shelf.read_card(path)
        assert card["licence"] == "AGPL-3.0"
        assert card["maker"] == "Ultralytics"
        assert card["size_bytes"] == path.stat().st_size
        assert card["source"]
        assert card["changed"]


def test_names_and_paths_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shelf, "user_folder", lambda: tmp_path / "kept")
    assert shelf.find("yolo26n") == shelf.find("yolo26n.pt") == shelf.SHIPPED / "yolo26n.pt"
    (tmp_path / "kept").mkdir()
    for path in (tmp_path / "mine.pt", tmp_path / "kept" / "yolo26x.pt", tmp_path / "odd.weights"):
        path.touch()
    assert shelf.find("mine").resolve() == tmp_path / "mine.pt"
    assert shelf.find(str(tmp_path / "mine.pt")) == tmp_path / "mine.pt"
    assert shelf.find(str(tmp_path / "odd.weights")) == tmp_path / "odd.weights"
    assert shelf.find("yolo26x") == tmp_path / "kept" / "yolo26x.pt"


def test_missing_weights_are_not_downloaded_but_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "user_folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        shelf.find("yolo26x")
    assert "never downloaded: put yolo26x.pt into" in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "yolo26n" in str(caught.value)
    with pytest.raises(FileNotFoundError, match=r"there are no weights at /nowhere/a\.pt"):
        shelf.find("/nowhere/a.pt")


def test_verify_says_what_is_wrong(tmp_path):
    path = tmp_path / "a.pt"
    assert shelf.verify(path) == f"{path}: missing"
    path.write_bytes(b"abc")
    assert "has no card" in str(shelf.verify(path))
    path.with_suffix(".json").write_text("{")
    assert "not a card" in str(shelf.verify(path))
    path.with_suffix(".json").write_text("[]")
    with pytest.raises(CheckpointError, match="not a card"):
        shelf.read_card(path)
    path.with_suffix(".json").write_text(json.dumps({"sha256": "0" * 64}))
    assert "damaged, sha256 is ba7816bf8f01... and not 000000000000..." in str(shelf.verify(path))
