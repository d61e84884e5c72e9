"""A command line as a document tells it: where somebody's files lie is nobody's business."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from pathlib import Path

import click
from click.core import ParameterSource


def as_told(context: click.Context, leave_out: Collection[str] = ()) -> str:
    """The command of a context, an option to a line.

    Of absolute paths only the last part is told. Where all YAML files of a folder are given, it is `FOLDER/*.yaml`.

    Args:
        context: of the command.
        leave_out: names of parameters that are not told.
    """
    lines = [context.command_path if context.parent is not None else f"reidpipe {context.command.name}"]
    for parameter in sorted(context.command.params, key=lambda p: isinstance(p, click.Option)):
        name = parameter.name or ""
        if name in leave_out or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if not isinstance(parameter, click.Option):
            lines[0] += " " + " ".join(_short([Path(path) for path in value]))
            continue
        switch = parameter.secondary_opts if value is False else parameter.opts
        for each in value if isinstance(value, tuple) else (value,):
            lines.append(switch[0] if isinstance(each, bool) else f"{switch[0]} {shlex.quote(_shown(str(each)))}")
    return " \\\n    ".join(lines)


def _shown(text: str) -> str:
    name, colon, path = text.partition(":")
    if colon and name:
        return f"{name}:{_last(path)}"
    return _last(text)


def _last(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path


def _short(files: Sequence[Path]) -> list[str]:
    """Files, and `FOLDER/*.yaml` in the place of the first of each folder that is given whole."""
    told: list[str] = []
    for folder in dict.fromkeys(file.parent for file in files):
        given = {file.name for file in files if file.parent == folder}
        if len(given) > 1 and given == {file.name for file in folder.glob("*.yaml")}:
            told.append(f"{'/'.join(folder.parts[-2:]) if folder.is_absolute() else folder}/*.yaml")
        else:
            told += [shlex.quote(_last(str(file))) for file in files if file.parent == folder]
    return told
