"""From a name or a checkpoint folder to a network or an encoder. To add a network: one file, one line here.

Network builders are imported only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.evaluation import background

if TYPE_CHECKING:
    from torch import nn

    from reid.types import ImageEncoder, Matcher, TextEncoder

NETWORKS = {
    "strip_lstm": "reid.networks.strips:StripLSTM",
    "global_pool": "reid.networks.identification:GlobalPool",
    "independent_strips": "reid.networks.pcb:IndependentStrips",
    "crossmodal": "reid.networks.crossmodal:CrossModalNetwork",
    "dual": "reid.networks.dual:DualNetwork",
    "gna_rnn": "reid.networks.gna_rnn:GNARNN",
    "spatial_attention": "reid.networks.spatial_attention:SpatialAttention",
    "coattention": "reid.networks.coattention:CoAttention",
    "word_gates": "reid.networks.word_gates:WordGates",
    "captioner": "reid.networks.captioner:CaptionNetwork",
}
TASKS = {
    "appearance": "reid.training.appearance_data:build",
    "language": "reid.training.language:build",
    "dual": "reid.training.dual:build",
    "pairwise": "reid.training.pairwise:build",
}
# task -> what its YAML may say, see reid/training/schema.py
SCHEMAS = {
    "appearance": "reid.training.appearance_config:AppearanceConfig",
    "language": "reid.training.language_config:LanguageConfig",
    "dual": "reid.training.dual_config:DualConfig",
    "pairwise": "reid.training.pairwise_config:PairwiseConfig",
}
ALIGNMENTS = ("none", "pose")


def resolve(table: Mapping[str, str], name: str, what: str) -> Any:
    """The object that a table, or a ``module:attribute`` of somebody else's package, names.

    Raises:
        ValueError: if there is no such name or it cannot be imported.
    """
    target = table.get(name, name)
    module, _, attribute = target.partition(":")
    if not attribute:
        raise ValueError(f"{what} {name!r} is unknown; use one of {', '.join(sorted(table))}, or module:attribute")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{what} {name!r} cannot be imported: {error}") from None


def build_network(name: str, args: Mapping[str, Any]) -> nn.Module:
    """A network by name, with random weights."""
    return resolve(NETWORKS, name, "network")(**args)


def default_weights(kind: str) -> Path:
    """The folder of the weights that ship for ``appearance`` or ``language``."""
    return Path(__file__).parent / "weights" / kind


def open_encoder(path: Path | str, *, runtime: str = "auto", align: str = "none") -> ImageEncoder:
    """The image encoder of a checkpoint folder.

    Args:
        path: the folder.
        runtime: ``auto``, ``torch`` or ``openvino``.
        align: ``pose`` to place the strips by body keypoints; needs a network with strips.

    Raises:
        CheckpointError: if the folder is not a sound checkpoint, or cannot do what is asked.
    """
    from reid.encoder import NetworkImageEncoder
    from reid.runtimes import open_runner

    folder = Path(path)
    card = _sound_card(folder)
    if card["kind"] == "matcher":
        raise CheckpointError(f"{folder} is a checkpoint for {card['kind']}: it judges pairs and makes no vectors")
    if align not in ALIGNMENTS:
        raise CheckpointError(f"alignment {align!r} is unknown; use one of {', '.join(ALIGNMENTS)}")
    args, preprocess = card["network"]["args"], card["preprocess"]
    strips = args.get("strips")
    if align == "pose" and strips is None:
        raise CheckpointError(
            f"{folder}: {card['network']['name']} has no strips, so --align pose has nothing to align"
        )
    prefix = "image." if card["kind"] == "language" else ""
    example = [np.zeros((2, 3, int(preprocess["height"]), int(preprocess["width"])), np.float32)]
    if strips is not None:
        example.append(np.zeros((2, int(strips), 2), np.float32))

    def build() -> nn.Module:
        network = build_network(card["network"]["name"], args)
        part = network.get_submodule("image") if prefix else network
        _load(part, checkpoint.load_weights(folder, prefix), folder)
        return part

    space = checkpoint.space_digest(card)
    return NetworkImageEncoder(
        open_runner(build, example, key=f"{space}-image", runtime=runtime),
        dim=int(args["dim"]),
        space=space + ("+pose" if align == "pose" else ""),
        preprocess=preprocess,
        strips=strips,
        align=align == "pose",
        calibration=_calibration(card),
        background_calibration=background.from_card(card),
    )


def open_text_encoder(path: Path | str, *, runtime: str = "auto", typed: bool = False) -> TextEncoder:
    """The text encoder of a checkpoint folder of kind ``language``.

    Args:
        path: the folder.
        runtime: see `open_matcher`.
        typed: take sentences as they stand, without `reid.reading`.

    Raises:
        CheckpointError: if the folder is not a sound checkpoint, or holds no text network.
    """
    folder = Path(path)
    card = _sound_card(folder)
    if card["kind"] != "language":
        raise CheckpointError(f"{folder} is a checkpoint for {card['kind']}: it understands no sentences")
    from reid.text_encoder import open_network_text_encoder

    return open_network_text_encoder(folder, card, runtime=runtime, typed=typed)


def open_matcher(path: Path | str, *, runtime: str = "auto", typed: bool = False) -> Matcher:
    """What judges pairs of sentence and picture, of a checkpoint folder of kind ``matcher`` or ``language``.

    Args:
        path: the folder.
        runtime: ``auto``, ``torch`` or ``openvino``, for encoders and visual parts.
        typed: take sentences as they stand, without `reid.reading`.

    Returns:
        A Matcher; of a network that generates sentences one that is a Captioner too.

    Raises:
        CheckpointError: if the folder is not a sound checkpoint, or understands no sentences.
    """
    folder = Path(path)
    card = _sound_card(folder)
    if card["kind"] == "language":
        from reid.encoder_matcher import EncoderMatcher

        return EncoderMatcher(
            open_encoder(folder, runtime=runtime), open_text_encoder(folder, runtime=runtime, typed=typed)
        )
    if card["kind"] != "matcher":
        raise CheckpointError(f"{folder} is a checkpoint for {card['kind']}: it judges no sentences")
    from reid.matcher_opening import open_network_matcher

    return open_network_matcher(folder, card, runtime=runtime, typed=typed)


def _sound_card(folder: Path) -> dict[str, Any]:
    wrong = checkpoint.verify(folder)
    if wrong is not None:
        raise CheckpointError(wrong)
    return checkpoint.read_card(folder)


def _load(network: nn.Module, tensors: Mapping[str, Any], folder: Path) -> None:
    try:
        network.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{folder}: the weights do not fit the network of the card ({first})") from None


def _calibration(card: Mapping[str, Any]) -> tuple[float, float] | None:
    pair = card.get("calibration")
    return None if pair is None else (float(pair[0]), float(pair[1]))
