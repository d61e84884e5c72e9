"""What `reidpipe doctor` looks at. Each check says what it saw; none of them changes anything."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pipeline.config import Settings

OURS = ("pipeline", "detectors", "reid")
DISTRIBUTION = "reidpipe"
LIBRARIES = (
    "torch", "torchvision", "ultralytics", "openvino", "opencv-python", "faiss-cpu", "av", "numpy", "SQLAlchemy",
    "safetensors", "pydantic", "click", "rich",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `state` is ok, note (worth knowing), or wrong (must be mended)."""

    section: str
    name: str
    state: Literal["ok", "note", "wrong"]
    detail: str

    def as_dict(self) -> dict[str, str]:
        """The check as plain JSON types."""
        return asdict(self)


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, each guarded: one that fails unexpectedly is itself something wrong."""
    sections: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("versions", versions),
        ("packages", packages),
        ("runtimes", runtimes),
        ("weights", lambda: weights(settings)),
        ("folders", folders),
        ("gallery", lambda: gallery(settings)),
    )
    for section, look in sections:
        try:
            yield from look()
        except Exception as error:  # a broken library may raise anything
            yield Check(section, section, "wrong", f"{type(error).__name__}: {' '.join(str(error).split())}")


def versions() -> Iterator[Check]:
    """Python, reidpipe and the libraries it stands on."""
    yield Check("versions", "python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in (DISTRIBUTION, *LIBRARIES):
        try:
            yield Check("versions", name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield _missing(name)


def _missing(name: str) -> Check:
    if name == DISTRIBUTION:
        return Check("versions", name, "note", "not installed, it runs from its folder")
    # another distribution may bring the same module (opencv-python-headless, faiss-gpu)
    module = {"opencv-python": "cv2", "faiss-cpu": "faiss"}.get(name)
    if module and find_spec(module):
        owners = metadata.packages_distributions().get(module, ["an unknown package"])
        return Check("versions", name, "ok", f"module {module} of {', '.join(sorted(set(owners)))}")
    return Check("versions", name, "wrong", f"is not installed: pip install {name}")


def packages() -> Iterator[Check]:
    """Whether another package calls itself pipeline, detectors or reid."""
    foreign = foreign_packages()
    for line in foreign:
        yield Check("packages", "names", "wrong", line)
    if not foreign:
        home = Path(__file__).parents[2]
        yield Check("packages", "names", "ok", f"{', '.join(OURS)} are our own, in {home}")


def foreign_packages() -> list[str]:
    """One line for each of our package names that something else has taken."""
    lines = []
    owners = metadata.packages_distributions()
    home = Path(__file__).resolve().parents[2]
    for name in OURS:
        others = sorted({owner for owner in owners.get(name, ()) if owner.lower() != DISTRIBUTION})
        if others:
            who = ", ".join(others)
            lines.append(f"package {who} also installs a module '{name}': pip uninstall {who}, or use a fresh venv")
            continue
        spec = find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not any(Path(place).resolve().parent == home for place in places):
            where = places[0] if places else "nowhere"
            lines.append(f"module '{name}' comes from {where} and not from {home}: look at PYTHONPATH and the folder")
    return lines


def runtimes() -> Iterator[Check]:
    """What can run a network on this machine."""
    torch = importlib.import_module("torch")
    cuda = f"CUDA {torch.version.cuda}, {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else "no CUDA"
    yield Check("runtimes", "torch", "ok", f"{cuda}, {torch.get_num_threads()} threads")
    quiet = importlib.import_module("detectors.quiet")
    devices = quiet.openvino_core().available_devices
    state: Literal["ok", "wrong"] = "ok" if "CPU" in devices else "wrong"
    yield Check("runtimes", "openvino", state, "devices: " + (", ".join(devices) or "none"))
    codecs = importlib.import_module("av").codecs_available
    lacking = [name for name in ("h264", "hevc", "mpeg4", "mjpeg") if name not in codecs]
    yield Check(
        "runtimes", "decoders", "note" if lacking else "ok", f"lacking {lacking}" if lacking else "all usual ones"
    )


def weights(settings: Settings) -> Iterator[Check]:
    """Every weights file that ships, and those of the settings, against the checksum of its card."""
    from pipeline.assemble import encoder_folder
    from pipeline.types import APPEARANCE, LANGUAGE
    from reid.checkpoint import read_card, verify

    folder = Path(__file__).parents[2] / "detectors" / "weights"
    cards = sorted(folder.glob("*.json"))
    if not cards:
        yield Check("weights", "detectors", "wrong", f"no cards in {folder}: install reidpipe again")
    for card in cards:
        yield _detector_weights(card)
    for kind in (APPEARANCE, LANGUAGE):
        place = encoder_folder(settings, kind)
        wrong = verify(place)
        if wrong is None:
            figures = read_card(place)["network"]["name"]
            yield Check("weights", kind, "ok", f"{figures}, checksums agree ({place})")
        else:
            yield Check("weights", kind, "wrong", wrong)


def _detector_weights(card: Path) -> Check:
    content: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
    path = card.with_name(content.get("file", card.stem + ".pt"))
    if not path.is_file():
        return Check("weights", card.stem, "wrong", f"{path} is missing: install reidpipe again")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != content["sha256"]:
        return Check("weights", card.stem, "wrong", f"{path} is damaged (checksum): install reidpipe again")
    return Check("weights", card.stem, "ok", f"checksum agrees ({path})")


def folders() -> Iterator[Check]:
    """Where converted models are kept, and whether there is room."""
    import platformdirs

    cache = platformdirs.user_cache_path(DISTRIBUTION)
    if not cache.exists():
        yield Check("folders", "cache", "ok", f"{cache}, made when it is needed")
    elif os.access(cache, os.R_OK | os.W_OK | os.X_OK):
        size = sum(p.stat().st_size for p in cache.rglob("*") if p.is_file())
        yield Check("folders", "cache", "ok", f"{cache}, {size / 1e6:.0f} MB")
    else:
        yield Check("folders", "cache", "note", f"{cache} cannot be written: models are converted anew at each start")


def gallery(settings: Settings) -> Iterator[Check]:
    """Whether the gallery is sound, and what is in it."""
    from pipeline.assemble import build_gallery
    from pipeline.errors import GalleryNotFound, ReidpipeError

    path = settings.gallery_path
    try:
        opened = build_gallery(settings, read_only=True)
    except GalleryNotFound:
        yield Check("gallery", "folder", "note", f"none yet at {path}")
        return
    except ReidpipeError as error:
        yield Check("gallery", "folder", "wrong", str(error))
        return
    with opened:
        yield Check("gallery", "folder", "ok", str(path))
        problems = opened.verify()
        for problem in problems[:20]:
            yield Check("gallery", "integrity", "wrong", problem)
        if len(problems) > 20:
            yield Check("gallery", "integrity", "wrong", f"and {len(problems) - 20} more")
        if not problems:
            yield Check("gallery", "integrity", "ok", "catalogue, vectors and pictures agree")
        footage = opened.footage()
        unfinished = sum(not record.complete for record in footage)
        yield Check("gallery", "footage", "ok", f"{len(footage)} files, {opened.count()} tracklets")
        if unfinished:
            yield Check("gallery", "unfinished", "note", f"{unfinished}: `reidpipe ingest` goes on where it stopped")
        yield Check("gallery", "cameras", "ok", ", ".join(opened.cameras()) or "none")
        for kind, space in sorted(opened.spaces().items()):
            yield Check("gallery", f"{kind} space", "ok", f"{space.digest}, {space.dim} numbers")
