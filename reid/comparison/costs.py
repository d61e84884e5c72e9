"""What a checkpoint costs: parameters, operations and milliseconds, for a picture, a sentence and a pair."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import nn

from reid import checkpoint, registry
from reid.evaluation.cost import flops, milliseconds, parameters

if TYPE_CHECKING:
    from reid.networks.pairwise import PairwiseNetwork

CROPS = 8  # that a network is given at once when it is timed
LISTED = 50  # pictures that a matcher judges at once when it is timed
SAID = 20  # words of the sentence that a matcher is timed with
SENTENCE = "a woman in a red coat and black trousers with a white bag"
CROP = (128, 64)  # pixels, as a detector cuts people


@dataclass(frozen=True, slots=True)
class Cost:
    """One checkpoint's; None where a part does not exist.

    Attributes:
        parameters: learnt numbers of all that is in use after training.
        picture_flops: of one pass over one picture.
        sentence_flops: of reading one sentence.
        pair_flops: of comparing one sentence with one more picture.
        picture_ms: from crop to vector or regions: resizing, the network on the crop and on its mirror image.
        sentence_ms: of reading one sentence.
        pair_ms: of comparing one pair.
        share: of the wall time in which this process had its core while time was taken, at worst; below 1 others had
            it in between, and the times are too long.
    """

    parameters: int
    picture_flops: int
    picture_ms: float
    sentence_flops: int | None = None
    sentence_ms: float | None = None
    pair_flops: int | None = None
    pair_ms: float | None = None
    share: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)


def cost_of(folder: Path, runtime: str = "auto") -> Cost:
    """Measure a checkpoint of any kind on one thread.

    Args:
        folder: a checkpoint.
        runtime: of encoders and of the visual part of matchers; what judges pairs runs in torch.

    Raises:
        CheckpointError: if it is none.
    """
    card = checkpoint.read_card(folder)
    with one_thread():
        network = registry.build_network(card["network"]["name"], card["network"]["args"]).eval()
        network.requires_grad_(False)  # torch's counter follows gradients of what a layer is given, were it a parameter
        measure = {"appearance": _appearance, "language": _language, "matcher": _matcher}[card["kind"]]
        return measure(folder, card, network, runtime)


@contextmanager
def one_thread() -> Iterator[None]:
    """Networks that are opened within the block run on one thread."""
    from reid.quiet import core

    threads = torch.get_num_threads()
    core().set_property("CPU", {"INFERENCE_NUM_THREADS": 1})
    torch.set_num_threads(1)
    try:
        yield
    finally:
        core().set_property("CPU", {"INFERENCE_NUM_THREADS": 0})  # as many as it sees fit
        torch.set_num_threads(threads)


def _appearance(folder: Path, card: Mapping[str, Any], network: nn.Module, runtime: str) -> Cost:
    inputs = [_pixels(card)]
    if (strips := card["network"]["args"].get("strips")) is not None:
        from reid.networks.alignment import equal_bounds

        inputs.append(torch.from_numpy(equal_bounds(int(strips)))[None])
    clock = _Clock()
    picture_ms = _encoding(folder, runtime, clock)
    return Cost(parameters(network), flops(network, *inputs), picture_ms, share=clock.share)


def _language(folder: Path, card: Mapping[str, Any], network: nn.Module, runtime: str) -> Cost:
    texts = registry.open_text_encoder(folder, runtime=runtime)
    tokens = torch.ones(1, int(card["tokens"]), dtype=torch.int64)
    clock = _Clock()
    return Cost(
        parameters(network),
        flops(network.get_submodule("image"), _pixels(card)),
        _encoding(folder, runtime, clock),
        sentence_flops=flops(network.get_submodule("text"), tokens),
        sentence_ms=clock(lambda: texts.encode([SENTENCE])),
        share=clock.share,
    )


def _matcher(folder: Path, card: Mapping[str, Any], network: nn.Module, runtime: str) -> Cost:
    judge = cast("PairwiseNetwork", network)
    matcher = registry.open_matcher(folder, runtime=runtime)
    tokens = torch.ones(1, SAID, dtype=torch.int64)
    clock = _Clock()
    with torch.inference_mode():
        one = judge.image(_pixels(card))
        many = one.repeat(LISTED, 1, 1)
        first, second = flops(judge.table, one, tokens), flops(judge.table, one.repeat(2, 1, 1), tokens)
        pair_ms = clock(lambda: judge.table(many, tokens)) / LISTED
    crops = _crops()
    return Cost(
        parameters(network),
        flops(judge.image, _pixels(card)),
        # the visual part is not to be had alone: of one sentence and a few pictures the pairs are taken off
        max(0.0, clock(lambda: matcher.scores([SENTENCE], crops)) / CROPS - pair_ms),
        sentence_flops=2 * first - second,
        pair_flops=second - first,
        pair_ms=pair_ms,
        share=clock.share,
    )


class _Clock:
    """Takes the time of work, and sees whether others had the core in between."""

    def __init__(self) -> None:
        self.share = 1.0

    def __call__(self, work: Callable[[], Any]) -> float:
        wall, processor = time.perf_counter(), time.process_time()
        took = milliseconds(work)
        share = (time.process_time() - processor) / max(time.perf_counter() - wall, 1e-9)
        self.share = min(self.share, share)
        return took


def _encoding(folder: Path, runtime: str, clock: _Clock) -> float:
    encoder, crops = registry.open_encoder(folder, runtime=runtime), _crops()
    return clock(lambda: encoder.encode(crops)) / CROPS


def _crops() -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*CROP, 3), np.uint8) for _ in range(CROPS)]


def _pixels(card: Mapping[str, Any]) -> torch.Tensor:
    return torch.zeros(1, 3, int(card["preprocess"]["height"]), int(card["preprocess"]["width"]))
