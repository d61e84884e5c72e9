"""Training of the text search on a tiny data set that is drawn here: blocks of colour for clothes."""

import cv2
import numpy as np
import pytest
import torch
import yaml
from scipy.io import savemat

from reid import checkpoint
from reid.data import described
from reid.data.attributes import INDEX, UNKNOWN
from reid.networks.backbones import MobileNetV2
from reid.networks.backbones.pretrained import load_pretrained
from reid.registry import build_network, open_encoder, open_text_encoder
from reid.training.caption_data import caption_data
from reid.training.language_inputs import completed, continue_from, said_of_backbone
from reid.training.lexical import needed_words
from reid.training.run import train

COLOURS = {"red": (200, 20, 20), "blue": (20, 20, 200), "green": (20, 160, 20), "white": (235, 235, 235)}
MARKET_UPPER = ("black", "white", "red", "purple", "yellow", "gray", "blue", "green")
MARKET_LOWER = ("black", "white", "pink", "purple", "yellow", "gray", "blue", "green", "brown")


def draw(upper, lower, random):
    image = random.integers(90, 150, (128, 64, 3), np.uint8)
    image[25:65, 14:50] = COLOURS[upper]
    image[65:120, 18:46] = COLOURS[lower]
    return image


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root, random = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    pairs = [(u, low) for u in COLOURS for low in COLOURS if u != low][:8]
    plain = ("backpack", "bag", "handbag", "down", "up", "hair", "hat", "age", "gender")
    columns = {name: np.ones(8, np.uint8) for name in plain} | {"clothes": np.full(8, 2, np.uint8)}
    columns |= {"up" + c: np.array([1 + (u == c) for u, _ in pairs], np.uint8) for c in MARKET_UPPER}
    columns |= {"down" + c: np.array([1 + (low == c) for _, low in pairs], np.uint8) for c in MARKET_LOWER}
    names = np.array([f"{i:04d}" for i in range(1, 9)], object)
    market = root / "market1501"
    for person, (upper, lower) in enumerate(pairs, start=1):
        for shot in range(4):
            name = f"{person:04d}_c{shot % 2 + 1}s1_{shot:06d}_00.jpg"
            write(market / "bounding_box_train" / name, draw(upper, lower, random))
    savemat(market / "market_attribute.mat", {"market_attribute": {"train": {**columns, "image_index": names}}})
    cuhk, rows = root / "peta" / "CUHK" / "archive", []
    for number, (upper, lower) in enumerate(pairs[:6], start=1):
        picture = draw(upper, lower, random)
        write(cuhk / f"{number:04d}.png", picture)
        rows.append(f"{number:04d}.png upperBody{upper.capitalize()} lowerBody{lower.capitalize()} lowerBodyTrousers")
        if number == 2:  # the same shot in another data set, a little larger
            write(root / "cuhk01" / "campus" / "0005001.png", cv2.resize(picture, (60, 160)))
    write(root / "cuhk01" / "campus" / "0006001.png", draw("white", "red", random))
    (cuhk / "Label.txt").write_text("\n".join(rows) + "\n")
    words = sorted(word for word in needed_words() if word.isascii())
    lines = [" ".join([word, *(f"{x:.4f}" for x in random.standard_normal(12))]) for word in words]
    (root / "words.txt").write_text("\n".join(lines) + "\n")
    (root / "kept.json").write_text('{"market1501": ["0003"], "cuhk01": ["0005"]}')
    paths = {name: root / name for name in ("market1501", "peta", "cuhk01")}
    return {**paths, "words": root / "words.txt", "kept_apart": root / "kept.json", "cache": root / "cache"}


KEPT = {"market1501": frozenset({3}), "cuhk01": frozenset({5})}


def test_people_who_are_kept_apart_never_reach_the_training(data):
    people, left_out = described.load(data, KEPT)
    names = {sample.path.name for sample in people.samples}
    assert len(people) == 7 * 4 + 5
    assert not any(name.startswith("0003_") for name in names)
    assert {"0001.png", "0003.png"} <= names
    assert "0002.png" not in names  # told by its looks alone
    assert left_out["peta CUHK"].startswith("1 pictures")


def test_without_a_list_everybody_takes_part_with_labels(data):
    people, _ = described.load({"market1501": data["market1501"], "peta": data["peta"]}, {})
    assert len(people) == 8 * 4 + 6
    first = people.labels[[sample.path.name.startswith("0001_") for sample in people.samples]]
    assert (first[:, INDEX["upper_red"]] == 1).all()
    assert len(np.unique(people.people)) == 8 + 6


def test_cuhk01_is_asked_for_where_it_is_needed(data):
    with pytest.raises(ValueError, match="--data cuhk01"):
        described.load({"peta": data["peta"]}, KEPT)
    with pytest.raises(ValueError, match="--data market1501"):
        described.load({}, {})


def test_of_a_crowd_nothing_is_told_and_who_is_kept_apart_stays_out(data):
    people, left_out = described.crowd(["cuhk01"], data, KEPT)
    assert [sample.path.name for sample in people.samples] == ["0006001.png"]
    assert people.people.tolist() == [2_000_006]
    assert (people.labels == UNKNOWN).all()
    assert left_out == {"cuhk01": "1 identities kept apart"}
    with pytest.raises(ValueError, match="--data pku_reid:PATH"):
        described.crowd(["pku_reid"], data, KEPT)


def test_a_crowd_needs_a_first_network(data, tmp_path):
    config = {"crowds": ["cuhk01"], "input": {"height": 64, "width": 32}, "held_out": 0.2, "loop": {}}
    with pytest.raises(ValueError, match="--data first:CHECKPOINT"):
        caption_data(config, data)


def test_held_out_people_are_whole_and_repeatable():
    people = np.repeat(np.arange(50), 3)
    mask = described.held_out(people, 0.2, seed=1)
    assert mask.sum() == 30
    assert all(len(set(mask[people == person])) == 1 for person in range(50))
    np.testing.assert_array_equal(mask, described.held_out(people, 0.2, seed=1))
    assert (mask != described.held_out(people, 0.2, seed=2)).any()


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    config = {
        "task": "language",
        "network": {
            "name": "crossmodal",
            "args": {
                "dim": 96,
                "image": {"bands": 2, "reduce": 16, "width": 48, "last_stride": 1},
                "text": {"word_dim": 12, "width": 32, "layers": 1},
            },
        },
        "input": {"height": 64, "width": 32},
        "words": {"frequent": 0},
        "held_out": 0.2,
        "batch": {"size": 16, "several": 3, "unseen": 4},
        "loss": {"seen": 1.0, "read": 1.0, "near": 0.5, "new_lr": 3.0},
        "loop": {"epochs": 2, "lr": 1e-3, "warmup_steps": 2, "bf16": False, "seed": 0},
    }
    (folder / "language.yaml").write_text(yaml.safe_dump(config))
    torch.set_num_threads(1)
    rows = []
    out = train(folder / "language.yaml", data, folder / "out", resume=False, overrides={}, report=rows.append)
    return out, rows


def test_a_run_writes_a_checkpoint_that_both_encoders_open(trained, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder, rows = trained
    assert checkpoint.verify(folder) is None
    card = checkpoint.read_card(folder)
    assert card["kind"] == "language"
    assert "no written caption" in card["captions"]
    assert card["exclusions"]["market1501"] == "1 identities kept apart"
    assert len(card["calibration"]) == 2
    assert {"matching", "seen", "read"} <= set(rows[0])
    text, pictures = open_text_encoder(folder, runtime="torch"), open_encoder(folder, runtime="torch")
    crop = draw("red", "blue", np.random.default_rng(5))
    assert text.encode(["a man in a red shirt"]).shape == pictures.encode([crop]).shape == (1, 96)
    assert text.space == pictures.space
    assert text.unknown_words("a red qwertzu") == ("qwertzu",)


def test_the_card_names_no_folder_of_this_machine(trained):
    folder, _ = trained
    text = (folder / "card.json").read_text()
    assert str(folder.parent.parent) not in text
    assert "kept_apart:kept.json" in text


def test_a_backbone_comes_from_a_file_or_from_a_checkpoint(tmp_path):
    network = build_network("strip_lstm", {"strips": 2, "hidden": 8, "dim": 8})
    card = {"kind": "appearance", "network": {"name": "strip_lstm", "args": {}}, "preprocess": {}}
    checkpoint.write(tmp_path / "people", network.state_dict(), card, {})
    backbone = MobileNetV2(blocks=18)
    load_pretrained(backbone, tmp_path / "people")
    for name, tensor in backbone.state_dict().items():
        expected = network.backbone.state_dict()[name]
        assert torch.equal(tensor, expected.half().float() if expected.is_floating_point() else expected)
    assert "checkpoint for appearance" in said_of_backbone(tmp_path / "people")
    checkpoint.write(tmp_path / "other", {"backbone.strange": torch.zeros(1)}, card, {})
    with pytest.raises(ValueError, match="does not hold the backbone"):
        load_pretrained(backbone, tmp_path / "other")
    old = {k.replace("stages", "features"): v for k, v in backbone.state_dict().items()}
    torch.save(old, tmp_path / "imagenet.pth")
    fresh = MobileNetV2(blocks=18)
    load_pretrained(fresh, tmp_path / "imagenet.pth")
    assert torch.equal(fresh.stages[3].conv[0][0].weight, backbone.stages[3].conv[0][0].weight)
    assert said_of_backbone(tmp_path / "imagenet.pth") == "ImageNet"


def test_a_first_network_fills_in_only_what_market_does_not_tell(data, trained, monkeypatch, tmp_path):
    people, _ = described.load(data, KEPT)
    market = np.array([sample.dataset == "market1501" for sample in people.samples])
    pictures = np.zeros((len(people), 70, 35, 3), np.uint8)
    monkeypatch.setattr("reid.data.filling._LEAST", 3)
    result = completed(people, pictures, trained[0], tmp_path)
    told = people.labels != UNKNOWN
    np.testing.assert_array_equal(result.labels[told], people.labels[told])
    np.testing.assert_array_equal(result.labels[~market], people.labels[~market])
    assert (result.labels[market] != UNKNOWN).sum() > (people.labels[market] != UNKNOWN).sum()
    assert (result.labels[market][:, INDEX["jacket"]] == UNKNOWN).all()


def test_a_training_goes_on_from_a_checkpoint_with_other_words(trained):
    args = dict(checkpoint.read_card(trained[0])["network"]["args"])
    network = build_network("crossmodal", {**args, "words": 5})
    network.text.set_words(torch.eye(5, 12))
    continue_from(network, trained[0])
    stored = checkpoint.load_weights(trained[0], "image.")
    assert torch.equal(network.image.embed.weight, stored["embed.weight"])
    assert network.text.codes.shape == (6, 12)
    assert network.text.codes[1, 0] == 127
    with pytest.raises(ValueError, match="another architecture"):
        continue_from(build_network("crossmodal", {**args, "words": 5, "dim": 80}), trained[0])
