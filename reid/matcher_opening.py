"""From a checkpoint folder of kind ``matcher`` to a Matcher."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.data.words import Vocabulary
from reid.matcher import CaptioningMatcher, NetworkMatcher
from reid.networks.captioner import CaptionNetwork
from reid.networks.pairwise import PairwiseNetwork
from reid.reading import as_typed, read
from reid.runtimes import open_runner
from reid.text_encoder import WORDS


def open_network_matcher(
    folder: Path, card: Mapping[str, Any], *, runtime: str = "auto", typed: bool = False
) -> NetworkMatcher:
    """The matcher of a sound checkpoint folder of kind ``matcher``.

    Args:
        folder: with the weights of the whole network, and its words.
        card: its card.
        runtime: of the visual part, see `reid.runtimes.open_runner`; what judges pairs always runs in torch.
        typed: take sentences as they stand.

    Raises:
        CheckpointError: if words, network and weights do not fit the card.
    """
    from reid.registry import build_network

    name, args, preprocess = card["network"]["name"], card["network"]["args"], card["preprocess"]
    words = (folder / WORDS).read_text(encoding="utf-8").split()
    if len(words) != int(args["words"]):
        raise CheckpointError(f"{folder / WORDS} holds {len(words)} words, the card says {args['words']}")
    try:
        network = build_network(name, args)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{folder}: the network of the card cannot be built ({error})") from None
    if not isinstance(network, PairwiseNetwork):
        raise CheckpointError(f"{folder}: {name} is no network that judges pairs")
    try:
        network.load_state_dict(checkpoint.load_weights(folder), strict=True)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{folder}: the weights do not fit the network of the card ({reason})") from None

    def build() -> nn.Module:
        return network.image

    network.eval()
    space = checkpoint.space_digest(card)
    example = np.zeros((2, 3, int(preprocess["height"]), int(preprocess["width"])), np.float32)
    with torch.inference_mode():
        network.image(torch.from_numpy(example[:1]))  # for the grid: a converted model would not tell it
    calibration = card.get("calibration")
    kind = CaptioningMatcher if isinstance(network, CaptionNetwork) else NetworkMatcher
    return kind(
        network,
        open_runner(build, [example], key=f"{space}-regions", runtime=runtime),
        Vocabulary(words),
        length=int(card["tokens"]),
        space=space,
        preprocess=preprocess,
        grid=network.image.grid,
        calibration=None if calibration is None else (float(calibration[0]), float(calibration[1])),
        understand=as_typed if typed else read,
    )
