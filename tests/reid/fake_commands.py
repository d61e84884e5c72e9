"""Stands in for `reidpipe train` and `reidpipe evaluate` in the tests of comparisons: quick, and does as it is told.

What it does is told by the name of the configuration: `fails...` ends with an error, `dies...` is killed after its
first epoch and ends well when it is resumed.
"""

import json
import os
import signal
import sys
from pathlib import Path


def train(arguments: list[str]) -> None:
    name, out = Path(arguments[0]).stem, Path(arguments[arguments.index("--out") + 1])
    out.mkdir(parents=True, exist_ok=True)
    with (out / "calls.txt").open("a") as file:
        file.write(" ".join(arguments) + "\n")
    if name.startswith("fails"):
        sys.exit("some words before\nerror: the loss is no number")
    resumed = "--resume" in arguments
    if (out / "state.pt").exists() and not resumed:
        sys.exit("error: holds a run already; add --resume")
    (out / "state.pt").write_text("state")
    if name.startswith("dies") and not resumed:
        os.kill(os.getpid(), signal.SIGKILL)
    print("epoch 0 step 1/5  loss 2")
    (out / "log.csv").write_text("epoch,loss,minutes\n0,2.5,1.25\n1,1.5,2.5\n")
    (out / "checkpoint").mkdir(exist_ok=True)
    kind = "matcher" if name.startswith("matcher") else "appearance"
    network = {"name": "line", "args": {}}
    card = {"kind": kind, "network": network, "preprocess": {}, "files": {}}
    (out / "checkpoint" / "card.json").write_text(json.dumps(card))


def evaluate(arguments: list[str]) -> None:
    if "unreadable" in arguments[0]:
        sys.exit("error: a picture cannot be read")
    value = 0.75 if "--shortlist" in arguments else 0.5
    figure = {"value": value, "low": value - 0.125, "high": value + 0.125}
    measures = dict.fromkeys(("rank-1", "rank-5", "rank-10", "mAP", "mINP"), figure)
    print(json.dumps([{"checkpoint": "x", "name": "data", "measures": measures}]))
    print("note: on stderr", file=sys.stderr)


{"train": train, "evaluate": evaluate}[sys.argv[1]](sys.argv[2:])
