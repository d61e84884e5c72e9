"""`reidpipe train` through the command line, on a task that takes no time (tests/reid/line_task.py)."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.cli import main

REID_TESTS = Path(__file__).parents[1] / "reid"
CONFIG: dict[str, Any] = {
    "task": "line_task:build",
    "network": {"name": "line_task:Line", "args": {"hidden": 8}},
    "input": {"height": 16, "width": 16},
    "line": {"noise": 0.3},
    "loop": {"epochs": 3, "lr": 0.05, "warmup_steps": 3, "bf16": False, "threads": 1},
}


@pytest.fixture(autouse=True)
def _task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REID_TESTS))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "configs" / "image" / "line.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(CONFIG))
    return path


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "log.csv").open() as file:
        return list(csv.DictReader(file))


def origin(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "checkpoint" / "origin.json").read_text()))


def test_a_training_and_what_is_said_of_it(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert main(["train", str(config), "--out", str(out)]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [line.split()[1] for line in lines[:3]] == ["0", "1", "2"]
    assert "loss" in lines[0]
    assert "error" in lines[2]
    assert lines[3] == f"checkpoint written to {out / 'checkpoint'}"
    assert "epoch 0 step 1/12  loss" in said.err
    assert len(rows(out)) == 3


def test_options_are_stronger_than_the_file_and_the_card_tells_them(config: Path, tmp_path: Path) -> None:
    given = ["--epochs", "2", "--seed", "4", "--lr", "1e-2", "--set", "network.args.hidden=4", "--device", "cpu"]
    given += ["--set", "line.steps=5", "--set", "loop.watch=error", "--set", "loop.best=lowest"]
    (tmp_path / "people").mkdir()
    data = ["--data", f"people:{tmp_path / 'people'}", "--data", f"cache:{tmp_path / 'cache'}"]
    assert main(["train", str(config), "--out", str(tmp_path / "run"), *given, *data]) == 0
    card = origin(tmp_path / "run")
    assert card["config"]["loop"]["lr"] == 0.01
    assert card["config"]["network"]["args"]["hidden"] == 4
    assert card["seed"] == 4
    assert card["epoch"].split(",")[0] in ("0", "1")
    assert card["command"] == (
        "reidpipe train configs/image/line.yaml --data people:people --epochs 2 --seed 4 --lr 0.01 "
        "--set network.args.hidden=4 --set line.steps=5 --set loop.watch=error --set loop.best=lowest"
    )


def test_the_command_of_the_card_trains_the_same_again(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    given = ["--set", "loop.lr=2e-2", "--set", "line.steps=6", "--epochs", "2"]
    assert main(["train", str(config), "--out", str(tmp_path / "one"), *given]) == 0
    monkeypatch.chdir(tmp_path)
    words = shlex.split(origin(tmp_path / "one")["command"])
    assert main([*words[1:], "--out", "two"]) == 0
    one, two = (torch.load(tmp_path / name / "checkpoint" / "weights.pt") for name in ("one", "two"))
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--set", "loop.epocs=3"], "options: unknown key 'loop.epocs'; did you mean 'epochs'?"),
        (["--epochs", "0"], "options: loop.epochs: input should be greater than 0, got 0"),
        (["--lr", "-1"], "options: loop.lr: input should be greater than 0, got -1.0"),
        (["--set", "loop.lr"], "--set 'loop.lr': expected KEY=VALUE"),
        (["--set", "network.args.hidden=-3"], "network.args: line_task:Line cannot be built with them"),
        (["--data", "market1501"], "data 'market1501': expected NAME:PATH"),
        (["--data", "market1501:/nowhere"], "data market1501: /nowhere does not exist"),
        (["--device", "gpu"], "device 'gpu' is unknown; use auto, cpu, cuda or cuda:N"),
        (["--set", "loop.fp16=true", "--device", "cpu"], "loop.fp16 needs CUDA"),
        (["--set", "loop.watch=eror"], "no figure 'eror'; did you mean 'error'?"),
    ],
)
def test_mistakes_are_told_in_one_line(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], message: str
) -> None:
    assert main(["train", str(config), "--out", str(tmp_path / "run"), *given]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert message in error
    if "watch" not in message and "eror" not in message:
        assert not (tmp_path / "run").exists()


def test_mistakes_in_the_file_come_before_the_data(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = config.read_text().replace("warmup_steps", "warmup_step")
    config.write_text(text)
    (tmp_path / "there").mkdir()
    # the task refuses data of this name; it is not asked
    given = ["train", str(config), "--out", str(tmp_path / "run"), "--data", f"missing:{tmp_path / 'there'}"]
    assert main(given) == 2
    line = 1 + text.splitlines().index("  warmup_step: 3")
    told = f"{config}, line {line}: unknown key 'loop.warmup_step'; did you mean 'warmup_steps'?"
    assert told in capsys.readouterr().err
    config.write_text(yaml.safe_dump(CONFIG))
    assert main(given) == 2
    assert "the data are not what was expected" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "configs/nothing.yaml", "--out", str(tmp_path / "run")]) == 2
    assert "configs/nothing.yaml: no such configuration file" in capsys.readouterr().err


def test_shipped_configurations_are_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "configs/appearance.yaml", "--out", "run"]) == 2
    assert "needs data that were not given" in capsys.readouterr().err


def test_a_run_is_not_overwritten_and_goes_on_only_with_the_same_settings(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["train", str(config), "--out", str(tmp_path / "run")]
    assert main(call) == 0
    assert main(call) == 2
    assert "holds a run already; add --resume" in capsys.readouterr().err
    assert main([*call, "--resume", "--epochs", "5", "--set", "network.args.hidden=9"]) == 2
    told = capsys.readouterr().err
    assert "network.args.hidden was 8 and is 9" in told
    assert "loop.epochs was 3 and is 5" in told
    assert main([*call, "--resume"]) == 0


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs the command in a process of its own, by `python -m pipeline.cli` or by torchrun; none outlives the test."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, torchrun: int = 0) -> subprocess.Popen[str]:
        way = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={torchrun}"] if torchrun else []
        path = os.pathsep.join([str(REID_TESTS), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, *way, "-m", "pipeline.cli", "train", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        begun.append(subprocess.Popen(command, text=True, env=environment, start_new_session=True, **pipes))
        return begun[-1]

    yield begin
    for process in begun:
        if process.poll() is None:
            process.terminate()  # torchrun ends its children
            process.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ctrl_c_says_what_is_kept_and_how_to_go_on(config: Path, tmp_path: Path, start: Start) -> None:
    import torch

    config.write_text(yaml.safe_dump({**CONFIG, "line": {"noise": 0.3, "pause_s": 0.05}}))
    out = tmp_path / "run"
    for farewell, option in ((f"epoch 0 is kept in {out}", []), (f"{out} is as it was", ["--resume"])):
        process = start(str(config), "--out", str(out), *option)
        assert process.stdout is not None
        assert process.stderr is not None
        if option:
            while "step" not in process.stderr.readline():  # before its first epoch is whole
                pass
        else:
            while not process.stdout.readline().startswith("epoch 0"):
                pass
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 130
        assert f"error: stopped; {farewell}: the same command with --resume goes on" in errors
        assert "Traceback" not in errors
    assert main(["train", str(config), "--out", str(out), "--resume"]) == 0
    assert main(["train", str(config), "--out", str(tmp_path / "whole")]) == 0
    one, two = (torch.load(folder / "checkpoint" / "weights.pt") for folder in (out, tmp_path / "whole"))
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_torchrun_with_two_processes(config: Path, tmp_path: Path, start: Start) -> None:
    import torch

    config.write_text(yaml.safe_dump({**CONFIG, "line": {"steps": 8}}))
    process = start(str(config), "--out", str(tmp_path / "two"), "--device", "cpu", torchrun=2)
    said, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    lines = [line for line in said.splitlines() if line]
    assert [line.split()[:2] for line in lines] == [["epoch", str(e)] for e in range(3)] + [["checkpoint", "written"]]
    assert origin(tmp_path / "two")["trained"]["processes"] == 2
    single = ["train", str(config), "--out", str(tmp_path / "one"), "--set", "loop.accumulate=2", "--device", "cpu"]
    assert main(single) == 0
    one, two = (torch.load(tmp_path / name / "checkpoint" / "weights.pt") for name in ("one", "two"))
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=1e-6, rtol=0)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_torchrun_tells_a_mistake_once(config: Path, tmp_path: Path, start: Start) -> None:
    config.write_text(yaml.safe_dump({**CONFIG, "loop": {"epocs": 3}}))
    process = start(str(config), "--out", str(tmp_path / "two"), "--device", "cpu", torchrun=2)
    _, errors = process.communicate(timeout=600)
    assert process.returncode != 0
    assert errors.count("unknown key 'loop.epocs'; did you mean 'epochs'?") == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_for_each_epoch(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert main(["train", str(config), "--out", str(tmp_path / "run"), "--epochs", "2"]) == 0
    shown = screen.getvalue()
    assert "epoch 1" in shown
    assert "12/12" in shown
    assert "rate" in shown
    lines = capsys.readouterr().out.splitlines()  # stdout is no terminal: whole epochs go there
    assert [line.split()[:2] for line in lines[:2]] == [["epoch", "0"], ["epoch", "1"]]


def test_the_help_loads_nothing_heavy() -> None:
    code = "import sys; from pipeline.cli import main; main(['train', '--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert "Example" in done.stdout
