"""Mistakes in a configuration: where they are, and what was probably meant."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails


class Fault(ValueError):
    """Something in a configuration that cannot be used.

    Attributes:
        where: the key, such as ``loop.lr``; empty for the whole.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.where = where


class UnknownKey(Fault):
    """A key, or a name, that does not exist; the nearest one that does is offered.

    Args:
        where: the key with all above it.
        word: what was written.
        known: what could have been.
        what: of which kind a name is; without it, it is a key.
    """

    def __init__(self, where: str, word: str, known: Iterable[str], what: str = "") -> None:
        names = sorted(set(known))
        told = f"{what} {word!r} is unknown" if what else f"unknown key {where!r}"
        ValueError.__init__(self, told + (nearest(word, names) or f"; known: {', '.join(names) or 'none'}"))
        self.where = where


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean ...?`` for a mistyped word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.55)
    return f"; did you mean {close[0]!r}?" if close else ""


def check_args(
    given_args: Mapping[str, Any],
    target: Callable[..., Any],
    where: str,
    *,
    given: Collection[str] = (),
    beside: Collection[str] = (),
) -> None:
    """Compare settings with the parameters of what they are for, before it is built.

    Keys must be parameters; values must be of the annotated type. A target with an attribute ``PARTS`` (parameter ->
    what its mapping is for: a callable, or a table of callables of which the mapping's ``name`` chooses one) is
    followed into those mappings.

    Args:
        given_args: the settings.
        target: class or function.
        where: of the settings, for messages, such as ``network.args``.
        given: parameters that somebody else fills in.
        beside: keys that are right although they are no parameters, to be offered for a slip.

    Raises:
        UnknownKey: if there is no such parameter.
        Fault: if a value is of another type.
    """
    parameters = {n: p for n, p in inspect.signature(target).parameters.items() if p.kind is not p.VAR_POSITIONAL}
    parameters = {name: p for name, p in parameters.items() if name not in given}
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    hints = _hints(target)
    for name, value in given_args.items():
        place = f"{where}.{name}"
        if name not in parameters and not open_ended:
            raise UnknownKey(place, str(name), [*parameters, *beside])
        if name in hints:
            _check_type(value, hints[name], place)
        part = getattr(target, "PARTS", {}).get(name)
        if part is not None and isinstance(value, Mapping):
            _check_part(value, part, place)


def _check_part(value: Mapping[str, Any], part: Any, where: str) -> None:
    if not isinstance(part, Mapping):
        check_args(value, part, where)
        return
    if "name" not in value:
        raise Fault(where, f"needs a name; use one of {', '.join(part)}")
    if value["name"] not in part:
        raise UnknownKey(f"{where}.name", str(value["name"]), part, what=where.rpartition(".")[2])
    check_args({k: v for k, v in value.items() if k != "name"}, part[value["name"]], where, beside=("name",))


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    """Annotated types of parameters, as far as they can be told."""
    try:
        parameters = inspect.signature(target, eval_str=True).parameters.values()
    except (NameError, TypeError):  # an annotation that is imported for type checkers only
        return {}
    return {p.name: p.annotation for p in parameters if p.annotation is not p.empty}


def _check_type(value: Any, hint: Any, where: str) -> None:
    try:
        adapter = TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=False))
    except (PydanticSchemaGenerationError, ValueError, TypeError):
        return  # a type that YAML cannot express; whoever builds the thing will tell
    try:
        # a YAML list may stand for a tuple, but a string never for a number
        adapter.validate_python(value, strict=not isinstance(value, list | dict))
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise Fault(where, _told(wrong["msg"], wrong["input"])) from None


def fault_of(error: ValidationError, model: type[BaseModel], content: Any) -> Fault:
    """The most telling of pydantic's complaints about ``content``, as ours."""
    wrong = error.errors(include_url=False)
    order = {"extra_forbidden": 0, "value_error": 1, "missing": 3}
    worst = min(wrong, key=lambda e: order.get(e["type"], 2))
    path = _path(worst, content)
    where = ".".join(path)
    if worst["type"] == "extra_forbidden":
        return UnknownKey(where, path[-1], _fields(model, path[:-1]))
    cause = worst.get("ctx", {}).get("error")
    if isinstance(cause, Fault):
        return cause
    if isinstance(cause, ValueError):
        return Fault(where, str(cause))
    if worst["type"] == "missing":
        return Fault(where, "is missing")
    return Fault(where, _told(worst["msg"], worst["input"]))


def _path(wrong: ErrorDetails, content: Any) -> list[str]:
    """The keys that lead to a complaint; pydantic also tells which member of a union it had in mind."""
    path: list[str] = []
    for number, part in enumerate(wrong["loc"]):
        last = number + 1 == len(wrong["loc"])
        of_mapping = isinstance(content, Mapping) and part in content
        if of_mapping or (isinstance(content, list) and isinstance(part, int)):
            content = content[part]
        elif not (last and wrong["type"] == "missing"):
            continue
        path.append(str(part))
    return path


def _told(message: str, value: Any) -> str:
    shown = repr(value)
    return f"{message[0].lower()}{message[1:]}, got {shown if len(shown) <= 60 else shown[:57] + '...'}"


def _fields(model: Any, path: list[str]) -> list[str]:
    """The keys that are known at a place of a model."""
    models = _models(model)
    for part in path:
        found = [m.model_fields[part].annotation for m in models if part in m.model_fields]
        # a key of a dict or an index of a list: the model is within the annotation already
        models = [inner for hint in found for inner in _models(hint)] if found else models
    return [name for m in models for name in m.model_fields]


def _models(hint: Any) -> list[type[BaseModel]]:
    """The models that an annotation is made of: of ``dict[str, X | None]`` X."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    return [m for inner in get_args(hint) for m in _models(inner)]
