"""A mistake in a training configuration is told in one line: what, where, and what was probably meant."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
import yaml

from reid.training.faults import Fault, UnknownKey, check_args
from reid.training.overrides import as_options, full_keys, overlaid, parse_settings
from reid.training.run import build_once, command_of, read_config, relative_to_configs
from reid.training.schema import check_losses, validated
from reid.training.yaml_file import line_of

SHIPPED = [path for path in Path(__file__).parents[2].joinpath("configs").rglob("*.yaml") if path.stem != "default"]
GOOD: dict[str, Any] = {
    "task": "appearance",
    "network": {"name": "global_pool", "args": {"dim": 32, "backbone": {"name": "mobilenet_v2", "last_stride": 1}}},
    "input": {"height": 64, "width": 32},
    "data": {"labelled": ["market1501"]},
    "batch": {"people": 4, "pictures": 2},
    "augmentation": {"erase": 0.0},
    "losses": {"identity": {"weight": 1.0}, "triplet": {"margin": 0.3}},
    "loop": {"epochs": 2},
}
CAPTIONS: dict[str, Any] = {
    **{key: GOOD[key] for key in ("input", "loop")},
    "task": "dual",
    "network": {"name": "dual", "args": {"dim": 32, "text": {"name": "textcnn"}}},
    "stages": [{"epochs": 1, "losses": {"instance": {}}}, {"losses": {"ranking": {"margin": 0.2}}}],
}


def changed(base: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy with one setting replaced, of which numbers in the path are places of lists."""
    config = copy.deepcopy(base)
    *way, last = key.split(".")
    place: Any = config
    for part in way:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    place[last] = value
    return config


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_sound(path: Path) -> None:
    config = read_config(path)
    assert config["loop"]["epochs"] >= 1
    assert config["loop"]["momentum"] == 0.9  # defaults are filled in


def test_defaults_are_filled_in_and_what_is_given_stays() -> None:
    config = validated(GOOD)
    assert config["loop"]["epochs"] == 2
    assert config["loop"]["optimizer"] == "adamw"
    assert config["augmentation"]["erase"] == 0.0
    assert config["augmentation"]["blur"] == 0.15
    assert config["network"] == GOOD["network"]
    assert yaml.safe_load(yaml.safe_dump(config)) == config  # plain types only
    assert validated(config) == config


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        # unknown keys, on every level
        ("los", {}, "unknown key 'los'; did you mean 'losses'?"),
        ("zzz", 1, "unknown key 'zzz'; known: "),
        ("loop.epocs", 3, "unknown key 'loop.epocs'; did you mean 'epochs'?"),
        ("input.hight", 3, "unknown key 'input.hight'; did you mean 'height'?"),
        ("batch.poeple", 3, "unknown key 'batch.poeple'; did you mean 'people'?"),
        ("data.labeled", [], "unknown key 'data.labeled'; did you mean 'labelled'?"),
        ("augmentation.eras", 0.1, "unknown key 'augmentation.eras'; did you mean 'erase'?"),
        ("losses.tripplet", {}, "unknown key 'losses.tripplet'; did you mean 'triplet'?"),
        ("losses.triplet.margni", 1, "unknown key 'losses.triplet.margni'; did you mean 'margin'?"),
        ("losses.triplet.wieght", 1, "unknown key 'losses.triplet.wieght'; did you mean 'weight'?"),
        ("network.nam", "x", "unknown key 'network.nam'; did you mean 'name'?"),
        ("network.args.dimm", 3, "unknown key 'network.args.dimm'; did you mean 'dim'?"),
        (
            "network.args.backbone.last_strde",
            1,
            "unknown key 'network.args.backbone.last_strde'; did you mean 'last_stride'?",
        ),
        # names that do not exist
        ("task", "apearance", "task 'apearance' is unknown; did you mean 'appearance'?"),
        ("network.name", "global_pol", "network 'global_pol' is unknown; did you mean 'global_pool'?"),
        ("network.args.backbone.name", "resnet5", "backbone 'resnet5' is unknown; did you mean 'resnet50'?"),
        # wrong types
        ("task", 3, "task: expected a name, got 3"),
        ("loop", [1], "loop: input should be an object, got [1]"),
        ("network", "strip_lstm", "network: input should be an object, got 'strip_lstm'"),
        ("loop.epochs", "five", "loop.epochs: input should be a valid integer, got 'five'"),
        ("loop.epochs", "5", "loop.epochs: input should be a valid integer, got '5'"),
        ("loop.epochs", 2.5, "loop.epochs: input should be a valid integer"),
        ("loop.epochs", True, "loop.epochs: input should be a valid integer, got True"),
        ("loop.bf16", "yes", "loop.bf16: input should be a valid boolean, got 'yes'"),
        ("network.args.dim", "wide", "network.args.dim: input should be a valid integer, got 'wide'"),
        ("network.args.pool", "avrage", "network.args.pool: input should be 'average' or 'max', got 'avrage'"),
        ("augmentation.erase", "much", "augmentation.erase: input should be a valid number, got 'much'"),
        ("losses.triplet.weight", "much", "losses.triplet.weight: expected a number from 0 up, got 'much'"),
        ("losses.triplet", 1.0, "losses.triplet: input should be an object, got 1.0"),
        # out of range
        ("loop.epochs", 0, "loop.epochs: input should be greater than 0, got 0"),
        ("loop.lr", -0.1, "loop.lr: input should be greater than 0, got -0.1"),
        ("loop.lr", float("nan"), "loop.lr: input should be "),
        ("loop.lr", float("inf"), "loop.lr: input should be "),
        ("loop.momentum", 1.0, "loop.momentum: input should be less than 1, got 1.0"),
        ("loop.accumulate", 0, "loop.accumulate: input should be greater than 0, got 0"),
        ("loop.schedule", "cosin", "loop.schedule: input should be 'cosine', 'step' or 'constant', got 'cosin'"),
        ("input.height", 0, "input.height: input should be greater than or equal to 16, got 0"),
        ("frozen_stages", -1, "frozen_stages: input should be greater than or equal to 0, got -1"),
        ("augmentation.erase", 1.5, "augmentation.erase: expected a share from 0 to 1, got 1.5"),
        ("losses.triplet.weight", -1, "losses.triplet.weight: expected a number from 0 up, got -1"),
        ("losses", {}, "losses: names no loss; use one or more of "),
        # what does not agree
        ("loop.schedule", "step", "loop: schedule 'step' needs milestones"),
        ("loop.milestones", [3], "loop: milestones are of the schedule 'step', but the schedule is 'cosine'"),
        ("loop.nesterov", True, "loop: nesterov needs the optimizer 'sgd'"),
        ("loop.patience", 3, "loop: patience needs watch"),
    ],
)
def test_a_mistake_is_told_with_its_place(key: str, value: Any, message: str) -> None:
    with pytest.raises(Fault) as told:
        validated(changed(GOOD, key, value))
    assert str(told.value).startswith(message)
    assert "\n" not in str(told.value)
    assert key.startswith(told.value.where)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("stages.1.losses.rankin", {}, "unknown key 'stages.1.losses.rankin'; did you mean 'ranking'?"),
        ("stages.1.losses.ranking.hardst", True, "unknown key 'stages.1.losses.ranking.hardst'; did you mean"),
        ("stages.0.epoch", 2, "unknown key 'stages.0.epoch'; did you mean 'epochs'?"),
        ("stages.0.epochs", 0, "stages.0.epochs: input should be greater than or equal to 1, got 0"),
        ("network.args.text.name", "textcn", "text 'textcn' is unknown; did you mean 'textcnn'?"),
        ("network.args.text.droput", 0.1, "unknown key 'network.args.text.droput'; did you mean 'dropout'?"),
        ("batch.size", "big", "batch.size: input should be a valid integer, got 'big'"),
    ],
)
def test_mistakes_in_what_reads_sentences(key: str, value: Any, message: str) -> None:
    validated(CAPTIONS)
    with pytest.raises(Fault) as told:
        validated(changed(CAPTIONS, key, value))
    assert str(told.value).startswith(message)


@pytest.mark.parametrize("key", ["task", "network", "input", "data", "losses"])
def test_what_is_missing_is_named(key: str) -> None:
    with pytest.raises(Fault, match=f"^{key}: is missing"):
        validated({name: value for name, value in GOOD.items() if name != key})


def test_a_slip_in_a_key_that_is_needed_is_told_rather_than_its_absence() -> None:
    with pytest.raises(UnknownKey, match="unknown key 'newtork'; did you mean 'network'"):
        validated({"newtork" if key == "network" else key: value for key, value in GOOD.items()})


TEXT = """\
task: appearance
network:
  name: global_pool
  args: {dim: 32}
input: {height: 64, width: 32}
data:
  labelled: [market1501]
losses:
  triplet:
    margni: 0.3
loop:
  lr: 6e-4
"""


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("", "", ", line 10: unknown key 'losses.triplet.margni'; did you mean 'margin'?"),
        ("dim: 32", "dmi: 32", ", line 4: unknown key 'network.args.dmi'; did you mean 'dim'?"),
        ("lr: 6e-4", "lr: -6e-4", ", line 12: loop.lr: input should be greater than 0, got -0.0006"),
        ("input: {height: 64, width: 32}", "", ": input: is missing"),
        ("name: global_pool", "# no name", ", line 2: network.name: is missing"),
        ("  args: {dim: 32}", "  args: {dim: 32", " is not YAML in line"),
        ("loop:", "task: dual\nloop:", " is not YAML in line 11 (the key 'task' is given twice)"),
        ("\n  lr: 6e-4", "\n\tlr: 6e-4", " is not YAML in line 12"),
    ],
)
def test_a_file_is_told_with_the_line(tmp_path: Path, before: str, after: str, message: str) -> None:
    path = tmp_path / "c.yaml"
    text = TEXT if not before else TEXT.replace("margni", "margin")
    assert before in text
    path.write_text(text.replace(before, after, 1) if before else text)
    with pytest.raises(ValueError) as told:
        read_config(path)
    assert str(told.value).startswith(f"{path}{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "got nothing"), ("- task", "got list"), ("task", "got str"), ("task: [1, 2", "is not YAML in line")],
)
def test_a_file_that_is_no_mapping(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_config(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="cannot be read"):
        read_config(path)
    with pytest.raises(ValueError, match="cannot be read"):
        read_config(tmp_path)


def test_exponents_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(TEXT.replace("margni", "margin"))
    assert read_config(path)["loop"]["lr"] == 6e-4


def test_lines_of_keys() -> None:
    text = "a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n"
    places = {"a": 1, "a.b": 2, "a.c": 3, "a.c.1": 5, "a.c.1.d": 5, "a.zzz": 1, "zzz": None, "": None}
    assert {where: line_of(text, where) for where in places} == places


# options of the command line


def test_settings_of_the_command_line_are_checked_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(GOOD))
    given = parse_settings(
        ["loop.lr=1e-3", "network.args.dim=128", "data.labelled=[cuhk03]", "losses.triplet.margin=1"]
    )
    config = read_config(path, given)
    assert config["loop"]["lr"] == 1e-3
    assert config["network"]["args"]["dim"] == 128
    assert config["data"]["labelled"] == ["cuhk03"]
    assert config["losses"] == {"identity": {"weight": 1.0}, "triplet": {"margin": 1}}
    assert read_config(path, {"epochs": 7})["loop"]["epochs"] == 7
    for pair, message in {
        "loop.epocs=3": "options: unknown key 'loop.epocs'; did you mean 'epochs'?",
        "loop.epochs=0": "options: loop.epochs: input should be greater than 0, got 0",
        "task.x=3": "options: task.x: task is 'appearance' and has no keys",
        "data.labelled.0=x": "options: data.labelled.0: data.labelled is a list; set it as a whole",
    }.items():
        with pytest.raises(ValueError) as told:
            read_config(path, parse_settings([pair]))
        assert str(told.value) == message


@pytest.mark.parametrize("pair", ["loop.lr", "=3", "loop..lr=3", "loop.lr=[1", ".=1"])
def test_settings_that_are_none(pair: str) -> None:
    with pytest.raises(ValueError, match=r"^--set "):
        parse_settings([pair])


def test_an_override_leaves_what_it_came_from_alone() -> None:
    content = {"a": {"b": {"c": 1, "d": 2}}}
    assert overlaid(content, {"a.b.c": 3, "e.f": 4}) == {"a": {"b": {"c": 3, "d": 2}}, "e": {"f": 4}}
    assert content == {"a": {"b": {"c": 1, "d": 2}}}


def test_the_command_of_a_card_sets_the_same_again() -> None:
    import shlex

    given = full_keys(
        {"epochs": 3, "loop.lr": 1e-5, "loop.watch": "judged_AUC", "network.args.pool": "max", "weights": None}
        | {"data.labelled": ["a b", "c"], "network.args.odd": "3", "frozen_stages": 0, "loop.bf16": False}
    )
    words = shlex.split(as_options(given))
    back: dict[str, Any] = {}
    while words:
        option, value, *words = words
        back |= parse_settings([value] if option == "--set" else [f"loop.{option[2:]}={value}"])
    assert back == given


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("configs/appearance.yaml", "configs/appearance.yaml"),
        ("/a/configs/image/x.yaml", "configs/image/x.yaml"),
        ("/configs/a/configs/text/x.yaml", "configs/text/x.yaml"),
        ("/somewhere/mine.yaml", "configs/mine.yaml"),
    ],
)
def test_a_card_names_the_file_below_configs(path: str, told: str) -> None:
    assert relative_to_configs(Path(path)) == told
    command = command_of(Path(path), {"peta": Path("/d/my peta"), "cache": Path("/c")}, {"loop.epochs": 2})
    assert command == f"reidpipe train {told} --data peta:'my peta' --epochs 2"


# the helpers


class Text:
    def __init__(self, width: int = 3, kind: Literal["lstm", "gru"] = "lstm") -> None: ...


class Pair:
    PARTS: ClassVar = {"text": {"cnn": Text}, "plain": Text}

    def __init__(
        self, words: int, text: dict[str, Any], plain: dict[str, Any] | None = None, size: tuple[int, int] = (1, 2)
    ) -> None: ...


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"text": {"name": "cnn", "widht": 3}}, "unknown key 'a.text.widht'; did you mean 'width'?"),
        ({"text": {"name": "cn"}}, "text 'cn' is unknown; did you mean 'cnn'?"),
        ({"text": {"width": 3}}, "a.text: needs a name; use one of cnn"),
        ({"text": {"name": "cnn", "kind": "gro"}}, "a.text.kind: input should be 'lstm' or 'gru', got 'gro'"),
        ({"plain": {"widht": 3}}, "unknown key 'a.plain.widht'; did you mean 'width'?"),
        ({"size": [1, 2, 3]}, "a.size: "),
        ({"words": 3}, "unknown key 'a.words'"),
        ({"text": 3}, "a.text: input should be a valid dictionary, got 3"),
    ],
)
def test_arguments_are_checked_by_signature(args: dict[str, Any], message: str) -> None:
    check_args({"text": {"name": "cnn", "width": 4, "kind": "gru"}, "size": [3, 4]}, Pair, "a", given=("words",))
    with pytest.raises(Fault) as told:
        check_args(args, Pair, "a", given=("words",))
    assert str(told.value).startswith(message)


def test_losses_are_checked_by_their_classes() -> None:
    table = {"one": Text, "two": "line_task:LineTask"}
    check_losses({"one": {"width": 2}, "two": {"weight": 0.5, "noise": 0.1}}, table)
    with pytest.raises(Fault, match=r"unknown key 'losses\.two\.nois'; did you mean 'noise'"):
        check_losses({"two": {"nois": 0.1}}, table)
    with pytest.raises(Fault, match=r"unknown key 'losses\.one\.width'"):
        check_losses({"one": {"width": 2}}, table, given=("width",))


def test_a_network_that_cannot_be_built_is_told_before_data_are_read() -> None:
    build_once(GOOD)
    with pytest.raises(ValueError, match=r"network\.args: global_pool cannot be built with them: .*-3"):
        build_once(changed(GOOD, "network.args.dim", -3))
    build_once(CAPTIONS)  # needs the number of words, which the task knows


def test_a_task_of_another_package_keeps_its_own_sections() -> None:
    network = {"name": "line_task:Line", "args": {"hidden": 4}}
    config = {"task": "line_task:build", "network": network, "input": GOOD["input"], "line": {"steps": 3}}
    assert validated(config)["line"] == {"steps": 3}
    with pytest.raises(Fault, match=r"unknown key 'network\.args\.hiden'; did you mean 'hidden'"):
        validated(changed(config, "network.args.hiden", 3))
