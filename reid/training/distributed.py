"""Several processes that train one network. Nothing else knows of ranks and of how many there are.

``torchrun --nproc-per-node 2 -m pipeline.cli train ...`` starts the same program twice and tells each who it is in the
environment. Gradients are averaged after every backward pass (synchronous data parallelism), so that n processes do
what one process does with ``accumulate: n``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.modules.batchnorm import _BatchNorm

from reid.training.tally import Tally

_WAIT = timedelta(hours=2)  # the others wait while one decodes pictures or evaluates


@dataclass(frozen=True, slots=True)
class World:
    """Who this process is.

    Attributes:
        device: where its network runs.
        rank: its number; 0 leads: it alone writes and prints.
        size: how many there are.
    """

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes and prints."""
        return self.rank == 0

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """The leader goes through the block alone, then the others: what it put into a cache is there for them."""
        if not self.leads:
            self.wait()
        yield
        if self.leads:
            self.wait()

    def wait(self) -> None:
        """Until everybody is here."""
        if self.size > 1:
            dist.barrier()

    def gathered(self, mine: Any) -> list[Any]:
        """What every process has, by rank."""
        if self.size == 1:
            return [mine]
        everyone: list[Any] = [None] * self.size
        dist.all_gather_object(everyone, mine)
        return everyone

    def leaders(self, mine: Any) -> Any:
        """What the leader has."""
        box = [mine]
        if self.size > 1:
            dist.broadcast_object_list(box, 0, device=self.device if self.device.type == "cuda" else None)
        return box[0]

    def align(self, network: nn.Module) -> None:
        """Give everybody the leader's parameters and buffers."""
        if self.size > 1:
            for tensor in [*network.parameters(), *network.buffers()]:
                dist.broadcast(tensor.data, 0)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace every gradient by the mean over all processes; one that nobody has stays None."""
        if self.size == 1:
            return
        learning = [p for p in parameters if p.requires_grad]
        used = torch.tensor([float(p.grad is not None) for p in learning], device=self.device)
        dist.all_reduce(used)
        learning = [p for p, count in zip(learning, used.tolist(), strict=True) if count]
        if not learning:
            return
        # a batch without a single pair, say, leaves one process without a gradient: it counts as zero
        grads: list[Tensor] = [torch.zeros_like(p) if p.grad is None else p.grad for p in learning]
        flat = torch.cat([grad.float().flatten() for grad in grads])
        dist.all_reduce(flat)
        flat /= self.size
        for parameter, grad, part in zip(learning, grads, flat.split([g.numel() for g in grads]), strict=True):
            parameter.grad = part.view_as(grad).to(grad.dtype)

    def settle_buffers(self, network: nn.Module) -> None:
        """Average the statistics of batch normalisation; each process has seen other pictures."""
        if self.size == 1:
            return
        for module in network.modules():
            if isinstance(module, _BatchNorm) and module.running_mean is not None and module.training:
                assert module.running_var is not None
                for tensor in (module.running_mean, module.running_var):
                    dist.all_reduce(tensor)
                    tensor /= self.size

    def mean(self, tally: Tally) -> dict[str, float]:
        """Means of named values over all processes."""
        total = Tally()
        for part in self.gathered(tally):
            total.join(part)
        return total.means()


@contextmanager
def open_world(device: str = "auto") -> Iterator[World]:
    """Join the other processes, if torchrun started any.

    Args:
        device: ``auto`` (CUDA if there is any), ``cpu``, ``cuda`` or ``cuda:1``; with several processes every one
            takes a GPU of its own.

    Raises:
        ValueError: if there is no such device.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    rank, local = int(os.environ.get("RANK", "0")), int(os.environ.get("LOCAL_RANK", "0"))
    chosen = choose_device(device, local if size > 1 else None)
    if size == 1:
        yield World(chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=_WAIT)
    try:
        yield World(chosen, rank, size)
    finally:
        dist.destroy_process_group()


def choose_device(name: str, local_rank: int | None = None) -> torch.device:
    """The device of a name, see `open_world`.

    Args:
        name: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        local_rank: number of the process on this machine, if there are several.

    Raises:
        ValueError: if there is no such device.
    """
    count = torch.cuda.device_count()
    if name == "auto":
        name = "cuda" if count else "cpu"
    kind, colon, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (colon and not number.isdecimal()) or (kind == "cpu" and colon):
        raise ValueError(f"device {name!r} is unknown; use auto, cpu, cuda or cuda:N")
    if kind == "cpu":
        return torch.device("cpu")
    if not count:
        raise ValueError(f"device {name}: torch finds no CUDA here; use --device cpu")
    if colon and local_rank is not None:
        raise ValueError(f"device {name}: several processes cannot share one GPU; use --device cuda")
    index = int(number) if colon else (local_rank or 0)
    if index >= count:
        raise ValueError(f"device cuda:{index}: there are {count} GPUs, counted from 0")
    return torch.device("cuda", index)


def leads() -> bool:
    """Whether this process may print, before it has joined the others."""
    return int(os.environ.get("RANK", "0")) == 0
