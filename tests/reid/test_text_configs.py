"""Every way to search by words that configs/ offers can be built, trained, and learnt by heart."""

from pathlib import Path

import pytest
import torch
from drawn_people import peta
from torch import nn

from reid import registry
from reid.training.run import read_config

ROOT = Path(__file__).parents[2] / "configs"
FILES = {path.stem: path for path in (*sorted((ROOT / "text").glob("*.yaml")), ROOT / "language.yaml")}
METHODS = {
    *("fisher", "textcnn", "convrnn", "dual_path", "ranking", "identity", "instance", "cmpm", "cmpm_cmpc", "sdm"),
    *("infonce", "gna_rnn", "spatial_attention", "coattention", "word_gates", "captioner", "captioner_ratio"),
    "language",
}
# Below which the sum of the losses is nearly zero: of a cross-entropy 0.1 is a chance of 90 % for what is right, of the
# ranking loss 0.01 is a margin that is nearly kept by all, of a captioner 0.2 is 82 % for every next word. `language`
# adds up a matching loss and six times a binary cross-entropy.
NEARLY_ZERO = {"ranking": 0.01, "captioner": 0.2, "captioner_ratio": 0.2, "language": 0.7}
RATE = {"language": 1e-2, "captioner": 5e-3, "captioner_ratio": 5e-3, "word_gates": 5e-3, "coattention": 5e-3}
SMALL = {
    "input": {"height": 48, "width": 24},
    "held_out": 0.0,
    "frozen_stages": 0,
    "words": {"frequent": 0},
    # One fixed sentence of each picture, and the pictures as they are.
    "batch": {"size": 32, "several": 0, "sentences": 1, "unseen": 0, "tokens": 16},
    "augmentation": dict.fromkeys(("shift", "scale", "brightness", "erase", "blur", "cut"), 0.0),
    "camera_noise": None,
}
BACKBONE = {"name": "mobilenet_v2", "blocks": 6}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return peta(tmp_path_factory.mktemp("people"), 32)


def small(name):
    config = read_config(FILES[name])
    config |= SMALL
    args = config["network"]["args"]
    if config["task"] == "language":
        args |= {"dim": 128, "image": {"bands": 2, "reduce": 32, "width": 64}, "text": {"width": 48, "layers": 1}}
    else:
        args["image"] = {**args["image"], "backbone": BACKBONE}
    if "width" in args["image"]:
        args["image"]["width"] = 32
    if "vocabulary" in args:
        args |= {"vocabulary": 200, "hidden": 64}
    for losses in [config.get("losses") or {}, *(stage["losses"] for stage in config.get("stages") or [])]:
        for settings in losses.values():
            # Nobody can foresee what a label is smoothed by, or a sentence without its picture. SDM at its own
            # temperature stays where it is once it is sure of something wrong: its gradient vanishes there.
            easy = {"smoothing": 0.0, "hidden": 0.0, "temperature": 0.07, "negatives": 8}
            settings |= {key: value for key, value in easy.items() if key in settings}
    return config


def opened(name, data):
    torch.set_num_threads(1)
    config = small(name)
    return registry.resolve(registry.TASKS, config["task"], "task")(config, data)


def test_there_is_a_file_for_each_method():
    assert set(FILES) == METHODS


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_first_line_names_the_method_and_its_file(name):
    first = FILES[name].read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    if name != "language":
        path = first.rsplit(": ", 1)[1]
        assert (ROOT.parent / path).is_file(), path


@pytest.mark.parametrize("name", sorted(FILES))
def test_it_trains_a_step(name, data):
    task = opened(name, data)
    if hasattr(task, "begin_epoch"):
        task.begin_epoch(task.config["loop"]["epochs"] - 1)
    task.network.train()
    batch = next(task.batches(0))
    before = {key: value.clone() for key, value in task.network.named_parameters()}
    optimizer = torch.optim.SGD([{"params": group["params"]} for group in task.groups()], lr=0.1)
    terms = task.losses(batch)
    sum(terms.values()).backward()
    silent = [key for key, value in task.network.named_parameters() if value.requires_grad and value.grad is None]
    assert all(torch.isfinite(term) for term in terms.values())
    assert silent == [key for key in silent if key in ("nothing",)], silent
    optimizer.step()
    changed = [key for key, value in task.network.named_parameters() if not torch.equal(value, before[key])]
    assert any("backbone" in key for key in changed)
    assert any("backbone" not in key for key in changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FILES))
def test_it_learns_32_samples_by_heart(name, data):
    task = opened(name, data)
    epochs = task.config["loop"]["epochs"] = 250
    for module in task.network.modules():
        if isinstance(module, nn.Dropout | nn.Dropout2d):
            module.p = 0.0
    for group in (groups := task.groups()):
        group["lr"] = RATE.get(name, 2e-3)
        group.pop("lr_scale")
    optimizer = torch.optim.AdamW(groups, weight_decay=0.0)
    task.network.train()
    first = last = float("inf")
    for epoch in range(epochs):
        if hasattr(task, "begin_epoch"):
            task.begin_epoch(epoch)
            task.network.train()
        for batch in task.batches(epoch):
            loss = sum(task.losses(batch).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        first, last = (loss.item() if epoch == 0 else first), loss.item()
        if last < NEARLY_ZERO.get(name, 0.1):
            break
    assert last < NEARLY_ZERO.get(name, 0.1), f"{first} -> {last} in {epoch + 1} epochs"
    print(f"{name}: {first:.3f} -> {last:.3f} in {epoch + 1} steps")
