"""What a network costs: numbers that it learnt, arithmetic, and time.

Arithmetic is counted where it happens, in matrix products and convolutions of every kind, while the network runs; a
multiplication with its addition counts as two operations (FLOPs), which is twice what many papers call multiply-adds.
Normalisation, activation, pooling and looking words up are not counted.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(network: nn.Module) -> int:
    """How many numbers a network holds that are learnt, frozen ones included; shared ones count once.

    Running means of batch normalisation and fixed word vectors are buffers, and no parameters.
    """
    return sum(parameter.numel() for parameter in network.parameters())


def flops(work: Callable[..., Any], *inputs: Any) -> int:
    """Floating point operations of one call, see the module's docstring.

    Args:
        work: a network, which must be in evaluation mode, or one of its methods.
        inputs: what it is called with, tensors on the CPU.

    Returns:
        Operations of the whole batch that the inputs are.
    """
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), _in_small_steps(), counter:
        work(*inputs)
    return int(counter.get_total_flops())


@contextmanager
def _in_small_steps() -> Iterator[None]:
    """Keep torch from running a recurrent layer, or one of a transformer, as a single step that nobody counts."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # setting the flags back speaks of hardware that is not there
            with torch.backends.mkldnn.flags(enabled=False):
                yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def milliseconds(work: Callable[[], Any], *, warm: int = 3, repeats: int = 20, least_s: float = 0.5) -> float:
    """Median wall time of one call on one thread of torch.

    What runs on OpenVINO must have been opened for one thread, see `reid.runtimes`.

    Args:
        work: what is timed.
        warm: calls before the first that counts: caches are filled in them.
        repeats: calls that count at least.
        least_s: seconds that they take together at least; short work is called more often.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in range(warm):
            work()
        took: list[float] = []
        while len(took) < repeats or sum(took) < least_s:
            began = time.perf_counter()
            work()
            took.append(time.perf_counter() - began)
    finally:
        torch.set_num_threads(threads)
    return 1000 * median(took)
