"""A method that is compared: one YAML of configs/, or weights that are there already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reid import registry
from reid.training.run import read_config

IMAGE, TEXT = "image", "text"
_CODE = re.compile(r"\breid/[\w/]+\.py\b")


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the table.

    Attributes:
        kind: IMAGE, searched with pictures, or TEXT, searched with sentences.
        name: of its configuration, or of the weights.
        path: the configuration; None for what has none.
        title: what it is, in a line.
        code: the file to read, from the project's folder, such as ``reid/losses/triplet.py``; "" if unknown.
        config: with its defaults filled in; None if it cannot be read.
        fault: why it cannot.
        checkpoint: a folder of weights, or the name of an encoder that needs none, if nothing is to be trained.
    """

    kind: str
    name: str
    path: Path | None
    title: str
    code: str
    config: Mapping[str, Any] | None = None
    fault: str | None = None
    checkpoint: str | None = None

    @property
    def seed(self) -> int | None:
        """Of the training."""
        return None if self.config is None else int(self.config["loop"]["seed"])

    @property
    def epochs(self) -> int | None:
        """Of the training."""
        return None if self.config is None else int(self.config["loop"]["epochs"])

    @property
    def backbone(self) -> str | None:
        """Name of the convolutional part."""
        return None if self.config is None else backbone_of(self.config["network"])

    @property
    def size(self) -> str | None:
        """Height x width in pixels of the pictures that the network sees."""
        if self.config is None:
            return None
        return f"{self.config['input']['height']}x{self.config['input']['width']}"

    @property
    def batch(self) -> int | None:
        """Pictures of a step."""
        if self.config is None or "batch" not in self.config:
            return None
        loop, batch = self.config["loop"], self.config["batch"]
        if "people" in batch:
            pictures = batch["people"] * batch["pictures"] + batch.get("unlabelled", 0)
        else:
            pictures = batch["size"]
        return int(pictures) * int(loop.get("accumulate", 1))


def read_method(path: Path, overrides: Mapping[str, Any] | None = None) -> Method:
    """The method of a configuration; a mistake in it becomes its `fault`, so that the others can go on.

    Args:
        path: the YAML file.
        overrides: ``loop.seed`` -> value, see `reid.training.run.read_config`.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such configuration")
    head = _head(path)
    title = re.sub(rf":?\s*{_CODE.pattern}[.\s]*$", "", head[0]).rstrip(" .:") if head else ""
    told = next((found.group() for line in head if (found := _CODE.search(line))), "")
    try:
        config = read_config(path, overrides)
    except ValueError as error:
        kind = path.parent.name if path.parent.name in (IMAGE, TEXT) else IMAGE
        return Method(kind, path.stem, path, title, told, fault=" ".join(str(error).split()))
    kind = IMAGE if config["task"] == "appearance" else TEXT
    return Method(kind, path.stem, path, title, told or _code_of(config["network"]), config)


def backbone_of(network: Mapping[str, Any]) -> str:
    """Name of the backbone in the section ``network`` of a configuration or a card."""
    args = network.get("args", {})
    image = args.get("image")
    backbone = (image if isinstance(image, Mapping) else args).get("backbone") or {}
    return str(backbone.get("name", "mobilenet_v2"))


def _head(path: Path) -> list[str]:
    """The comment lines that a file begins with, without their marks."""
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return lines


def _code_of(network: Mapping[str, Any]) -> str:
    """The file of the network that a name stands for; that of the backbone where it is not the usual one."""
    if (backbone := backbone_of(network)) != "mobilenet_v2":
        from reid.networks.backbones import BACKBONES

        if backbone in BACKBONES:
            return BACKBONES[backbone].__module__.replace(".", "/") + ".py"
    module = registry.NETWORKS.get(network["name"], network["name"]).partition(":")[0]
    return module.replace(".", "/") + ".py" if find_spec(module) is not None else ""
