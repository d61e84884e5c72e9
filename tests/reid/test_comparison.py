"""What is compared, what is done anew and what is not, and what the document says of it."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from reid.comparison import record, table
from reid.comparison.children import ChildFailed, Children, _reason, _shares
from reid.comparison.folder import ACROSS, COST, FAILED, FIGURES, SHORTLIST, MethodFolder, measures
from reid.comparison.method import IMAGE, TEXT, Method, backbone_of, read_method
from reid.comparison.ready import baseline, shipped
from reid.comparison.work import Wanted, do_all, shown

PROGRAM = (sys.executable, str(Path(__file__).parent / "fake_commands.py"))
CONFIG = {
    "task": "appearance",
    "network": {"name": "global_pool", "args": {"dim": 8}},
    "input": {"height": 64, "width": 32},
    "data": {"labelled": ["market1501"]},
    "batch": {"people": 4, "pictures": 3},
    "losses": {"triplet": {}},
    "loop": {"epochs": 2, "seed": 7, "accumulate": 2},
}
MEASURED = {IMAGE: ("--data", "market1501:there"), TEXT: ("--captions", "cuhk_pedes:there.json")}
WANTED = Wanted(data={}, measured=MEASURED)


def config(folder: Path, name: str, head: str = "", **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(head + yaml.safe_dump(CONFIG | changes))
    return path


def folder_of(tmp_path: Path, name: str, overrides: dict | None = None, **changes: object) -> MethodFolder:
    path = config(tmp_path / "configs", name, **changes)
    return MethodFolder.of(tmp_path / "out", read_method(path, overrides))


def work(folders: list[MethodFolder], wanted: Wanted = WANTED, jobs: int = 1) -> list[str]:
    said: list[str] = []
    do_all(folders, wanted, Children(PROGRAM, jobs, 1), jobs, said.append)
    return said


def calls(folder: MethodFolder) -> list[str]:
    return (folder.path / "calls.txt").read_text().splitlines()


# what a configuration says


def test_a_method_says_what_it_is(tmp_path: Path) -> None:
    head = "# Triplet loss (Hermans et al. 2017, arXiv:1703.07737): reid/losses/triplet.py.\n# More words.\n"
    method = read_method(config(tmp_path, "trihard", head))
    assert (method.kind, method.name) == (IMAGE, "trihard")
    assert method.title == "Triplet loss (Hermans et al. 2017, arXiv:1703.07737)"
    assert method.code == "reid/losses/triplet.py"
    assert (method.seed, method.epochs, method.size, method.backbone) == (7, 2, "64x32", "mobilenet_v2")
    assert method.batch == 4 * 3 * 2
    assert read_method(config(tmp_path, "trihard"), {"loop.seed": 9}).seed == 9


def test_the_file_to_read_where_the_head_tells_none(tmp_path: Path) -> None:
    assert read_method(config(tmp_path, "a")).code == "reid/networks/identification.py"
    osnet = {"name": "global_pool", "args": {"backbone": {"name": "osnet", "width": 0.25}}}
    method = read_method(config(tmp_path, "b", "# OSNet, small.\ntask: x\n".partition("task")[0], network=osnet))
    assert (method.code, method.backbone, method.title) == ("reid/networks/backbones/osnet.py", "osnet", "OSNet, small")


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ({}, "mobilenet_v2"),
        ({"backbone": {"name": "vgg16"}}, "vgg16"),
        ({"image": {"bands": 6}, "text": {"name": "x"}}, "mobilenet_v2"),
        ({"image": {"backbone": {"name": "osnet"}}}, "osnet"),
        ({"image": None}, "mobilenet_v2"),
    ],
)
def test_the_backbone_of_a_network(args: dict, name: str) -> None:
    assert backbone_of({"name": "any", "args": args}) == name


def test_a_slip_in_a_configuration_is_a_fault_of_that_method_alone(tmp_path: Path) -> None:
    method = read_method(config(tmp_path / "text", "slip", lossses={}))
    assert method.kind == TEXT  # by its folder: what it is cannot be read
    assert method.fault is not None
    assert "did you mean 'losses'" in method.fault
    assert "\n" not in method.fault
    with pytest.raises(FileNotFoundError, match="no such configuration"):
        read_method(tmp_path / "none.yaml")


def test_rows_that_need_no_training(tmp_path: Path) -> None:
    pictures, sentences = (shipped(kind, tmp_path) for kind in (IMAGE, TEXT))
    assert pictures.code == "reid/networks/strips.py"
    assert sentences.code == "reid/networks/crossmodal.py"
    for method in (pictures, sentences):
        folder = MethodFolder.of(tmp_path, method)
        assert folder.is_trained()
        assert folder.card is not None
    colours = baseline()
    assert colours is not None
    assert MethodFolder.of(tmp_path, colours).card is None
    assert (Path(__file__).parents[2] / colours.code).is_file()


# what is done, and what is not done again


def test_a_method_is_trained_and_measured_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "first")
    said = work([folder])
    assert said[:2] == ["image/first: training", "image/first: trained in 2.5 minutes"]
    assert said[2] == "image/first: measured: rank-1 50.0, mAP 50.0"
    assert measures(folder, FIGURES) is not None
    assert (folder.minutes(), folder.pictures()) == (2.5, 2 * 5 * 24)
    (call,) = calls(folder)
    assert call.startswith(f"{folder.method.path} --out {folder.path} --threads 1")
    said = work([folder])
    assert said[0] == "image/first: is trained already"
    assert not [line for line in said if "measured" in line]
    assert len(calls(folder)) == 1


def test_the_data_and_options_reach_the_training(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "first")
    given = {IMAGE: ("market1501:there", "cache:c"), TEXT: ("words:w",)}
    work([folder], Wanted(given, MEASURED, {"mobilenet_v2": "w.pth", "osnet": "o.pth"}, ("--seed", "7")))
    assert calls(folder)[0].endswith(
        "--threads 1 --data market1501:there --data cache:c --data backbone:w.pth --seed 7"
    )


def test_a_backbone_that_is_given_by_hand_is_stronger(tmp_path: Path) -> None:
    wanted = Wanted({IMAGE: ("backbone:mine",)}, MEASURED, {"mobilenet_v2": "w.pth"})
    assert wanted.data_of(folder_of(tmp_path, "first")) == ["backbone:mine"]


def test_keypoints_go_into_measuring_where_strips_are_placed_by_them(tmp_path: Path) -> None:
    wanted = Wanted({IMAGE: ("keypoints:k.npz",)}, MEASURED)
    assert wanted.measured_on(folder_of(tmp_path, "plain")) == [*MEASURED[IMAGE]]
    aligned = Method(IMAGE, "aligned", None, "", "", {"keypoints": True})
    assert wanted.measured_on(MethodFolder(tmp_path, aligned))[-2:] == ["--keypoints", "k.npz"]


def test_picture_methods_are_measured_elsewhere_too(tmp_path: Path) -> None:
    wanted = Wanted({IMAGE: ("keypoints:k.npz",)}, MEASURED, across=("viper:v", "grid:g"))
    plain = folder_of(tmp_path, "plain")
    assert wanted.measured_on(plain, across=True) == ["--data", "viper:v", "--data", "grid:g"]
    aligned = MethodFolder(tmp_path, Method(IMAGE, "aligned", None, "", "", {"keypoints": True}))
    assert wanted.measured_on(aligned, across=True)[-2:] == ["--keypoints", "k.npz"]
    words = MethodFolder(tmp_path, Method(TEXT, "words", None, "", "", {}))
    assert wanted.measured_on(words, across=True) == []


def test_a_training_that_was_killed_goes_on_as_it_began(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "dies")
    said = work([folder], Wanted({}, MEASURED, threads=2))
    assert said[-1] == "image/dies: training failed: ended by signal 9"
    assert folder.failure() == {"step": "training", "reason": "ended by signal 9"}
    assert "--threads 2" in calls(folder)[0]
    said = work([folder])
    assert said[0] == "image/dies: training goes on"
    assert calls(folder)[1].endswith("--threads 2 --resume")  # of a resumed run the threads must be the same
    assert folder.failure() is None
    assert measures(folder, FIGURES) is not None


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, name) for name in ("fails", "first", "unreadable")]
    said = work(folders, jobs=2)
    assert "image/fails: training failed: the loss is no number" in said
    assert "image/unreadable: measuring failed: a picture cannot be read" in said
    assert [folder.failure() is None for folder in folders] == [False, True, False]
    assert measures(folders[1], FIGURES) is not None
    assert "some words before" in (folders[0].path / "train.log").read_text()
    work(folders)
    assert [len(calls(folder)) for folder in folders] == [2, 1, 1]


@pytest.mark.parametrize("what", ["seed", "configuration", "data"])
def test_another_run_in_the_same_place_is_set_aside(tmp_path: Path, what: str) -> None:
    work([folder_of(tmp_path, "first")])
    other = folder_of(
        tmp_path,
        "first",
        {"loop.seed": 8} if what == "seed" else None,
        **({"new_lr": 2.0} if what == "configuration" else {}),
    )
    wanted = Wanted({IMAGE: ("market1501:there",)}, MEASURED) if what == "data" else WANTED
    said = work([other], wanted)
    assert "what was there is now first.before-1" in said[0]
    assert len(calls(other)) == 1
    assert (other.path.with_name("first.before-1") / "figures.json").is_file()
    assert "is trained already" in work([other], wanted)[0]


def test_other_threads_are_no_other_run(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "first")
    work([folder])
    assert "is trained already" in work([folder], Wanted({}, MEASURED, threads=2))[0]


def test_a_checkpoint_that_was_trained_by_hand_is_taken_if_its_card_says_the_same(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "first")
    (folder.path / "checkpoint").mkdir(parents=True)
    card = {"kind": "appearance", "network": {"name": "line", "args": {}}, "preprocess": {}, "files": {}}
    said = {"loop": {**folder.method.config["loop"], "threads": 2}}  # type: ignore[index]
    path = folder.path / "checkpoint" / "card.json"
    path.write_text(json.dumps(card | {"config": {**folder.method.config, **said}}))  # type: ignore[dict-item]
    assert "is trained already" in work([folder])[0]
    path.write_text(json.dumps(card | {"config": {**folder.method.config, "new_lr": 9.0}}))  # type: ignore[dict-item]
    assert "first.before-1" in work([folder])[0]


def test_weights_that_are_damaged_are_trained_anew(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "first")
    work([folder])
    path = folder.path / "checkpoint" / "card.json"
    path.write_text(path.read_text().replace('"files": {}', '"files": {"weights.safetensors": "00"}'))
    assert work([folder])[0] == "image/first: training goes on"


@pytest.mark.parametrize("damage", ["old", "cut off", "gone"])
def test_figures_that_are_not_sound_are_taken_anew(tmp_path: Path, damage: str) -> None:
    folder = folder_of(tmp_path, "first")
    work([folder])
    figures = folder.path / "figures.json"
    if damage == "old":
        os.utime(figures, ns=(0, 0))
    elif damage == "cut off":
        figures.write_text(figures.read_text()[:50])
    else:
        figures.unlink()
    assert "image/first: measured: rank-1 50.0, mAP 50.0" in work([folder])
    assert measures(folder, FIGURES) is not None


def test_only_matchers_judge_a_short_list(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, name) for name in ("first", "matcher")]
    said = work(folders, Wanted({}, MEASURED, shortlist=("--shortlist", "50")))
    assert "image/matcher: re-ranked: rank-1 75.0, mAP 75.0" in said
    assert measures(folders[0], SHORTLIST) is None
    found = measures(folders[1], SHORTLIST)
    assert found is not None
    assert found["mAP"]["value"] == 0.75


# processes


def test_no_more_than_so_many_at_a_time_each_on_its_cores(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; here = Path(sys.argv[1]); "
        "(here / str(os.getpid())).touch(); print(len(list(here.iterdir())), len(os.sched_getaffinity(0)), "
        "os.environ['OMP_NUM_THREADS']); time.sleep(0.3); (here / str(os.getpid())).unlink()"
    )
    children = Children((sys.executable, "-c", code), 2, 1)
    told: list[str] = []
    threads = [threading.Thread(target=lambda: told.append(children.run([str(tmp_path)]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert max(int(line.split()[0]) for line in told) <= 2
    assert {line.split()[2] for line in told} == {"1"}


def test_shares_of_cores_do_not_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 5})
    assert _shares(2, 2) == [{0, 1}, {2, 3}]
    assert _shares(3, 2) == [frozenset()] * 3  # too few: each may run anywhere


def test_why_a_command_failed() -> None:
    assert _reason("words\nerror: no room\nmore\n", "", 5) == "no room"
    assert _reason("Traceback\nValueError: x\n", "out", 1) == "ValueError: x"
    assert _reason("", "", 3) == "exit code 3"
    assert _reason("last words", "", -9) == "ended by signal 9 (last words)"


def test_what_runs_is_stopped_and_nothing_more_is_started() -> None:
    children = Children((sys.executable, "-c", "import time; time.sleep(60)"), 1, 1)
    failed: list[str] = []

    def run() -> None:
        try:
            children.run([])
        except ChildFailed as error:
            failed.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    children.stop()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 10
    assert sorted(failed) == ["ended by signal 15", "stopped"]


def test_a_command_as_a_document_tells_it() -> None:
    told = shown(["evaluate", "/home/me/runs/x/checkpoint", "--data", "market1501:/data/of/me/m", "--json"])
    assert told == "reidpipe evaluate runs/x/checkpoint --data market1501:m --json"
    assert shown(["evaluate", "/a/site-packages/reid/weights/language"]) == "reidpipe evaluate reid/weights/language"
    assert shown(["evaluate", "runs/x", "--pictures", "data"]) == "reidpipe evaluate runs/x --pictures data"


# the document


def with_results(tmp_path: Path, name: str, rank_1: float, **cost: float) -> MethodFolder:
    folder = folder_of(tmp_path, name)
    figure = {"value": rank_1, "low": rank_1 - 0.011, "high": rank_1 + 0.013}
    found = {"rank-1": figure, "mAP": {"value": rank_1 / 3, "low": 0, "high": 1}}
    folder.write(FIGURES, {"command": "c", "figures": [{"measures": found}]})
    folder.write(COST, {"parameters": 2_345_678, "picture_flops": 456_000_000, "picture_ms": 7.04, **cost})
    return folder


def cells(text: str) -> list[dict[str, str]]:
    for kept, plain in (("\u2011", "-"), ("\u00a0", " "), ("\u2060", "")):  # what keeps words on one line
        text = text.replace(kept, plain)
    lines = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def test_the_table_says_what_the_files_say(tmp_path: Path) -> None:
    folders = [with_results(tmp_path, "a_b", 0.5512), with_results(tmp_path, "c", 0.6)]
    first, second = cells(table.table(folders, tmp_path / "T.md"))
    assert re.fullmatch(
        r"\[a\\_b\]\(configs/a_b\.yaml\)<br><sub>\[identification\.py\]\(.*reid/networks/identification\.py\)</sub>",
        first["method"],
    )
    assert first["rank-1"] == "55.1<br><sub>54.0–56.4</sub>"
    assert second["rank-1"] == "**60.0**<br><sub>58.9–61.3</sub>"
    assert (first["mAP"], second["mAP"]) == ("18.4", "**20.0**")
    assert (first["params"], first["GFLOPs"], first["ms"], first["epochs"]) == ("2.35 M", "0.46", "7.0", "2")
    assert "R-5" not in first  # nobody has it
    assert "seed" not in first  # all have the same


def test_further_data_sets_have_columns(tmp_path: Path) -> None:
    folders = [with_results(tmp_path, "a", 0.5), with_results(tmp_path, "b", 0.6), with_results(tmp_path, "c", 0.7)]
    for folder, value in zip(folders[:2], (0.25, 0.125), strict=True):
        found = {"rank-1": {"value": value, "low": value - 0.05, "high": value + 0.05}}
        figures = [{"name": "viper", "measures": {"rank-1": {"value": 0.01, "low": 0.0, "high": 0.02}}}]
        folder.write(ACROSS, {"command": "c", "figures": [*figures, {"name": "grid", "measures": found}]})
    rows = cells(table.table(folders, tmp_path / "T.md"))
    assert [row["grid"] for row in rows] == ["**25.0**<br><sub>20.0–30.0</sub>", "12.5<br><sub>7.5–17.5</sub>", "–"]
    assert [row["rank-1"].startswith("**") for row in rows] == [False, False, True]
    assert rows[0]["viper"].removeprefix("**").startswith("1.0")


def test_seeds_that_differ_have_a_column(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, "a"), folder_of(tmp_path, "b", {"loop.seed": 8})]
    assert [row["seed"] for row in cells(table.table(folders, tmp_path / "T.md"))] == ["7", "8"]


def test_what_is_missing_is_a_dash_and_what_failed_says_so(tmp_path: Path) -> None:
    folders = [with_results(tmp_path, "a", 0.5), folder_of(tmp_path, "b"), folder_of(tmp_path, "c")]
    folders[1].write(FAILED, {"step": "training", "reason": "no | room\nleft"})
    text = table.document(
        folders, command="reidpipe compare", facts={"date": "today"}, remarks={"image/a": "Good.", "c": "Late."},
        at=tmp_path / "T.md",
    )  # fmt: skip
    rows = cells(text)
    assert [row["rank-1"] for row in rows] == ["50.0<br><sub>48.9–51.3</sub>", "training failed", "–"]
    assert rows[1]["GFLOPs"] == "–"
    assert re.search(
        r"^- \*\*a\*\*: Good\.\n- \*\*b\*\*: training failed: no \| room left\n- \*\*c\*\*: Late\.$", text, re.M
    )
    assert "- **date**: today" in text


def test_a_matcher_has_columns_of_its_own(tmp_path: Path) -> None:
    judge = with_results(tmp_path, "judge", 0.2, pair_flops=3_000_000, pair_ms=0.125, sentence_ms=1.0)
    found = {"rank-1": {"value": 0.3, "low": 0.2, "high": 0.4}, "mAP": {"value": 0.25, "low": 0.2, "high": 0.4}}
    judge.write(SHORTLIST, {"command": "c", "figures": [{"measures": {}}, {"measures": found}]})
    first, second = cells(table.table([with_results(tmp_path, "plain", 0.4), judge], tmp_path / "T.md"))
    assert (first["re-ranked"], second["re-ranked"]) == ("–", "30.0<br><sub>mAP 25.0</sub>")
    assert second["GFLOPs"] == "0.46<br><sub>+3.0 M</sub>"
    assert second["ms"] == "7.0<br><sub>+0.12</sub>"


def test_the_best_is_sought_among_those_that_were_trained_alike(tmp_path: Path) -> None:
    ready = MethodFolder.of(tmp_path, Method(IMAGE, "shipped weights", None, "", "", checkpoint="x"))
    figure = {"value": 0.9, "low": 0.8, "high": 1.0}
    ready.write(FIGURES, {"command": "c", "figures": [{"measures": {"rank-1": figure, "mAP": figure}}]})
    folders = [with_results(tmp_path, "a", 0.5), with_results(tmp_path, "b", 0.4), ready]
    rows = cells(table.table(folders, tmp_path / "T.md"))
    assert [row["rank-1"].startswith("**") for row in rows] == [True, False, False]
    assert rows[2]["method"] == "shipped weights"


def test_the_budget_is_told_once_where_it_is_the_same(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, "a"), folder_of(tmp_path, "b"), folder_of(tmp_path, "c", {"loop.epochs": 5})]
    text = table.document(folders, command="x", facts={}, remarks={}, at=tmp_path / "T.md")
    assert (
        "Backbone mobilenet_v2; input 64x32 pixels; pictures in a batch 24; epochs 2 (2 methods), 5 (1 method); seed 7."
        in text
    )


def test_a_cell_cannot_break_the_table(tmp_path: Path) -> None:
    path = config(tmp_path / "configs", "odd", '# A | pipe [and] `more` "quoted": reid/losses/triplet.py\n')
    text = table.table([MethodFolder.of(tmp_path, read_method(path))], tmp_path / "T.md")
    assert len({line.count("|") for line in text.splitlines()}) == 1
    assert "'quoted'" in text


def test_a_comparison_remembers_how_it_was_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no comparison"):
        record.read(tmp_path)
    record.write(tmp_path, "reidpipe compare x", ["b", "a"], 2, 1)
    command, facts = record.read(tmp_path)
    assert command == "reidpipe compare x"
    assert (facts["data"], facts["training"]) == ("a, b", "2 at a time, 1 thread each")
    assert "cores" in facts["machine"]


def test_times_that_were_taken_beside_others_are_told(tmp_path: Path) -> None:
    quiet, busy = with_results(tmp_path, "a", 0.5, share=0.98), with_results(tmp_path, "b", 0.5, share=0.3)
    assert record.timing([quiet]) == {}
    assert record.timing([quiet, busy])["times"].startswith("1 of 2 were taken while")


def test_remarks(tmp_path: Path) -> None:
    assert record.read_remarks(None) == {}
    path = tmp_path / "remarks.yaml"
    path.write_text("image/a: Says something.\n")
    assert record.read_remarks(path) == {"image/a": "Says something."}
    for wrong in ("- a list", "a: {b: c}", "a: ["):
        path.write_text(wrong)
        with pytest.raises(ValueError, match=r"remarks\.yaml"):
            record.read_remarks(path)
