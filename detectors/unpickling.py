"""Opens Ultralytics' ``.pt`` files, which are pickles, without running anything that a file may ask for.

torch's restricted unpickler (``weights_only=True``) does the reading. It would still call the constructors of every
class that it was told to allow, and some constructors of Ultralytics evaluate strings; so it is told of inert stand-ins
only, which store what the file says about an object and do nothing. When the whole file has been read, and everything
in it turned out to be a layer or plain data, the stand-ins become the layers whose names they carry.
"""

from __future__ import annotations

import functools
import pickle
import re
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

from detectors import quiet

_LAYER = re.compile(r"(torch\.nn\.modules|ultralytics\.nn\.modules)(\.[a-z0-9_]+)?\.[A-Za-z0-9_]+")
_NETWORK = re.compile(r"ultralytics\.nn\.tasks\.(DetectionModel|SegmentationModel|PoseModel)")
_RENAMED = {  # names of former releases -> what they are called now
    "ultralytics.nn.modules.block.Silence": "torch.nn.modules.linear.Identity",
    "ultralytics.nn.tasks.YOLOv10DetectionModel": "ultralytics.nn.tasks.DetectionModel",
}
# What stands beside the network in a checkpoint and is not needed to run it: read over, never made.
_IGNORED = re.compile(
    r"pathlib(\._local)?\.(Posix|Windows|PurePosix|PureWindows)?Path"
    r"|ultralytics\.(yolo\.)?utils\.IterableSimpleNamespace"
    r"|ultralytics\.utils\.(loss|tal)\.[A-Za-z0-9_]+"
    r"|numpy\.dtype|numpy\.(_core|core)\.multiarray\.(scalar|_reconstruct)|numpy\.ndarray"
)
_LOCK = threading.Lock()  # torch's list of allowed names belongs to the whole process


class CheckpointError(ValueError):
    """A weights file that is damaged, of another kind, or holds what a network has no need of."""


class _Refused(Exception):
    """What a file asks for and is not given."""


def load(path: Path) -> Any:
    """The content of a checkpoint.

    Args:
        path: a ``.pt`` file as Ultralytics saves it.

    Returns:
        The dictionary that was saved; its network is a real ``torch.nn.Module``, and what does not belong to it is
        left out.

    Raises:
        CheckpointError: with one line that says why the file was refused.
    """
    import torch

    _check_archive(path)
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
        allowed: list[Any] = [_allow(name, path) for name in names]
        with _LOCK, torch.serialization.safe_globals(allowed):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except _Refused as refusal:
        raise CheckpointError(f"{path}: refused, for it asks for more than a network needs ({refusal})") from None
    except pickle.UnpicklingError as error:
        # torch's own text advises to switch the protection off; what was wrong stands at its end
        reason = str(error).rpartition("WeightsUnpickler error: ")[2]
        raise CheckpointError(f"{path}: refused, torch cannot read it safely ({_first_line(reason)})") from None
    except (RuntimeError, ValueError, EOFError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise CheckpointError(f"{path}: not an Ultralytics checkpoint ({_first_line(error)})") from None
    return _wake(content, {})


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise CheckpointError(f"{path}: damaged, or not an Ultralytics checkpoint ({_first_line(error)})") from None
    if broken is not None:
        raise CheckpointError(f"{path}: damaged, the checksum of its part {broken} is wrong")


def _first_line(error: BaseException | str) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _allow(name: str, path: Path) -> tuple[Any, str]:
    if name == "builtins.getattr":
        return _method, name
    if _IGNORED.fullmatch(name):
        return _Ignored, name
    now = _RENAMED.get(name, name)
    if _LAYER.fullmatch(now) or _NETWORK.fullmatch(now):
        stand_in = _stand_in(now)
        if stand_in is not None:
            return stand_in, name
    raise CheckpointError(f"{path}: refused, for it holds {name}, which is no part of a detection or pose network")


class _Ignored:
    """Takes the place of data that nobody will look at."""

    def __new__(cls, *_: object, **__: object) -> _Ignored:
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None: ...


class _StandIn:
    """An object of the file that has not become a layer yet."""

    real: Any  # the class that it will be of
    state: dict[str, Any]

    def __new__(cls, *args: object) -> _StandIn:
        if args:
            raise _Refused(f"a call of {cls.__name__} with arguments")
        self = object.__new__(cls)
        self.state = {}
        return self

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, dict):
            raise _Refused(f"a state of {type(self).__name__} that is no dictionary")
        self.state = state


@functools.cache
def _stand_in(name: str) -> type[_StandIn] | None:
    from torch import nn

    module, _, attribute = name.rpartition(".")
    try:
        real = getattr(quiet.ultralytics(module), attribute, None)
    except ImportError:
        return None
    if isinstance(real, type) and issubclass(real, nn.Module):
        return type(attribute, (_StandIn,), {"real": real})
    return None


class _Method:
    """A reference to a method of a layer or of its class, by which some heads and fused layers replace their own."""

    def __init__(self, owner: object, name: str) -> None:
        self.owner, self.name = owner, name


def _method(owner: object, name: object) -> _Method:
    is_layer = isinstance(owner, _StandIn) or (isinstance(owner, type) and issubclass(owner, _StandIn))
    if not is_layer or not isinstance(name, str) or not name.startswith("forward"):
        raise _Refused(f"a look-up of {name!r}")
    return _Method(owner, name)


def _wake(thing: Any, done: dict[int, Any]) -> Any:
    """Replace the stand-ins in a structure of plain data by what they stand for.

    Args:
        thing: any value of the file.
        done: what was made of each stand-in and container so far, by identity; layers may be shared.
    """
    if id(thing) in done:
        return done[id(thing)]
    made: Any
    if isinstance(thing, _StandIn):
        made = done[id(thing)] = thing.real.__new__(thing.real)
        made.__setstate__({str(key): _wake(value, done) for key, value in thing.state.items()})
        return made
    if isinstance(thing, _Method):
        owner = thing.owner.real if isinstance(thing.owner, type) else _wake(thing.owner, done)  # type: ignore[attr-defined]
        made = getattr(owner, thing.name, None)
        return made if isinstance(made, (types.FunctionType, types.MethodType)) else None
    if isinstance(thing, _Ignored):
        return None
    if isinstance(thing, dict):
        made = done[id(thing)] = type(thing)()
        made.update({_wake(key, done): _wake(value, done) for key, value in thing.items()})
        return made
    if isinstance(thing, list):
        made = done[id(thing)] = []
        made.extend(_wake(value, done) for value in thing)
        return made
    if isinstance(thing, (tuple, set)):
        return type(thing)(_wake(value, done) for value in thing)
    return thing
