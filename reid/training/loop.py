"""The one training loop."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reid.training.task import Task


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How long and how fast.

    Attributes:
        epochs: passes.
        lr: highest learning rate; a group's ``lr_scale`` multiplies it.
        weight_decay: of AdamW (Loshchilov and Hutter, ICLR 2019).
        warmup_steps: the rate grows linearly over these, then falls as a cosine to 1 % of itself.
        clip: largest L2 norm of all gradients together; 0 switches clipping off.
        bf16: run the network in bfloat16 where torch sees fit.
        seed: of weights and dropout; tasks seed their batches by it too.
        evaluate_every: epochs between two evaluations; 0 only after the last.
        threads: of torch on the CPU; 0 leaves it to torch.
    """

    epochs: int = 10
    lr: float = 6e-4
    weight_decay: float = 5e-4
    warmup_steps: int = 100
    clip: float = 5.0
    bf16: bool = True
    seed: int = 0
    evaluate_every: int = 0
    threads: int = 0


Report = Callable[[Mapping[str, Any]], None]


def fit(task: Task, config: LoopConfig, out: Path, *, resume: bool = False, report: Report = lambda _: None) -> None:
    """Train, with a checkpoint after every epoch, and export at the end.

    Args:
        task: what to train.
        config: how.
        out: folder of the run: ``state.pt`` (to resume), ``log.csv``, and ``checkpoint/`` at the end.
        resume: go on from ``state.pt`` if it is there.
        report: called with the figures of every 20th step and every epoch.

    Raises:
        ValueError: if ``state.pt`` belongs to a run with other settings.
        FloatingPointError: if the loss is no number.
    """
    out.mkdir(parents=True, exist_ok=True)
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = task.network.to(device)
    groups = task.groups()
    scales = [group.pop("lr_scale", 1.0) for group in groups]
    optimizer = torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.weight_decay)
    steps = task.steps()
    state = out / "state.pt"
    first = _restore(state, network, optimizer, config) if resume and state.is_file() else 0
    began, figures = time.monotonic(), {}
    for epoch in range(first, config.epochs):
        network.train()
        for step, batch in enumerate(task.batches(epoch)):
            rate = config.lr * _schedule(epoch * steps + step, config.warmup_steps, config.epochs * steps)
            for group, scale in zip(optimizer.param_groups, scales, strict=True):
                group["lr"] = rate * scale
            with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
                terms = task.losses(batch)
            loss = torch.stack([term.float() for term in terms.values()]).sum()
            if not torch.isfinite(loss):
                raise FloatingPointError(
                    f"loss is {loss.item()} in epoch {epoch}, step {step}: lower the learning rate"
                )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if config.clip:
                torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip)
            optimizer.step()
            if step % 20 == 0:
                report({"epoch": epoch, "step": step, "steps": steps, "loss": loss.item(), "lr": rate} | _floats(terms))
        last = epoch + 1 == config.epochs
        if last or (config.evaluate_every and (epoch + 1) % config.evaluate_every == 0):
            network.eval()
            figures = task.evaluate()
        row = (
            {"epoch": epoch, "loss": loss.item(), "minutes": (time.monotonic() - began) / 60} | _floats(terms) | figures
        )
        _log(out / "log.csv", row)
        report(row)
        _save(state, network, optimizer, config, epoch + 1)
    network.eval()
    task.export(out / "checkpoint", figures or task.evaluate())


def _schedule(step: int, warmup: int, total: int) -> float:
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, total - warmup)
    return float(0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * done)))


def _floats(terms: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value.detach()) for name, value in terms.items()}


def _save(
    path: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer, config: LoopConfig, epoch: int
) -> None:
    part = path.with_suffix(".part")
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "config": asdict(config),
        "epoch": epoch,
    }
    torch.save(state, part)
    part.replace(path)


def _restore(path: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer, config: LoopConfig) -> int:
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state["config"] != asdict(config):
        raise ValueError(f"{path} was written with other loop settings; use the same, or another --out folder")
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    return int(state["epoch"])


def _log(path: Path, row: Mapping[str, Any]) -> None:
    rows: list[dict[str, Any]] = []
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            rows = [old for old in csv.DictReader(file) if int(old["epoch"]) < row["epoch"]]
    rows.append(dict(row))
    names = list(dict.fromkeys(name for r in rows for name in r))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
