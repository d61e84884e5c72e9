"""Does what a comparison lacks: trains, measures, and takes the time; what is there already is left as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from reid.checkpoint import CheckpointError
from reid.comparison.children import ChildFailed, Children
from reid.comparison.costs import cost_of
from reid.comparison.folder import ACROSS, ASKED, COST, FAILED, FIGURES, LOG, SHORTLIST, STATE, MethodFolder, measures
from reid.comparison.method import IMAGE, TEXT

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is given to the commands.

    Attributes:
        data: kind -> ``NAME:PATH`` of trainings.
        backbones: name of a backbone -> file with its first weights, for the methods that have it.
        measured: kind -> options of `reidpipe evaluate` that say what is measured on.
        options: of `reidpipe train`, such as ``--epochs 1``.
        across: ``NAME:PATH`` of further data sets that picture methods are measured on.
        shortlist: options of `reidpipe evaluate` that make a matcher re-rank a short list; None not to.
        threads: cores of each command.
    """

    data: Mapping[str, Sequence[str]]
    measured: Mapping[str, Sequence[str]]
    backbones: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    across: Sequence[str] = ()
    shortlist: Sequence[str] | None = None
    threads: int = 1

    def data_of(self, folder: MethodFolder) -> list[str]:
        """``NAME:PATH`` of one method's training."""
        method = folder.method
        given = list(self.data.get(method.kind, ()))
        first = self.backbones.get(method.backbone or "")
        if first is not None and not any(pair.startswith("backbone:") for pair in given):
            given.append(f"backbone:{first}")
        return given

    def measured_on(self, folder: MethodFolder, *, across: bool = False) -> list[str]:
        """Options of `reidpipe evaluate` for one method, on what all are compared on or on the further sets."""
        given = list(self.measured.get(folder.method.kind, ()))
        if across:
            wanted = self.across if folder.method.kind == IMAGE else ()
            given = [part for pair in wanted for part in ("--data", pair)]
        if given and (folder.method.config or {}).get("keypoints"):  # its strips are placed in measuring as in training
            for pair in self.data.get(folder.method.kind, ()):
                if pair.startswith("keypoints:"):
                    given += ["--keypoints", pair.partition(":")[2]]
        return given


def do_all(folders: Sequence[MethodFolder], wanted: Wanted, children: Children, jobs: int, say: Say) -> None:
    """Train and measure every method, several at a time; then take the time of each, with nothing beside it.

    A method that fails is told, kept in its folder as ``failed.json``, and tried again the next time.

    Raises:
        KeyboardInterrupt: after the commands in work were asked to end.
    """
    pool = ThreadPoolExecutor(jobs)
    try:
        list(pool.map(lambda folder: _attempt(folder, wanted, children, say), folders))
        for folder in folders:
            _take_time(folder, say)
    except BaseException:
        children.stop()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _attempt(folder: MethodFolder, wanted: Wanted, children: Children, say: Say) -> None:
    name, step = f"{folder.method.kind}/{folder.method.name}", "configuration"
    if folder.method.fault is not None:
        say(f"{name}: left out: {folder.method.fault}")
        return
    try:
        step = "training"
        _train(folder, wanted, children, lambda text: say(f"{name}: {text}"))
        step = "measuring"
        _measure(folder, FIGURES, wanted.measured_on(folder), children, say)
        _measure(folder, ACROSS, wanted.measured_on(folder, across=True), children, say)
        if wanted.shortlist is not None and folder.kind() == "matcher":
            given = (*wanted.measured.get(TEXT, ()), *wanted.shortlist)
            _measure(folder, SHORTLIST, given, children, say)
        folder.forget(FAILED)
    except (ChildFailed, CheckpointError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        if reason != "stopped":
            folder.write(FAILED, {"step": step, "reason": reason})
            say(f"{name}: {step} failed: {reason}")


def _train(folder: MethodFolder, wanted: Wanted, children: Children, say: Say) -> None:
    if folder.method.checkpoint is not None:
        return
    assert folder.method.path is not None
    pairs = wanted.data_of(folder)
    names = [pair.partition(":")[0] for pair in pairs]
    threads, begun = wanted.threads, (folder.path / STATE).is_file()
    if begun or folder.card is not None:
        if not folder.is_as_asked(names):
            say(f"another configuration or other data: what was there is now {folder.set_aside().name}")
            begun = False
        elif folder.is_trained():
            say("is trained already")
            return
        else:  # a resumed run must go on as it began
            threads = int((folder.read(ASKED) or {}).get("threads", threads))
    folder.write(ASKED, {**folder.asked(names), "threads": threads})
    say("training goes on" if begun else "training")
    resume = ["--resume"] if begun else []
    data = [part for pair in pairs for part in ("--data", pair)]
    command = ["train", str(folder.method.path), "--out", str(folder.path), "--threads", str(threads)]
    children.run([*command, *resume, *data, *wanted.options], folder.path / LOG)
    minutes = folder.minutes()
    say("trained" if minutes is None else f"trained in {minutes:.1f} minutes")


def _measure(folder: MethodFolder, name: str, given: Sequence[str], children: Children, say: Say) -> None:
    if not given or folder.is_fresh(name):
        return
    command = ["evaluate", folder.checkpoint, *given, "--json"]
    figures = json.loads(children.run(command))
    folder.write(name, {"command": shown(command), "figures": figures})
    best = measures(folder, name) or {}
    what = {FIGURES: "measured", ACROSS: "measured elsewhere", SHORTLIST: "re-ranked"}[name]
    told = ", ".join(f"{measure} {100 * best[measure]['value']:.1f}" for measure in ("rank-1", "mAP"))
    say(f"{folder.method.kind}/{folder.method.name}: {what}: {told}")


def _take_time(folder: MethodFolder, say: Say) -> None:
    if folder.card is None or folder.is_fresh(COST) or not folder.is_trained():
        return
    try:
        folder.write(COST, cost_of(folder.card.parent).as_dict())
    except (CheckpointError, ValueError, RuntimeError, KeyError) as error:
        say(f"{folder.method.kind}/{folder.method.name}: its cost cannot be told: {' '.join(str(error).split())}")


def shown(command: Sequence[str]) -> str:
    """A command as a document tells it: of paths only the last part, for where they lie is nobody's business."""
    return "reidpipe " + " ".join(_last(part) for part in command)


def _last(part: str) -> str:
    name, colon, path = part.partition(":")
    if colon and "/" in path:
        return f"{name}:{Path(path).name}"
    if part.startswith("/"):
        inside = [place for place in ("reid", "configs", "runs") if f"/{place}/" in part]
        return part[part.rindex(f"/{inside[0]}/") + 1 :] if inside else Path(part).name
    return part


__all__ = ["IMAGE", "TEXT", "Wanted", "do_all", "shown"]
