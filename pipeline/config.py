"""Settings: typed, with sound defaults, overlaid by a YAML file and then by the options of a command line.

A mistake (an unknown key, a value out of range) is told in one line that names the key, so nothing is ever ignored.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import ConfigError

GALLERY_VARIABLE = "REIDPIPE_GALLERY"
Runtime = Literal["auto", "torch", "openvino"]


def _at_home(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) and value.startswith("~") else value


UserPath = Annotated[Path, BeforeValidator(_at_home)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DetectorSettings(_Section):
    """How people are found: `name` is a name or a path, `imgsz` the longer side of the network's input in pixels."""

    name: str = Field(default="yolo26n", min_length=1)
    confidence: float = Field(default=0.25, gt=0, lt=1)
    imgsz: int = Field(default=640, ge=32, le=4096, multiple_of=32)
    runtime: Runtime = "auto"
    batch: int = Field(default=8, ge=1, le=256)


class TrackerSettings(_Section):
    """How people are followed."""

    name: str = Field(default="bytetrack", min_length=1)


class SamplingSettings(_Section):
    """How many frames of each second of footage are looked at."""

    fps: float = Field(default=5.0, gt=0, le=240)


class CropSettings(_Section):
    """How many pictures of a tracklet are kept, and how tall in pixels a person must be to be worth one."""

    per_tracklet: int = Field(default=5, ge=1, le=64)
    min_height_px: int = Field(default=40, ge=8, le=4096)


class EncoderSettings(_Section):
    """Which networks turn people into vectors: checkpoint folders, None for those that ship with reidpipe.

    `matcher` judges the best hits of a search by words once more; None to do without.
    """

    appearance: UserPath | None = None
    language: UserPath | None = None
    matcher: UserPath | None = None
    runtime: Runtime = "auto"
    align: Literal["none", "pose"] = "none"


class SearchSettings(_Section):
    """How questions are answered: `shortlist` is how many of the first hits a matcher judges."""

    shortlist: int = Field(default=50, ge=1, le=10_000)


class Settings(_Section):
    """Everything that can be set. `gallery` is its folder, None for the user's own."""

    detector: DetectorSettings = DetectorSettings()
    tracker: TrackerSettings = TrackerSettings()
    sampling: SamplingSettings = SamplingSettings()
    crops: CropSettings = CropSettings()
    encoders: EncoderSettings = EncoderSettings()
    search: SearchSettings = SearchSettings()
    gallery: UserPath | None = None

    @property
    def gallery_path(self) -> Path:
        """The gallery's folder, absolute."""
        return (self.gallery or default_gallery()).absolute()


def load_settings(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The defaults, overlaid by a YAML file, overlaid by `overrides`.

    Args:
        path: a YAML file, or the name of one that ships with reidpipe, such as ``default``; None for no file.
        overrides: nested like the file, such as ``{"sampling": {"fps": 10}}``; None stands for "not given".

    Raises:
        ConfigError: if the file is missing or no YAML, a key is unknown or a value is out of its range.
    """
    if path is None:
        return _validated({}, overrides or {}, "settings")
    file = find_config(path)
    return _validated(_read(file), overrides or {}, str(file))


def default_gallery() -> Path:
    """``$REIDPIPE_GALLERY``, or a folder among the user's own data."""
    given = os.environ.get(GALLERY_VARIABLE, "")
    return Path(given).expanduser() if given else platformdirs.user_data_path("reidpipe") / "gallery"


def config_folder() -> Path:
    """The folder of the YAML files that ship: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def find_config(path: Path | str) -> Path:
    """A file that is there, or the shipped one of that name with or without ``.yaml``.

    Raises:
        ConfigError: if there is neither.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return path
    if path.parent == Path():
        for name in (path.name, path.name + ".yaml"):
            if (shipped := config_folder() / name).is_file():
                return shipped
    known = ", ".join(sorted(p.stem for p in config_folder().glob("*.yaml")))
    raise ConfigError(f"{path}: no such configuration file; those that ship with reidpipe: {known}")


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read ({error})") from None
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{file}: is not valid YAML{line} ({error.problem})") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: is not valid YAML ({' '.join(str(error).split())})") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: expected sections such as 'sampling:', got {type(content).__name__}")
    return content


def _validated(content: Mapping[str, Any], overrides: Mapping[str, Any], source: str) -> Settings:
    try:
        # the file by itself first, so that a mistake is told of the place where it was made
        Settings.model_validate(dict(content))
        source = "options"
        return Settings.model_validate(_merged(content, overrides))
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        worst = next((e for e in wrong if e["type"] == "extra_forbidden"), wrong[0])
        raise ConfigError(f"{source}: {_told(worst)}") from None


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping):
            merged[key] = _merged(merged.get(key) or {}, value)
        elif value is not None:
            merged[key] = value
    return merged


def _told(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown setting '{key}'; {_nearest(key)}"
    problem = error["msg"][0].lower() + error["msg"][1:]
    return f"{key}: {problem}, got {error['input']!r}"


def _nearest(key: str) -> str:
    known = sorted(_keys(Settings))
    leaf = key.rpartition(".")[2]
    by_leaf = {name.rpartition(".")[2]: name for name in known}
    if leaf in by_leaf:
        return f"did you mean '{by_leaf[leaf]}'?"
    if close := difflib.get_close_matches(key, known, 1, 0.6):
        return f"did you mean '{close[0]}'?"
    if close := difflib.get_close_matches(leaf, by_leaf, 1, 0.6):
        return f"did you mean '{by_leaf[close[0]]}'?"
    return "known settings: " + ", ".join(known)


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name
