"""Settings that are given beside the file: ``loop.lr=1e-3``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from reid.training.faults import Fault
from reid.training.loop_config import LoopConfig
from reid.training.yaml_file import parse

OPTIONS = {"loop.epochs": "--epochs", "loop.seed": "--seed", "loop.lr": "--lr", "loop.threads": "--threads"}


def parse_settings(pairs: Iterable[str]) -> dict[str, Any]:
    """``KEY=VALUE`` pairs as a mapping; a value is read as YAML.

    Raises:
        ValueError: if a pair has no equals sign, or its value is no YAML.
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not all(key.split(".")):
            raise ValueError(f"--set {pair!r}: expected KEY=VALUE, for example --set loop.lr=1e-3")
        try:
            settings[key] = parse(value)
        except Fault as fault:
            raise ValueError(f"--set {pair!r}: {value!r} {fault}") from None
    return settings


def full_keys(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The same with whole paths as keys: a field of the loop may be given without ``loop.``."""
    return {f"loop.{key}" if key in LoopConfig.model_fields else key: value for key, value in overrides.items()}


def overlaid(content: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of nested mappings with some values replaced.

    Args:
        content: as read from a file.
        overrides: whole path -> value; mappings on the way are made as needed.

    Raises:
        Fault: if a path leads through something that is no mapping.
    """
    result: dict[str, Any] = dict(content)
    for key, value in overrides.items():
        *way, last = key.split(".")
        place = result
        for number, part in enumerate(way):
            inner = place.get(part, {})
            if isinstance(inner, list):
                raise Fault(key, f"{'.'.join(way[: number + 1])} is a list; set it as a whole")
            if not isinstance(inner, Mapping):
                raise Fault(key, f"{'.'.join(way[: number + 1])} is {inner!r} and has no keys")
            place[part] = dict(inner)
            place = place[part]
        place[last] = value
    return result


def as_options(overrides: Mapping[str, Any]) -> str:
    """Overrides as a command line gives them; with a space before, if there are any."""
    told = ""
    for key, value in overrides.items():
        text = value if isinstance(value, str) and _plain(value) else json.dumps(value)
        told += f" {OPTIONS[key]} {text}" if key in OPTIONS else f" --set {shlex.quote(f'{key}={text}')}"
    return told


def _plain(value: str) -> bool:
    """Whether a string needs no quotes to be read as one."""
    try:
        return bool(parse(value) == value)
    except Fault:
        return False
