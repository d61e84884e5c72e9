"""What a backbone may start from: published weights in a file, or a checkpoint that was trained here."""

from __future__ import annotations

from pathlib import Path

from reid import checkpoint
from reid.networks.backbones.staged import StagedBackbone

_PREFIXES = ("backbone.stages.", "image.backbone.stages.")


def load_pretrained(backbone: StagedBackbone, path: Path) -> None:
    """Load weights into a backbone.

    Args:
        backbone: takes what it needs; further stages and classifiers of the source are left out.
        path: a ``.pth`` or ``.safetensors`` file of torchvision (or, for OSNet, of its authors), with or without
            ``module.`` and classifier; or a checkpoint folder of ours whose network has the same backbone.

    Raises:
        ValueError: if there is nothing at ``path``, or other weights; CheckpointError, which is one, if the folder is
            no checkpoint.
    """
    path = Path(path)
    if not path.is_dir():
        backbone.load_imagenet(path)
        return
    tensors = checkpoint.load_weights(path)
    for prefix in _PREFIXES:
        below = {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
        if below:
            backbone.load_named(below, path)
            return
    raise ValueError(
        f"{path} does not hold the backbone that is asked for: its network has none; "
        "give a weights file, or a checkpoint of an image network"
    )
