"""The folder of one method within a comparison, and what can be read from it.

::

    image/triplet/comparison.json   what was asked for: configuration and names of the data
                  state.pt, log.csv, checkpoint/   as `reidpipe train` writes them
                  train.log         what it said
                  figures.json      as `reidpipe evaluate --json` prints them, with the command
                  across.json       likewise, on further data sets
                  shortlist.json    likewise, of re-ranking the shipped encoder's first hits
                  cost.json         see `costs`
                  failed.json       which step failed, and why
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reid import checkpoint
from reid.comparison.method import Method
from reid.training.logbook import read_log

ASKED, FIGURES, ACROSS, SHORTLIST = "comparison", "figures", "across", "shortlist"
COST, FAILED = "cost", "failed"
TRAINED, STATE, LOG = "checkpoint", "state.pt", "train.log"
_STEPS = re.compile(r"\bstep \d+/(\d+)")


@dataclass(frozen=True, slots=True)
class MethodFolder:
    """Where the results of a method lie.

    Attributes:
        path: its folder, which need not be there yet.
        method: the method.
    """

    path: Path
    method: Method

    @classmethod
    def of(cls, out: Path, method: Method) -> MethodFolder:
        """The folder of a method in a comparison's folder."""
        return cls(out / method.kind / method.name.replace(" ", "_"), method)

    @property
    def checkpoint(self) -> str:
        """What `reidpipe evaluate` takes: the folder of the weights, or the name of an encoder that needs none."""
        return self.method.checkpoint or str(self.path / TRAINED)

    @property
    def card(self) -> Path | None:
        """The card of the weights; None if there are none."""
        card = Path(self.checkpoint) / checkpoint.CARD
        return card if card.is_file() else None

    def read(self, name: str) -> Any:
        """The content of a JSON file; None if it is missing or was cut off."""
        try:
            return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def write(self, name: str, content: Any) -> None:
        """Write a JSON file; it is there whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        part = self.path / f"{name}.json.part"
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        part.replace(self.path / f"{name}.json")

    def forget(self, name: str) -> None:
        """Remove a JSON file, if it is there."""
        (self.path / f"{name}.json").unlink(missing_ok=True)

    def asked(self, data: Sequence[str]) -> dict[str, Any]:
        """What a training depends on: its configuration, but not its threads, and the names of its data."""
        assert self.method.config is not None
        config = json.loads(json.dumps(self.method.config))
        config["loop"].pop("threads", None)
        return {"config": config, "data": sorted(name for name in data if name != "cache")}

    def is_as_asked(self, data: Sequence[str]) -> bool:
        """Whether what is here was made, or begun, with the same configuration and data."""
        held = self.read(ASKED)
        if held is None and self.card is not None:  # trained by hand: its card tells the configuration
            card = checkpoint.read_card(self.card.parent)
            held = {"config": {**card.get("config", {}), "loop": {**card.get("config", {}).get("loop", {})}}}
            held["config"]["loop"].pop("threads", None)
            return bool(held["config"] == self.asked(data)["config"])
        return isinstance(held, dict) and {k: held.get(k) for k in ("config", "data")} == self.asked(data)

    def is_trained(self) -> bool:
        """Whether there are sound weights, or none are needed."""
        if self.method.checkpoint is not None:
            return True
        return self.card is not None and checkpoint.verify(self.card.parent) is None

    def is_fresh(self, name: str) -> bool:
        """Whether a result is there that is not older than the weights."""
        path = self.path / f"{name}.json"
        if self.read(name) is None:
            return False
        return self.card is None or path.stat().st_mtime >= self.card.stat().st_mtime

    def set_aside(self) -> Path:
        """Rename the folder, whose run is another than the one that is asked for; returns its new name."""
        numbers = (self.path.with_name(f"{self.path.name}.before-{n}") for n in range(1, 10_000))
        aside = next(path for path in numbers if not path.exists())
        self.path.rename(aside)
        return aside

    def minutes(self) -> float | None:
        """How long the training took."""
        rows = read_log(self.path / "log.csv")
        return float(rows[-1]["minutes"]) if rows and rows[-1].get("minutes") else None

    def pictures(self) -> int | None:
        """How many pictures were looked at in training, each as often as it was."""
        try:
            told = _STEPS.findall((self.path / LOG).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return None
        epochs, batch = len(read_log(self.path / "log.csv")), self.method.batch
        return epochs * int(told[-1]) * batch if told and epochs and batch else None

    def kind(self) -> str:
        """The kind of checkpoint, ``appearance``, ``language`` or ``matcher``; "" without weights."""
        return "" if self.card is None else str(checkpoint.read_card(self.card.parent)["kind"])

    def failure(self) -> Mapping[str, str] | None:
        """Which step failed, and why; None if nothing did."""
        if self.method.fault is not None:
            return {"step": "configuration", "reason": self.method.fault}
        failed = self.read(FAILED)
        return failed if isinstance(failed, dict) else None


def measures(folder: MethodFolder, name: str, data: str | None = None) -> Mapping[str, Mapping[str, float]] | None:
    """Measure -> value, low and high in 0..1, as a file of figures tells; None if it is not there.

    Args:
        folder: of a method.
        name: of the file; of several figures in it the first, but for a short list, whose figures come last.
        data: the data set that is meant, where the file tells of several.
    """
    content = folder.read(name)
    try:
        figures = content["figures"]
        if data is not None:
            figures = [figure for figure in figures if figure["name"] == data]
        found = figures[-1 if name == SHORTLIST else 0]["measures"]
    except (TypeError, KeyError, IndexError):
        return None
    return found if isinstance(found, dict) else None
