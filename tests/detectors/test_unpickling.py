from __future__ import annotations

import os
import pickle
import subprocess
import zipfile

import pytest
import torch
from torch import nn

from detectors import network, quiet, shelf, unpickling
from detectors.unpickling import CheckpointError

tasks = quiet.ultralytics("ultralytics.nn.tasks")
PICTURES = torch.rand(1, 3, 160, 192, generator=torch.Generator().manual_seed(0))


class Calls:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def refused(path, match):
    with pytest.raises(CheckpointError, match=match) as caught:
        network.load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["yolo26n", "yolo11n-pose"])
def test_the_network_is_the_one_that_ultralytics_loads(name):
    mine = unpickling.load(shelf.find(name))
    mine = (mine.get("ema") or mine["model"]).float().eval()
    theirs, _ = tasks.load_checkpoint(shelf.find(name))
    with torch.inference_mode():
        assert torch.equal(mine(PICTURES)[0], theirs(PICTURES)[0])
    assert mine.names == theirs.names
    assert mine.names[0] == "person"


def test_nothing_stays_allowed_afterwards():
    before = set(torch.serialization.get_safe_globals())  # torch keeps them in no order
    unpickling.load(shelf.find("yolo26n"))
    assert set(torch.serialization.get_safe_globals()) == before


@pytest.mark.parametrize(
    ("yaml", "suppressed", "keypoints"),
    [("yolov8n.yaml", False, None), ("yolov8n-seg.yaml", False, None), ("yolov10n.yaml", True, None)],
)
def test_other_generations_are_read(tmp_path, yaml, suppressed, keypoints):
    kind = tasks.SegmentationModel if "seg" in yaml else tasks.DetectionModel
    path = tmp_path / "other.pt"
    torch.save({"model": kind(yaml, verbose=False).half(), "ema": None}, path)
    module, layout = network.load(path)
    assert (layout.suppressed, layout.keypoints, len(layout.labels)) == (suppressed, keypoints, 80)
    with torch.inference_mode():
        answer = module(PICTURES)
    anchors = (160 * 192) // 64 + (160 * 192) // 256 + (160 * 192) // 1024
    extras = 32 if "seg" in yaml else 0
    assert answer.shape == ((1, 300, 6) if suppressed else (1, 84 + extras, anchors))


def test_a_fused_network_whose_layers_replaced_their_methods_is_read(tmp_path):
    fused = tasks.DetectionModel("yolov8n.yaml", verbose=False).eval().fuse(verbose=False)
    assert any("forward" in vars(layer) for layer in fused.modules())
    path = tmp_path / "fused.pt"
    torch.save({"model": fused}, path)
    read = unpickling.load(path)["model"]
    with torch.inference_mode():
        assert torch.equal(read(PICTURES)[0], fused(PICTURES)[0])
    for layer in read.modules():
        assert getattr(layer.forward, "__self__", layer) is layer


@pytest.mark.parametrize("function", [os.system, eval, exec, subprocess.Popen, open])
def test_a_call_in_a_checkpoint_is_not_made(tmp_path, function):
    mark = tmp_path / "made"
    argument = f"touch {mark}" if function in (os.system, subprocess.Popen) else f"open({str(mark)!r}, 'w')"
    arguments = (str(mark), "w") if function is open else (argument,)
    path = tmp_path / "evil.pt"
    torch.save({"model": Calls(function, *arguments)}, path)
    refused(path, "refused, for it holds .*, which is no part of a detection or pose network")
    assert not mark.exists()


def test_constructors_of_networks_are_not_called(tmp_path):
    # building a network from its description evaluates strings of the description
    mark = tmp_path / "made"
    description = {"nc": 1, "activation": f"open({str(mark)!r}, 'w')", "backbone": [], "head": []}
    path = tmp_path / "evil.pt"
    torch.save({"model": Calls(tasks.DetectionModel, description)}, path)
    refused(path, "asks for more than a network needs .a call of DetectionModel")
    assert not mark.exists()
    torch.save({"model": Calls(nn.Linear, 3, 4)}, path)
    refused(path, "a call of Linear")


def test_methods_are_not_looked_up_at_will(tmp_path):
    path = tmp_path / "evil.pt"
    for owner, name in ((tasks.DetectionModel, "__init__"), (tasks.DetectionModel, "load"), ("text", "format")):
        torch.save({"model": Calls(getattr, owner, name)}, path)
        refused(path, f"a look-up of '{name}'")


def test_other_networks_of_ultralytics_are_told_apart(tmp_path):
    path = tmp_path / "other.pt"
    torch.save({"model": tasks.ClassificationModel("yolov8n-cls.yaml", verbose=False)}, path)
    refused(path, "holds ultralytics.nn.tasks.ClassificationModel, which is no part of a detection or pose network")
    torch.save({"model": nn.Linear(3, 4)}, path)
    refused(path, "holds no YOLO network")
    torch.save({"weights": torch.zeros(3)}, path)
    refused(path, "holds no YOLO network")
    torch.save(torch.zeros(3), path)
    refused(path, "holds no YOLO network")


def test_damaged_files_are_told_apart(tmp_path):
    whole = shelf.find("yolo26n").read_bytes()
    path = tmp_path / "damaged.pt"
    for content in (b"", b"no archive at all", whole[:1000], whole[: len(whole) // 2], whole[-100_000:]):
        path.write_bytes(content)
        refused(path, "damaged, or not an Ultralytics checkpoint")
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 1
    path.write_bytes(flipped)
    refused(path, "damaged, the checksum of its part .* is wrong")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    refused(path, "not an Ultralytics checkpoint")


def test_what_torch_cannot_read_safely_is_said_in_one_line(tmp_path):
    path = tmp_path / "new.pt"
    torch.save({"model": {1, 2}, "note": "x"}, path, pickle_protocol=4)
    refused(path, "refused, torch cannot read it safely .Unsupported operand")


def test_a_bare_pickle_is_refused(tmp_path):
    path = tmp_path / "old.pt"
    mark = tmp_path / "made"
    path.write_bytes(pickle.dumps({"model": Calls(os.system, f"touch {mark}")}))
    refused(path, "damaged, or not an Ultralytics checkpoint")
    assert not mark.exists()
