"""From a YAML file and data folders to a trained checkpoint."""

from __future__ import annotations

import inspect
import platform
import shlex
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reid import registry
from reid.training.distributed import World, open_world
from reid.training.faults import Fault, nearest
from reid.training.loop import CHECKPOINT, STATE, Report, fit
from reid.training.loop_config import LoopConfig
from reid.training.overrides import as_options, full_keys, overlaid
from reid.training.schema import validated
from reid.training.task import Task
from reid.training.yaml_file import line_of, read_mapping

__all__ = ["nearest", "parse_data", "read_config", "train"]


def read_config(path: Path, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A training configuration with its defaults filled in.

    Args:
        path: the YAML file.
        overrides: ``loop.lr`` -> value, see `overlaid`; a field of the loop may be given without ``loop.``.

    Raises:
        ValueError: if the file is no YAML, or anything in it (or in ``overrides``) is unknown, of a wrong type or out
            of its range; the message says where, and names the nearest right word.
    """
    content, text = read_mapping(path)
    try:
        # the file by itself first, so that a mistake is told of the place where it was made
        config = validated(content)
    except Fault as fault:
        line = line_of(text, fault.where)
        raise ValueError(f"{path}{f', line {line}' if line else ''}: {fault}") from None
    if not overrides:
        return config
    try:
        return validated(overlaid(content, full_keys(overrides)))
    except Fault as fault:
        raise ValueError(f"options: {fault}") from None


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
    report: Report,
    device: str = "auto",
) -> Path:
    """Run a training; returns the folder of the exported checkpoint.

    Args:
        config_path: the YAML file.
        data: name -> path, as the task's ``build`` expects.
        out: folder of the run; with ``resume`` an earlier run in it goes on.
        overrides: settings to be set differently, see `read_config`.
        report: see `fit`.
        device: see `open_world`.

    Raises:
        ValueError, FileNotFoundError: see `read_config` and the task.
    """
    with open_world(device) as world:
        with world.leader_first():
            config = read_config(config_path, overrides)
            if not resume and (out / STATE).exists():
                raise ValueError(f"{out} holds a run already; add --resume to go on with it, or give another --out")
            build_once(config)
            task: Task = registry.resolve(registry.TASKS, config["task"], "task")(config, data)
        loop = LoopConfig(**config["loop"])
        task.origin = {**task.origin, **_origin(config_path, data, full_keys(overrides), loop, world)}
        given = {**config, "data given": sorted(name for name in data if name != "cache")}
        fit(task, loop, out, resume=resume, report=report, world=world, settings=given)
    return out / CHECKPOINT


def build_once(config: Mapping[str, Any]) -> None:
    """Build the network and throw it away, so that arguments it refuses are told before any data are read.

    A network that also needs what only the task knows (how many words there are) is not built.

    Raises:
        ValueError: with the network's own words.
    """
    name, args = config["network"]["name"], config["network"]["args"]
    builder = registry.resolve(registry.NETWORKS, name, "network")
    try:
        inspect.signature(builder).bind(**args)
    except TypeError:
        return
    try:
        registry.build_network(name, args)
    except (ValueError, TypeError, RuntimeError, KeyError, ArithmeticError) as error:
        told = " ".join(str(error).split())
        raise ValueError(f"network.args: {name} cannot be built with them: {told}") from None


def command_of(config_path: Path, data: Mapping[str, Path], overrides: Mapping[str, Any]) -> str:
    """The command that repeats a training, run where configs/ is; of data only the last part of the path is told."""
    named = "".join(f" --data {name}:{shlex.quote(path.name)}" for name, path in data.items() if name != "cache")
    return f"reidpipe train {shlex.quote(relative_to_configs(config_path))}{named}{as_options(overrides)}"


def relative_to_configs(path: Path) -> str:
    """``configs/image/x.yaml`` of any path that ends so, as a card shall name it."""
    parts = path.absolute().parts
    if "configs" in parts[:-1]:
        last = len(parts) - 1 - parts[::-1].index("configs")
        return "/".join(parts[last:])
    return f"configs/{path.name}"


def _origin(
    config_path: Path, data: Mapping[str, Path], overrides: Mapping[str, Any], loop: LoopConfig, world: World
) -> dict[str, Any]:
    several = {"processes": world.size} if world.size > 1 else {}
    return {
        "command": command_of(config_path, data, overrides),
        "seed": loop.seed,
        "use": "research use",
        "trained": {"on": platform.machine(), "date": time.strftime("%Y-%m-%d"), **several},
    }
