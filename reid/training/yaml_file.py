"""A YAML file as a mapping, and the lines on which its keys stand."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from reid.training.faults import Fault


class _Loader(yaml.SafeLoader):
    """YAML in which ``6e-4`` is a number, as in YAML 1.2 (PyYAML wants ``6.0e-4``), and no key comes twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As in PyYAML, which lets the last of two equal keys win."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is given twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def parse(text: str) -> Any:
    """What a piece of YAML says.

    Raises:
        Fault: if it is no YAML, with the line.
    """
    try:
        return yaml.load(text, _Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Fault("", f"is not YAML{line} ({error.problem})") from None
    except yaml.YAMLError as error:
        raise Fault("", f"is not YAML ({' '.join(str(error).split())})") from None


def read_mapping(path: Path) -> tuple[dict[str, Any], str]:
    """The content of a file, and its text.

    Raises:
        ValueError: if it cannot be read, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    try:
        content = parse(text)
    except Fault as fault:
        raise ValueError(f"{path} {fault}") from None
    if not isinstance(content, dict):
        kind = "nothing" if content is None else type(content).__name__
        raise ValueError(f"{path}: expected a mapping with the keys task, network, input, loop; got {kind}")
    return content, text


def line_of(text: str, where: str) -> int | None:
    """The line, from 1, of a key such as ``loop.lr``, or of the last key above it that is there."""
    node, line = yaml.compose(text, yaml.SafeLoader), None
    for part in filter(None, where.split(".")):
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            break
    return line
