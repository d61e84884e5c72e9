"""The training loop: it learns, it resumes to the same bits, it survives a kill, and it says what is wrong."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from line_task import LineTask
from torch import Tensor

from reid.training import loop
from reid.training.distributed import World
from reid.training.loop import LoopConfig, fit

PLAIN = {"epochs": 4, "lr": 0.05, "weight_decay": 0.0, "warmup_steps": 3, "bf16": False, "seed": 5}
CONFIG = LoopConfig(**PLAIN)
CPU = World(torch.device("cpu"))


def train(task: LineTask, out: Path, resume: bool = False, **settings: Any) -> list[Mapping[str, Any]]:
    """Fit on the CPU; the rows that were reported."""
    rows: list[Mapping[str, Any]] = []
    config = LoopConfig(**{**PLAIN, **settings})
    fit(task, config, out, resume=resume, report=lambda row: rows.append(dict(row)), world=CPU)
    return rows


def same(one: Any, other: Any) -> bool:
    """Whether two states are equal to the last bit."""
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def state(folder: Path) -> dict[str, Any]:
    """The state of a run, less the time that it took."""
    found = torch.load(folder / "state.pt", weights_only=True)
    del found["minutes"]
    return dict(found)


def test_it_learns_and_exports_with_the_figures(tmp_path: Path) -> None:
    task = LineTask(noise=0.01)
    before = task.evaluate()["error"]
    rows = train(task, tmp_path)
    assert task.exported is not None
    assert task.exported["error"] < before / 3
    assert (tmp_path / "checkpoint").is_dir()
    assert [row["step"] for row in rows if "step" in row] == list(range(12)) * 4
    assert [row["epoch"] for row in rows if "step" not in row] == [0, 1, 2, 3]


def test_the_log_tells_the_mean_of_each_epoch(tmp_path: Path) -> None:
    rows = train(LineTask(), tmp_path)
    with (tmp_path / "log.csv").open() as file:
        log = list(csv.DictReader(file))
    for epoch in range(4):
        for name in ("loss", "square", "small"):
            values = [row[name] for row in rows if row["epoch"] == epoch and "step" in row]
            assert float(log[epoch][name]) == pytest.approx(sum(values) / 12)
    assert log[3]["error"]
    assert not log[2]["error"]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimizer": "sgd", "nesterov": True, "weight_decay": 0.01},
        {"accumulate": 2, "schedule": "step", "milestones": [1, 3]},
        {"watch": "error", "best": "lowest", "patience": 3},
        {"bf16": True},
    ],
)
@pytest.mark.parametrize("stop_after", [1, 3])
def test_a_run_that_was_stopped_ends_with_the_same_bits(
    tmp_path: Path, settings: dict[str, Any], stop_after: int
) -> None:
    whole, stopped, resumed = (LineTask(noise=0.3, norm=True, stop_after=s) for s in (None, stop_after, None))
    train(whole, tmp_path / "whole", **settings)
    with pytest.raises(KeyboardInterrupt):
        train(stopped, tmp_path / "parts", **settings)
    torch.rand(7)  # whatever went on in between
    train(resumed, tmp_path / "parts", resume=True, **settings)
    assert same(whole.network.state_dict(), resumed.network.state_dict())
    assert same(state(tmp_path / "whole"), state(tmp_path / "parts"))
    rows = [list(csv.DictReader((tmp_path / run / "log.csv").open())) for run in ("whole", "parts")]
    assert [row["loss"] for row in rows[0]] == [row["loss"] for row in rows[1]]
    assert [row["epoch"] for row in rows[1]] == ["0", "1", "2", "3"]
    assert whole.exported == resumed.exported


def test_what_is_random_matters_to_the_test_above(tmp_path: Path) -> None:
    one, other = LineTask(noise=0.3), LineTask(noise=0.3)
    train(one, tmp_path / "one")
    train(other, tmp_path / "other", seed=6)
    assert not same(one.network.state_dict(), other.network.state_dict())


def child(out: Path, **given: Any) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("line_task.py")), str(out), json.dumps(given)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_loses_at_most_the_epoch_in_work(tmp_path: Path) -> None:
    settings = {"task": {"noise": 0.3, "pause_s": 0.02}, "loop": {**PLAIN, "epochs": 5}, "resume": True}
    begun: list[int] = []
    for wanted in ((0, 7), (1, 3), (3, 11)):  # (epoch, step) in the middle of which the process is killed
        process = child(tmp_path / "killed", **settings)
        assert process.stdout is not None
        first = None
        for line in process.stdout:
            row = json.loads(line)
            if "step" not in row:
                continue
            first = row["epoch"] if first is None else first
            if (row["epoch"], row["step"]) == wanted:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.close()
        assert process.wait(60) == -signal.SIGKILL
        begun.append(first if first is not None else -1)
    # each goes on with the epoch in which the one before was killed
    assert begun == [0, 0, 1]
    last = child(tmp_path / "killed", **settings)
    out, _ = last.communicate(timeout=300)
    assert last.returncode == 0
    assert next(json.loads(line)["epoch"] for line in out.splitlines() if "step" in line) == 3
    whole = LineTask(noise=0.3)
    train(whole, tmp_path / "whole", epochs=5)
    assert same(whole.network.state_dict(), torch.load(tmp_path / "killed" / "checkpoint" / "weights.pt"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_at_any_moment_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    settings = {"task": {"noise": 0.3, "steps": 2}, "loop": {**PLAIN, "epochs": 3000}, "resume": True}
    reached = -1
    for moment in range(3):
        process = child(tmp_path, **settings)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.1 + 0.037 * moment)  # it writes nearly all of the time
        process.kill()
        process.communicate()
        epoch = torch.load(tmp_path / "state.pt", weights_only=True)["epoch"]
        rows = list(csv.DictReader((tmp_path / "log.csv").open()))
        assert epoch > reached
        assert len(rows) in (epoch, epoch + 1)
        assert [int(row["epoch"]) for row in rows] == list(range(len(rows)))
        reached = epoch


def test_resuming_with_other_settings_names_them(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(LineTask(stop_after=1), tmp_path)
    with pytest.raises(ValueError, match=r"loop\.epochs was 4 and is 9, loop\.seed was 5 and is 6; use the same"):
        train(LineTask(), tmp_path, resume=True, epochs=9, seed=6)
    train(LineTask(), tmp_path, resume=True, threads=torch.get_num_threads())  # no setting of the result


def test_settings_of_the_caller_count_as_well(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(LineTask(stop_after=1), CONFIG, tmp_path, world=CPU, settings={"network": {"args": {"dim": 8}}})
    with pytest.raises(ValueError, match=r"network\.args\.dim was 8 and is 16;"):
        fit(LineTask(), CONFIG, tmp_path, resume=True, world=CPU, settings={"network": {"args": {"dim": 16}}})


def test_a_damaged_state_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(LineTask(stop_after=1), tmp_path)
    content = (tmp_path / "state.pt").read_bytes()
    (tmp_path / "state.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"state\.pt is damaged"):
        train(LineTask(), tmp_path, resume=True)
    torch.save({"epoch": 1}, tmp_path / "state.pt")
    with pytest.raises(ValueError, match="another version"):
        train(LineTask(), tmp_path, resume=True)


def test_resuming_nothing_begins_anew_and_says_so(tmp_path: Path) -> None:
    rows = train(LineTask(), tmp_path, resume=True)
    assert "holds no run yet" in rows[0]["notice"]


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    task = LineTask()
    task.losses = lambda batch: {"square": batch.sum() * float("nan")}  # type: ignore[method-assign]
    with pytest.raises(FloatingPointError, match=r"epoch 0, step 0 \(square nan\): lower the learning rate"):
        train(task, tmp_path)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_accumulated_batches_are_one_large_batch(tmp_path: Path, optimizer: str, clip: float) -> None:
    class Joined(LineTask):
        def steps(self) -> int:
            return super().steps() // 3

        def batches(self, epoch: int, rank: int = 0, world: int = 1) -> Any:
            small = list(super().batches(epoch, rank, world))
            yield from (torch.cat(small[i : i + 3]) for i in range(0, len(small), 3))

    settings = {"optimizer": optimizer, "clip": clip, "weight_decay": 0.01}
    small, large = LineTask(size=5), Joined(size=5)
    small_rows = train(small, tmp_path / "small", accumulate=3, **settings)
    large_rows = train(large, tmp_path / "large", **settings)
    for name, tensor in large.network.state_dict().items():
        torch.testing.assert_close(small.network.state_dict()[name], tensor, atol=1e-6, rtol=0)
    losses = [[row["loss"] for row in rows if "step" not in row] for rows in (small_rows, large_rows)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_batches_that_fill_no_step_are_left_out(tmp_path: Path) -> None:
    task = LineTask(steps=11)
    rows = train(task, tmp_path, accumulate=3, epochs=1)
    assert sum("step" in row for row in rows) == 3
    assert len(task.seen) == 9
    with pytest.raises(ValueError, match="an epoch has 2 batches, too few for accumulate 3 x 1 processes"):
        train(LineTask(steps=2), tmp_path / "few", accumulate=3)


def test_the_gradient_is_clipped_to_a_norm(tmp_path: Path) -> None:
    moved = {}
    for clip in (0.0, 1e-3):
        task = LineTask(steps=1)
        before = torch.nn.utils.parameters_to_vector(task.network.parameters()).detach().clone()
        task.groups = lambda net=task.network: [{"params": list(net.parameters())}]  # type: ignore[misc,method-assign]
        settings = {"optimizer": "sgd", "momentum": 0.0, "warmup_steps": 0, "schedule": "constant", "lr": 1.0}
        train(task, tmp_path / str(clip), epochs=1, clip=clip, **settings)
        after = torch.nn.utils.parameters_to_vector(task.network.parameters()).detach()
        moved[clip] = float((after - before).norm())
    assert moved[1e-3] == pytest.approx(1e-3, rel=1e-3)
    assert moved[0.0] > 0.1


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_frozen_parameters_neither_move_nor_decay(tmp_path: Path, optimizer: str) -> None:
    task = LineTask(freeze={1: "first", 2: "first", 3: "last"})
    kept: dict[int, dict[str, Tensor]] = {}
    evaluate = task.evaluate

    def remember() -> dict[str, float]:
        kept[len(kept)] = {name: tensor.clone() for name, tensor in task.network.state_dict().items()}
        return evaluate()

    task.evaluate = remember  # type: ignore[method-assign]
    train(task, tmp_path, optimizer=optimizer, weight_decay=0.1, evaluate_every=1)
    moved = [{n for n in kept[0] if not torch.equal(kept[e][n], kept[e - 1][n])} for e in (1, 2, 3)]
    first, last = {"first.weight", "first.bias"}, {"last.weight", "last.bias"}
    assert moved == [last, last, first]


def test_a_task_in_stages_is_told_of_every_epoch_also_when_it_goes_on(tmp_path: Path) -> None:
    stopped, resumed = LineTask(stop_after=2), LineTask()
    with pytest.raises(KeyboardInterrupt):
        train(stopped, tmp_path)
    train(resumed, tmp_path, resume=True)
    assert (stopped.begun, resumed.begun) == ([0, 1, 2], [2, 3])


class Staircase(LineTask):
    """Its figures are as given, epoch by epoch; then, for the export, those of the weights that it has."""

    def __init__(self, figures: list[float], stop_after: int | None = None) -> None:
        super().__init__(steps=2, stop_after=stop_after)
        self.given, self.weights = iter(figures), list[dict[str, Tensor]]()

    def evaluate(self) -> dict[str, float]:
        self.weights.append({name: tensor.clone() for name, tensor in self.network.state_dict().items()})
        return {"mAP": next(self.given, 0.0)}


@pytest.mark.parametrize(
    ("figures", "settings", "epochs", "best"),
    [
        ([10, 30, 20, 25, 40, 50], {"patience": 2}, 4, 1),
        ([10, 30, 20, 35, 20, 20], {"patience": 3}, 6, 3),
        ([10, 10, 10, 10, 10, 10], {"patience": 2}, 3, 0),  # a tie is not better
        ([10, 30, 20, 25, 20, 20], {}, 6, 1),
        ([10, 30, 20, 5, 20, 20], {"patience": 2, "best": "lowest"}, 3, 0),
        ([float("nan"), 30, 20, 20, 20, 20], {"patience": 2}, 4, 1),
    ],
)
def test_the_best_epoch_is_exported_and_patience_ends(
    tmp_path: Path, figures: list[float], settings: dict[str, Any], epochs: int, best: int
) -> None:
    task = Staircase(figures)
    rows = train(task, tmp_path, epochs=6, watch="mAP", **settings)
    assert [row["epoch"] for row in rows if "step" not in row] == list(range(epochs))
    assert same(task.network.state_dict(), task.weights[best])
    assert task.origin["epoch"].startswith(f"{best}, the best of the run: mAP")
    assert torch.load(tmp_path / loop.BEST, weights_only=True)["row"]["epoch"] == best
    again = Staircase([])  # resuming a run that has ended only exports once more
    assert not [row for row in train(again, tmp_path, resume=True, epochs=6, watch="mAP", **settings) if "step" in row]
    assert same(again.network.state_dict(), task.weights[best])


def test_a_resumed_run_remembers_the_best_epoch_and_how_long_it_has_waited(tmp_path: Path) -> None:
    settings = {"epochs": 6, "watch": "mAP", "patience": 2}
    stopped, resumed = Staircase([10, 30, 20], stop_after=3), Staircase([25, 40, 50])
    with pytest.raises(KeyboardInterrupt):
        train(stopped, tmp_path, **settings)
    rows = train(resumed, tmp_path, resume=True, **settings)
    assert [row["epoch"] for row in rows if "step" not in row] == [3]
    assert same(resumed.network.state_dict(), stopped.weights[1])


def test_a_figure_that_does_not_exist_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no figure 'eror'; did you mean 'error'\?"):
        train(LineTask(), tmp_path, watch="eror")


def test_the_network_runs_in_bfloat16_only_if_asked(tmp_path: Path) -> None:
    for asked, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        task, seen = LineTask(), set()
        task.network.register_forward_hook(lambda _m, _i, output, seen=seen: seen.add(output.dtype))
        task.evaluate = dict  # type: ignore[method-assign,assignment]
        train(task, tmp_path / str(asked), epochs=1, bf16=asked)
        assert seen == {dtype}


def test_float16_needs_cuda(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"loop\.fp16 needs CUDA"):
        train(LineTask(), tmp_path, fp16=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_float16_learns_with_a_scaled_loss(tmp_path: Path) -> None:
    class OnDevice(LineTask):
        def losses(self, batch: Tensor) -> dict[str, Tensor]:
            return super().losses(batch.cuda())

        def evaluate(self) -> dict[str, float]:
            self.network.cpu()
            return super().evaluate()

    task = OnDevice()
    before = task.evaluate()["error"]
    fit(task, LoopConfig(**{**PLAIN, "fp16": True}), tmp_path, world=World(torch.device("cuda", 0)))
    assert task.exported is not None
    assert task.exported["error"] < before / 3
    assert torch.load(tmp_path / "state.pt", weights_only=True)["scaler"]["scale"] > 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a C++ compiler")
def test_a_compiled_training_is_the_same(tmp_path: Path) -> None:
    plain, compiled = (train(LineTask(), tmp_path / str(c), epochs=2, compile=c) for c in (False, True))
    losses = [[row["loss"] for row in rows if "step" not in row] for rows in (plain, compiled)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
