"""Training of a shared space on people who are drawn here."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from drawn_people import draw, peta, write

from reid import checkpoint
from reid.registry import open_encoder, open_text_encoder
from reid.training.dual import build
from reid.training.run import read_config, train

ROOT = Path(__file__).parents[2] / "configs" / "text"
SMALL = {
    "input": {"height": 48, "width": 24},
    "frozen_stages": 0,
    "words": {"frequent": 0},
    "held_out": 0.2,
    "batch": {"size": 16, "several": 0},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    torch.set_num_threads(1)
    return peta(tmp_path_factory.mktemp("people"), 40)


def shrunk(folder, name, **changes):
    """A configuration of configs/text, made small, as a file."""
    config = yaml.safe_load((ROOT / f"{name}.yaml").read_text()) | SMALL | changes
    args = config["network"]["args"]
    args |= {"dim": 32, "width": 48, "image": {"backbone": {"name": "mobilenet_v2", "blocks": 5}}}
    config["loop"] |= {"bf16": False, "warmup_steps": 2, "lr": 1e-3, "epochs": 3}
    for stage, epochs in zip(config.get("stages", ()), (1, 2), strict=False):
        stage["epochs"] = epochs
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
    return folder / f"{name}.yaml"


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("run"), []
    path = shrunk(folder, "dual_path")
    out = train(path, data, folder / "out", resume=False, overrides={}, report=rows.append)
    return out, rows


def test_stages_have_their_own_losses(trained):
    _, rows = trained
    epochs = [{name for row in rows if row.get("epoch") == epoch for name in row} for epoch in range(3)]
    assert "instance" in epochs[0]
    assert "ranking" not in epochs[0]
    assert {"instance", "ranking"} <= epochs[1] & epochs[2]


def test_both_encoders_open_and_criteria_stay_behind(trained, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder, _ = trained
    assert checkpoint.verify(folder) is None
    card = checkpoint.read_card(folder)
    assert (card["kind"], card["network"]["name"], card["network"]["args"]["dim"]) == ("language", "dual", 32)
    assert "held out" in card["exclusions"]
    assert len(card["calibration"]) == 2
    assert "held_out_AUC" in card["figures"]
    assert not any("criteria" in name or "classes" in name for name in checkpoint.load_weights(folder))
    crop = draw("red", "blue", np.random.default_rng(5))
    for runtime in ("torch", "openvino"):
        text, pictures = open_text_encoder(folder, runtime=runtime), open_encoder(folder, runtime=runtime)
        assert text.space == pictures.space
        vectors = text.encode(["a man in a red shirt"]), pictures.encode([crop])
        assert [vector.shape for vector in vectors] == [(1, 32)] * 2
        np.testing.assert_allclose([np.linalg.norm(vector) for vector in vectors], 1, atol=1e-5)
    assert text.unknown_words("a red qwertzu") == ("qwertzu",)


def test_the_report_scores_as_the_encoders_do(data, trained, monkeypatch, tmp_path):
    from reid.training.language_report import picture_vectors, sentence_vectors

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder, _ = trained
    task = build(read_config(folder.parents[1] / "dual_path.yaml"), data)
    task.model.image.load_state_dict(checkpoint.load_weights(folder, "image."))
    task.model.text.load_state_dict(checkpoint.load_weights(folder, "text."))
    task.network.eval()
    crops, texts = list(task.data.held_pictures[:5]), ["a woman in black trousers", "a red top"]
    ours = sentence_vectors(task, texts) @ picture_vectors(task, crops).T
    encoders = open_text_encoder(folder, runtime="torch", typed=True), open_encoder(folder, runtime="torch")
    np.testing.assert_allclose(ours, encoders[0].encode(texts) @ encoders[1].encode(crops).T, atol=1e-4)


def test_what_shall_hold_still_does(data, tmp_path):
    task = build(read_config(shrunk(tmp_path, "dual_path")), data)
    backbone, first = task.model.image.backbone, next(iter(task.model.image.join.parameters()))
    groups = task.groups()

    def epoch(number):
        task.begin_epoch(number)
        task.network.train()
        batches = list(task.batches(number))
        before = {name: value.clone() for name, value in backbone.state_dict().items()}, first.clone()
        optimizer = torch.optim.SGD([{"params": group["params"]} for group in groups], lr=0.1)
        optimizer.zero_grad()
        sum(task.losses(batches[0]).values()).backward()
        optimizer.step()
        same = all(torch.equal(value, before[0][name]) for name, value in backbone.state_dict().items())
        return same, torch.equal(first, before[1])

    assert epoch(0) == (True, False)  # batch statistics included
    assert epoch(1) == (False, False)
    assert epoch(0) == (True, False)  # a stage follows from the epoch alone


def test_a_resumed_run_ends_with_the_same_weights(data, tmp_path):
    path = shrunk(tmp_path, "dual_path")
    whole = train(path, data, tmp_path / "whole", resume=False, overrides={}, report=lambda _: None)

    class Stop(Exception):
        pass

    def stop(row):
        if row.get("epoch") == 1 and row.get("step") == 0:
            raise Stop

    with pytest.raises(Stop):
        train(path, data, tmp_path / "part", resume=False, overrides={}, report=stop)
    part = train(path, data, tmp_path / "part", resume=True, overrides={}, report=lambda _: None)
    first, second = checkpoint.load_weights(whole), checkpoint.load_weights(part)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_written_captions_train_too(tmp_path, data):
    rows = []
    for number in range(24):
        upper = ("red", "blue", "green", "white")[number % 4]
        write(tmp_path / "imgs" / f"{number}.png", draw(upper, "black", np.random.default_rng(number)))
        texts = [f"Someone in a {upper} shirt.", f"This person wears {upper}."]
        rows.append({"id": number // 3, "file_path": f"{number}.png", "captions": texts, "split": "train"})
    (tmp_path / "raw.json").write_text(json.dumps(rows))
    path = shrunk(tmp_path, "infonce", batch={"size": 12, "several": 2}, held_out=0.25)
    given = {"icfg_pedes": tmp_path / "raw.json", "cache": tmp_path / "cache"}
    folder = train(path, given, tmp_path / "out", resume=False, overrides={"loop.epochs": 1}, report=lambda _: None)
    card = checkpoint.read_card(folder)
    assert card["data"] == {"icfg_pedes": "24 pictures with 48 written captions, split train"}
    assert card["captions"] == "written ones of icfg_pedes"
    assert card["exclusions"] == {"held out": "2 people, 6 pictures, to calibrate by"}
    assert "held_out_AUC" in card["figures"]
    task = build(read_config(path), {**given, "peta": data["peta"]})
    assert {sample.dataset for sample in task.data.told.people.samples} == {"peta", "icfg_pedes"}
    assert "others generated from attribute labels" in task.origin["captions"]


def test_mistakes_are_told_before_anything_is_loaded(tmp_path):
    for change, message in [
        ({"losses": {"infonse": {}}}, "losses.infonse.*did you mean 'infonce'"),
        ({"losses": {"infonce": {"temprature": 1.0}}}, "did you mean 'temperature'"),
        ({"losses": {"infonce": {}}, "stages": []}, "either losses, or stages"),
        ({"batch": {"size": 16, "severall": 1}}, "did you mean 'several'"),
        ({"camera_noise": {"gama": 1.0}}, "did you mean 'gamma'"),
        ({"loss": {}}, "did you mean 'losses'"),
    ]:
        path = shrunk(tmp_path, "infonce", **change)
        with pytest.raises(ValueError, match=message):
            read_config(path)
