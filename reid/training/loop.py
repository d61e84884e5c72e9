"""The one training loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from reid.training import snapshot
from reid.training.distributed import World, choose_device
from reid.training.logbook import Logbook
from reid.training.loop_config import LoopConfig
from reid.training.optimizers import Steps
from reid.training.precision import Precision
from reid.training.schedules import rate_factor
from reid.training.tally import Tally
from reid.training.task import StagedTask, Task
from reid.training.watch import Watch

__all__ = ["LoopConfig", "Report", "fit"]

STATE, BEST, CHECKPOINT = "state.pt", "best.pt", "checkpoint"
Report = Callable[[Mapping[str, Any]], None]


def fit(
    task: Task,
    config: LoopConfig,
    out: Path,
    *,
    resume: bool = False,
    report: Report = lambda _: None,
    world: World | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Train, with a checkpoint after every epoch, and export at the end.

    Args:
        task: what to train; one with ``begin_epoch`` (`StagedTask`) is told of every epoch.
        config: how.
        out: folder of the run: ``state.pt`` (to resume), ``best.pt`` (if a figure is watched), ``log.csv``,
            ``tensorboard/`` (if wanted), and ``checkpoint/`` at the end.
        resume: go on from ``state.pt`` if it is there.
        report: called, by the leader alone, with the figures of every step (they have ``step``), of every epoch, and
            with remarks (``notice``).
        world: who else trains; None for this process alone, on CUDA if there is any.
        settings: all that a run which is resumed must have in common with its beginning, beside ``config``.

    Raises:
        ValueError: if ``state.pt`` belongs to a run with other settings, an epoch has no batches, or the watched
            figure does not exist.
        FloatingPointError: if the loss is no number.
    """
    run = _Run(task, config, out, world or World(choose_device("auto")), report)
    common = {**(settings or {}), "loop": config.model_dump(), "processes": run.world.size}
    first = run.restore(common) if resume else 0
    if run.world.leads:
        out.mkdir(parents=True, exist_ok=True)
        run.book = Logbook(out, first, run.updates, config.tensorboard, lambda text: run.report({"notice": text}))
    try:
        for epoch in range(first, config.epochs):
            if run.watch.done:
                break
            run.epoch(epoch, common)
    finally:
        if run.book is not None:
            run.book.close()
    run.export()


class _Run:
    """What a training holds while it goes on."""

    def __init__(self, task: Task, config: LoopConfig, out: Path, world: World, report: Report) -> None:
        self.task, self.config, self.out, self.world = task, config, out, world
        self.report: Report = report if world.leads else lambda _: None
        self.updates = task.steps() // (world.size * config.accumulate)
        if not self.updates:
            wanted = f"accumulate {config.accumulate} x {world.size} processes"
            raise ValueError(f"an epoch has {task.steps()} batches, too few for {wanted}: make the batches smaller")
        if config.threads:
            torch.set_num_threads(config.threads)
        snapshot.seed_everything(config.seed + world.rank)  # dropout shall not be the same everywhere
        self.precision = Precision(config, world.device)
        self.network = task.network.to(world.device)
        world.align(self.network)
        if world.device.type == "cuda":  # tensor cores like it; on the CPU the pictures alone decide
            self.network.to(memory_format=torch.channels_last)
        self.steps = Steps(task.groups(), config)
        self.losses = torch.compile(task.losses) if config.compile else task.losses
        self.watch = Watch(config)
        self.book: Logbook | None = None
        self.minutes, self.figures = 0.0, dict[str, float]()

    def epoch(self, epoch: int, common: Mapping[str, Any]) -> None:
        """Train one epoch, evaluate if it is time, write the log and the state."""
        began = time.monotonic()
        if isinstance(self.task, StagedTask):
            self.task.begin_epoch(epoch)
        self.network.train()
        row: dict[str, Any] = {"epoch": epoch} | self._train(epoch)
        self.world.settle_buffers(self.network)
        if self.world.leads:
            self.network.eval()
            self.figures = self.task.evaluate() if self._due(epoch) else {}
        self.minutes += (time.monotonic() - began) / 60
        row |= {"minutes": self.minutes} | self.figures
        if self.world.leads and self._due(epoch) and self.watch.better(row):
            snapshot.write(self.out / BEST, {"network": self.network.state_dict(), "row": row})
        self.watch.restore(self.world.leaders(self.watch.state()))
        random = self.world.gathered(snapshot.random_state())
        if self.book is not None:
            self.book.epoch(row)
            snapshot.write(self.out / STATE, self._state(epoch + 1, random, common))
        self.report(row)

    def _train(self, epoch: int) -> dict[str, float]:
        """All steps of an epoch; the means of the losses."""
        tally = Tally()
        batches = iter(self.task.batches(epoch, self.world.rank, self.world.size))
        parameters = list(self.network.parameters())
        for step in range(self.updates):
            rate = self.config.lr * rate_factor(self.config, epoch * self.updates + step, self.updates)
            self.steps.set_rate(rate)
            self.steps.optimizer.zero_grad(set_to_none=True)
            here = Tally()
            for _ in range(self.config.accumulate):
                here.add(self._backward(batches, epoch, step))
            tally.join(here)
            self.world.average_gradients(parameters)
            self.precision.step(self.steps.optimizer, parameters, self.config.clip)
            figures = here.means() | {"lr": rate}
            self.report({"epoch": epoch, "step": step, "steps": self.updates, **figures})
            if self.book is not None:
                self.book.step(epoch, step, figures)
        if close := getattr(batches, "close", None):
            close()  # batches that are dropped, because they do not fill a step, need not be prepared to the end
        return self.world.mean(tally) | {"lr": rate}

    def _backward(self, batches: Iterator[Any], epoch: int, step: int) -> dict[str, float]:
        """Gradients of one batch, added to what is there; its losses."""
        batch = next(batches, None)
        if batch is None:
            raise ValueError(f"epoch {epoch} has no batch for step {step}, but {self.task.steps()} were promised")
        with self.precision.forward():
            terms = self.losses(batch)
        values = torch.stack([term.float() for term in terms.values()])
        loss = values.sum()
        numbers = torch.cat([loss.detach()[None], values.detach()]).tolist()  # waits for the device once
        if not torch.isfinite(torch.tensor(numbers[0])):
            named = ", ".join(f"{name} {value:g}" for name, value in zip(terms, numbers[1:], strict=True))
            raise FloatingPointError(
                f"loss is {numbers[0]} in epoch {epoch}, step {step} ({named}): lower the learning rate"
            )
        self.precision.backward(loss / self.config.accumulate)
        return dict(zip(["loss", *terms], numbers, strict=True))

    def _due(self, epoch: int) -> bool:
        """Whether the epoch is evaluated."""
        every = self.config.evaluate_every or int(self.config.watch is not None)
        return epoch + 1 == self.config.epochs or (every > 0 and (epoch + 1) % every == 0)

    def _state(self, epochs: int, random: list[Any], common: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "epoch": epochs,
            "network": self.network.state_dict(),
            "optimizer": self.steps.optimizer.state_dict(),
            "scaler": self.precision.scaler.state_dict(),
            "watch": self.watch.state(),
            "minutes": self.minutes,
            "random": random,
            "settings": snapshot.flat(common),
        }

    def restore(self, common: Mapping[str, Any]) -> int:
        """Go on from the state of an earlier run; returns the next epoch."""
        path = self.out / STATE
        if not path.is_file():
            self.report({"notice": f"{self.out} holds no run yet: it begins at the first epoch"})
            return 0
        state = snapshot.read(path)
        snapshot.compare(path, state["settings"], common)
        self.network.load_state_dict(state["network"])
        self.steps.optimizer.load_state_dict(state["optimizer"])
        self.precision.scaler.load_state_dict(state["scaler"])
        self.watch.restore(state["watch"])
        self.minutes = float(state["minutes"])
        snapshot.set_random_state(state["random"][self.world.rank])
        return int(state["epoch"])

    def export(self) -> None:
        """Write the checkpoint: of the best epoch if a figure is watched, else of the last."""
        if self.world.leads:
            self.network.eval()
            if self.watch.epoch >= 0:
                self.network.load_state_dict(snapshot.read(self.out / BEST)["network"])
                self.figures = {}
                self.task.origin["epoch"] = (
                    f"{self.watch.epoch}, the best of the run: {self.config.watch} {self.watch.value:.6g}"
                )
            # a task may keep what it found while evaluating, so a resumed run has to evaluate again
            self.task.export(self.out / CHECKPOINT, self.figures or self.task.evaluate())
        self.world.wait()
