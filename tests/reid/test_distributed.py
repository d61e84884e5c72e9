"""Two processes on the CPU are one that looks at twice as many batches."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from line_task import LineTask

from reid.training.distributed import World, choose_device, open_world
from reid.training.loop import LoopConfig, fit

CHILD = Path(__file__).with_name("line_task.py")
LOOP = {"epochs": 3, "lr": 0.05, "weight_decay": 0.01, "warmup_steps": 3, "bf16": False, "seed": 5, "clip": 0.5}


def spawn(program: Path, *arguments: str, size: int = 2) -> list[str]:
    """What each process said."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    path = os.pathsep.join([str(CHILD.parent), os.environ.get("PYTHONPATH", "")])
    children = [
        subprocess.Popen(
            [sys.executable, str(program), *arguments],
            env={**os.environ, **world, "PYTHONPATH": path, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    try:
        said = [child.communicate(timeout=400) for child in children]
    finally:
        for child in children:
            child.kill()  # nothing, if it has ended
    for child, (_, errors) in zip(children, said, strict=True):
        assert child.returncode == 0, errors
    return [out for out, _ in said]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_two_processes_do_what_one_does_with_two_batches(tmp_path: Path, optimizer: str) -> None:
    loop = {**LOOP, "optimizer": optimizer}
    task = {"steps": 9, "freeze": {}}  # an odd number: the last batch has no partner
    out = spawn(CHILD, str(tmp_path / "two"), json.dumps({"task": task, "loop": loop}))
    rows = [json.loads(line) for line in out[0].splitlines()]
    assert {row["rank"] for row in rows} == {0}
    assert out[1] == ""
    one = LineTask(**task)
    single: list[Any] = []
    config = LoopConfig(**loop, accumulate=2)
    fit(one, config, tmp_path / "one", report=single.append, world=World(torch.device("cpu")))
    two = torch.load(tmp_path / "two" / "checkpoint" / "weights.pt")
    for name, tensor in one.network.state_dict().items():
        torch.testing.assert_close(two[name], tensor, atol=1e-6, rtol=0)
    for mine, theirs in zip((r for r in single if "step" not in r), (r for r in rows if "step" not in r), strict=True):
        assert mine["loss"] == pytest.approx(theirs["loss"], abs=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_resume_to_the_same_bits(tmp_path: Path) -> None:
    task = {"noise": 0.3, "norm": True, "steps": 6}
    spawn(CHILD, str(tmp_path / "whole"), json.dumps({"task": task, "loop": LOOP}))
    program = tmp_path / "stopped.py"
    program.write_text(
        "import contextlib, sys, line_task\n"
        "with contextlib.suppress(KeyboardInterrupt):\n    line_task.main(*sys.argv[1:])\n"
    )
    spawn(program, str(tmp_path / "parts"), json.dumps({"task": {**task, "stop_after": 1}, "loop": LOOP}))
    spawn(CHILD, str(tmp_path / "parts"), json.dumps({"task": task, "loop": LOOP, "resume": True}))
    whole, parts = (torch.load(tmp_path / name / "checkpoint" / "weights.pt") for name in ("whole", "parts"))
    assert all(torch.equal(tensor, parts[name]) for name, tensor in whole.items())
    with pytest.raises(ValueError, match="processes was 2 and is 1"):
        fit(LineTask(**task), LoopConfig(**LOOP), tmp_path / "parts", resume=True, world=World(torch.device("cpu")))


PIECES = """
import torch
from torch import nn
from reid.training.distributed import open_world
from reid.training.tally import Tally

with open_world("cpu") as world:
    torch.manual_seed(world.rank)
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1), nn.Linear(1, 1))
    world.align(net)
    print(f"{net[0].weight.sum().item():.6f}")
    # gradients: one that both have, one that only process 1 has, one that nobody has
    net[0].weight.grad = torch.full_like(net[0].weight, 1.0 + 2 * world.rank)
    if world.rank:
        net[2].weight.grad = torch.full_like(net[2].weight, 4.0)
    world.average_gradients(net.parameters())
    print(net[0].weight.grad.unique().tolist(), net[2].weight.grad.unique().tolist(), net[3].weight.grad)
    frozen = nn.BatchNorm1d(3).eval()
    both = nn.ModuleList([net[1], frozen])
    for norm in both:
        norm.running_mean.fill_(world.rank)
        norm.running_var.fill_(1 + 2 * world.rank)
    world.settle_buffers(both)
    print([[n.running_mean[0].item(), n.running_var[0].item()] for n in both])
    tally = Tally()
    tally.add({"loss": 1.0 + world.rank})
    if world.rank:
        tally.add({"loss": 6.0, "seldom": 5.0})
    print(world.mean(tally), world.leaders({"rank": world.rank}), world.gathered(world.rank))
    with world.leader_first():
        print("in turn", world.leads)
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_pieces(tmp_path: Path) -> None:
    program = tmp_path / "pieces.py"
    program.write_text(PIECES)
    leader, other = (out.splitlines() for out in spawn(program))
    assert leader[0] == other[0]
    assert leader[1] == other[1] == "[2.0] [2.0] None"
    assert leader[2] == "[[0.5, 2.0], [0.0, 1.0]]"
    assert other[2] == "[[0.5, 2.0], [1.0, 3.0]]"  # what does not learn is not averaged
    assert leader[3] == other[3] == "{'loss': 3.0, 'seldom': 5.0} {'rank': 0} [0, 1]"
    assert (leader[4], other[4]) == ("in turn True", "in turn False")


def test_alone_nothing_is_sent(tmp_path: Path) -> None:
    with open_world("cpu") as world:
        assert (world.rank, world.size, world.leads, world.gathered(7), world.leaders(8)) == (0, 1, True, [7], 8)
        network = torch.nn.Linear(2, 2)
        world.align(network)
        world.average_gradients(network.parameters())
        world.settle_buffers(network)
        assert network.weight.grad is None


@pytest.mark.parametrize(
    ("name", "gpus", "rank", "expected"),
    [
        ("auto", 0, None, "cpu"),
        ("auto", 2, None, "cuda:0"),
        ("auto", 2, 1, "cuda:1"),
        ("cpu", 2, 1, "cpu"),
        ("cuda", 2, 1, "cuda:1"),
        ("cuda:1", 2, None, "cuda:1"),
    ],
)
def test_devices(monkeypatch: pytest.MonkeyPatch, name: str, gpus: int, rank: int | None, expected: str) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert str(choose_device(name, rank)) == expected


@pytest.mark.parametrize(
    ("name", "gpus", "rank", "message"),
    [
        ("gpu", 1, None, "'gpu' is unknown"),
        ("cuda:x", 1, None, "'cuda:x' is unknown"),
        ("cpu:0", 1, None, "'cpu:0' is unknown"),
        ("cuda", 0, None, "torch finds no CUDA here"),
        ("cuda:2", 2, None, "there are 2 GPUs, counted from 0"),
        ("cuda:0", 2, 0, "cannot share one GPU"),
        ("cuda", 2, 2, "there are 2 GPUs"),
    ],
)
def test_devices_that_are_not_there(
    monkeypatch: pytest.MonkeyPatch, name: str, gpus: int, rank: int | None, message: str
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    with pytest.raises(ValueError, match=message):
        choose_device(name, rank)
