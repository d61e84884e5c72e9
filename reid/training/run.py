"""From a YAML file and data folders to a trained checkpoint."""

from __future__ import annotations

import difflib
import platform
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from reid import registry
from reid.training.loop import LoopConfig, fit


def read_config(path: Path) -> dict[str, Any]:
    """A training configuration.

    Raises:
        ValueError: if the file is not YAML, names no known task, or sets something in ``loop`` that does not exist;
            the message names the nearest right word.
    """
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict) or not isinstance(config.get("loop", {}), dict):
        raise ValueError(f"{path}: expected a mapping with the keys task, network, data, loop")
    if config.get("task") not in registry.TASKS:
        raise ValueError(f"{path}: task {config.get('task')!r} is unknown; use one of {', '.join(registry.TASKS)}")
    known = {field.name for field in fields(LoopConfig)}
    for key in config.get("loop", {}):
        if key not in known:
            raise ValueError(f"{path}: loop has no key {key!r}{nearest(key, known)}")
    return config


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean ...?`` for a mistyped word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def parse_data(pairs: Iterable[str]) -> dict[str, Path]:
    """``NAME:PATH`` pairs as a mapping.

    Raises:
        ValueError: if a pair has no colon, or a path does not exist.
    """
    data: dict[str, Path] = {}
    for pair in pairs:
        name, colon, path = pair.partition(":")
        if not colon or not name or not path:
            raise ValueError(f"data {pair!r}: expected NAME:PATH, for example market1501:/data/market1501")
        data[name] = Path(path).expanduser()
        if name != "cache" and not data[name].exists():
            raise ValueError(f"data {name}: {data[name]} does not exist")
    return data


def train(
    config_path: Path,
    data: Mapping[str, Path],
    out: Path,
    *,
    resume: bool,
    overrides: Mapping[str, Any],
    report: Callable[[Mapping[str, Any]], None],
) -> Path:
    """Run a training; returns the folder of the exported checkpoint.

    Args:
        config_path: the YAML file.
        data: name -> path, as the task's ``build`` expects.
        out: folder of the run; with ``resume`` an earlier run in it goes on.
        overrides: keys of ``loop`` to be set differently.
        report: see `fit`.

    Raises:
        ValueError, FileNotFoundError: see `read_config` and the task.
    """
    config = read_config(config_path)
    loop = LoopConfig(**{**config.get("loop", {}), **overrides})
    config["loop"] = {**config.get("loop", {}), **overrides}
    if not resume and (out / "state.pt").exists():
        raise ValueError(f"{out} holds a run already; add --resume to go on with it, or give another --out")
    task = registry.resolve(registry.TASKS, config["task"], "task")(config, data)
    named = " ".join(f"--data {name}:{shlex.quote(path.name)}" for name, path in data.items() if name != "cache")
    task.origin = {
        **task.origin,
        "command": f"reidpipe train configs/{config_path.name} {named}",
        "seed": loop.seed,
        "use": "research use",
        "trained": {"on": platform.machine(), "date": time.strftime("%Y-%m-%d")},
    }
    fit(task, loop, out, resume=resume, report=report)
    return out / "checkpoint"
