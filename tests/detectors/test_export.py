from __future__ import annotations

import errno

import numpy as np
import pytest
import torch

from detectors import export, network, quiet, shelf
from detectors.network import Layout
from detectors.runtimes import OpenVinoRunner


@pytest.fixture
def shelf_and_cache(monkeypatch, tmp_path):
    torch.set_num_threads(1)  # its threads wait for each other by spinning, which is slow on a busy machine
    quiet.ultralytics()  # which keeps its settings in the real cache
    monkeypatch.setattr(quiet, "cache_folder", lambda: tmp_path)
    path = shelf.find("yolo11n-pose")
    return path, shelf.sha256(path), tmp_path


def folders(cache):
    return sorted(path.name for path in cache.iterdir())


def test_a_network_is_converted_once_and_mended_when_damaged(shelf_and_cache, monkeypatch):
    path, digest, cache = shelf_and_cache
    loads = []
    load = network.load
    monkeypatch.setattr(network, "load", lambda path: loads.append(path) or load(path))
    first, layout = export.openvino_model(path, digest)
    assert layout == Layout(("person",), suppressed=False, keypoints=(17, 3))
    (kept,) = folders(cache)
    assert kept.startswith(digest[:32])
    again, layout_again = export.openvino_model(path, digest)
    assert (len(loads), layout_again) == (1, layout)
    picture = np.zeros((160, 96, 3), np.uint8)
    answers = [OpenVinoRunner(model, layout).run([picture])[0] for model in (first, again)]
    assert np.array_equal(*answers)

    for damaged in ("model.bin", "model.xml", "layout.json"):
        content = (cache / kept / damaged).read_bytes()
        (cache / kept / damaged).write_bytes(content[: len(content) // 2])
        with pytest.raises((OSError, RuntimeError, ValueError)):
            export._read(cache / kept)
        if damaged != "layout.json":
            (cache / kept / damaged).write_bytes(content)
    model, mended = export.openvino_model(path, digest)
    assert mended == layout
    assert np.array_equal(OpenVinoRunner(model, layout).run([picture])[0], answers[0])
    assert len(loads) == 2
    assert folders(cache) == [kept]
    export.openvino_model(path, digest)
    assert len(loads) == 2


def test_other_weights_and_versions_have_other_places(monkeypatch):
    assert export._key("a" * 64, "2026.4.1-22222") == export._key("a" * 64, "2026.4.1-33333")
    assert export._key("a" * 64, "2026.4.1") != export._key("b" * 64, "2026.4.1")
    assert export._key("a" * 64, "2026.4.1") != export._key("a" * 64, "2026.5.0")
    here = export._key("a" * 64, "2026.4.1")
    monkeypatch.setattr(export.importlib.metadata, "version", lambda _: "9.9.9")
    assert export._key("a" * 64, "2026.4.1") != here


class FakeOpenVino:
    """Saves nothing, or fails as a full disk does."""

    def __init__(self, error=None):
        self.error = error

    def save_model(self, _, path, *, compress_to_fp16):
        assert compress_to_fp16 is False
        if self.error:
            raise self.error
        path.write_text("model")


def test_the_first_of_two_processes_wins_and_neither_is_disturbed(tmp_path):
    layout = Layout(("person",), suppressed=True, keypoints=None)
    target = tmp_path / "key"
    for _ in range(2):
        export._write(FakeOpenVino(), None, layout, target)
        assert sorted(path.name for path in target.iterdir()) == ["layout.json", "model.xml"]
    assert folders(tmp_path) == ["key"]


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    layout = Layout(("person",), suppressed=True, keypoints=None)
    with pytest.raises(OSError, match="No space"):
        export._write(FakeOpenVino(OSError(errno.ENOSPC, "No space left")), None, layout, tmp_path / "key")
    assert folders(tmp_path) == []


def test_a_model_that_cannot_be_kept_is_used_all_the_same(shelf_and_cache, monkeypatch):
    path, digest, cache = shelf_and_cache
    layout = Layout(("person",), suppressed=True, keypoints=None)
    monkeypatch.setattr(network, "load", lambda _: ("module", layout))
    monkeypatch.setattr(export, "_convert", lambda _, module: f"converted {module}")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left")

    monkeypatch.setattr(export, "_write", full)
    assert export.openvino_model(path, digest) == ("converted module", layout)
    assert folders(cache) == []
