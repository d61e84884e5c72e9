"""Measures how often tracks break on some footage, at one or more sampling rates.

    python -m detectors.measure_tracking VIDEO --truth truth.json --fps 5 --fps 10

Without --truth the tracks at the footage's full rate stand in for it, which shows what is lost by looking less often.
The file of --truth lists, for each of "identities", rows of frame, time, box and visible share by camera, as
samples/truth.json does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.evaluation import TrackScore, TruthFrame, match_boxes, score_tracks
from detectors.registry import open_detector, open_tracker
from detectors.types import Detections, Floats, Image, Ints, Mask

VISIBLE = 0.2  # share of a person that must be seen for it to count
AWAY_S = 1.0  # after which somebody who was out of the picture is followed anew
_BATCH = 8


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who is really in one frame.

    Attributes:
        xyxy: (T, 4) float32.
        who: (T,) int64, the person.
        visit: (T,) int64, the appearance: another one when somebody comes back.
        required: (T,) bool, False for those who are hidden so far that they need not be found.
    """

    xyxy: Floats
    who: Ints
    visit: Ints
    required: Mask


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table: rate really used in frames a second, score, and tracks that hold more than one person."""

    fps: float
    score: TrackScore
    mixed: int


class Footage:
    """A video and the people whom a detector finds in each of its frames; frames are decoded anew when needed."""

    def __init__(self, path: Path, confidence: float) -> None:
        self.path = path
        self.times: list[float] = []
        self.found: list[Detections] = []
        detector = open_detector(confidence=confidence)
        batch: list[Image] = []
        for time_s, image in decode(path):
            self.times.append(time_s)
            batch.append(image)
            if len(batch) == _BATCH:
                self.found += detector.detect(batch)
                batch.clear()
        self.found += detector.detect(batch)

    @property
    def fps(self) -> float:
        """Mean rate, frames a second."""
        return (len(self.times) - 1) / self.times[-1] if len(self.times) > 1 else 1.0

    def follow(self, tracker: str, frames: Sequence[int], fps: float) -> list[Detections]:
        """What a fresh tracker reports of some frames."""
        follower, wanted = open_tracker(tracker, fps=fps), set(frames)
        images = ((index, image) for index, (_, image) in enumerate(decode(self.path)) if index in wanted)
        return [follower.update(self.found[index], image) for index, image in images]


def decode(video: Path) -> Iterator[tuple[float, Image]]:
    """Every frame of a video, with its time in seconds from the first one."""
    import av

    with av.open(str(video)) as container:
        first: float | None = None
        for frame in container.decode(video=0):
            time_s = float(frame.time or 0.0)
            first = time_s if first is None else first
            yield time_s - first, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def sampled(times: Sequence[float], fps: float | None) -> list[int]:
    """Numbers of the frames that are looked at: each time the first one that is due, or all for None."""
    if fps is None:
        return list(range(len(times)))
    chosen, due = [], 0
    for index, time_s in enumerate(times):
        step = int(np.floor(time_s * fps + 1e-6))
        if step >= due:
            chosen.append(index)
            due = step + 1
    return chosen


def read_truth(path: Path, clip: str, frames: int) -> list[People]:
    """The truth of one clip, for each of its frames.

    Raises:
        ValueError: if the file says nothing of the clip.
    """
    document: Any = json.loads(path.read_text(encoding="utf-8"))
    cameras = [camera["name"] for camera in document["cameras"] if camera["clip"] == clip]
    if not cameras:
        raise ValueError(f"{path}: says nothing of {clip}")
    rows: list[list[tuple[list[float], int, int, bool]]] = [[] for _ in range(frames)]
    visits = 0
    for who, person in enumerate(document["identities"]):
        before = -np.inf
        for frame, time_s, *box, visible in person["tracks"].get(cameras[0], []):
            visits += time_s - before > AWAY_S
            before = time_s
            if frame < frames:
                rows[frame].append((box, who, visits, visible > VISIBLE))
    return [_people(row) for row in rows]


def _people(rows: Sequence[tuple[list[float], int, int, bool]]) -> People:
    xyxy = np.array([row[0] for row in rows], np.float32).reshape(-1, 4)
    who, visit = (np.array([row[i] for row in rows], np.int64) for i in (1, 2))
    return People(xyxy, who, visit, np.array([row[3] for row in rows], bool))


def as_truth(reported: Sequence[Detections]) -> list[People]:
    """Tracks taken for the truth."""
    numbers = [np.zeros(0, np.int64) if one.track_id is None else one.track_id for one in reported]
    pairs = zip(reported, numbers, strict=True)
    return [People(one.xyxy, ids, ids, np.ones(len(one), bool)) for one, ids in pairs]


def compare(truth: Sequence[People], reported: Sequence[Detections]) -> tuple[TrackScore, int]:
    """The score of tracks, and how many of them hold more than one person."""
    frames, owners = [], dict[int, set[int]]()
    for people, one in zip(truth, reported, strict=True):
        ids = np.zeros(0, np.int64) if one.track_id is None else one.track_id
        frames.append(TruthFrame(people.xyxy, one.xyxy, people.visit, ids, people.required))
        for row, column in enumerate(match_boxes(people.xyxy, one.xyxy).tolist()):
            if column >= 0 and people.required[row]:
                owners.setdefault(int(ids[column]), set()).add(int(people.who[row]))
    return score_tracks(frames), sum(len(people) > 1 for people in owners.values())


def measure(footage: Footage, truth: Sequence[People] | None, tracker: str, fps: float | None) -> Result:
    """Follow people at one rate, None being the full one, and compare with the truth or with the full rate."""
    everything = list(range(len(footage.times)))
    if truth is None:
        truth = as_truth(footage.follow(tracker, everything, footage.fps))
    chosen = sampled(footage.times, fps)
    rate = footage.fps if fps is None else min(fps, footage.fps)
    reported = footage.follow(tracker, chosen, rate)
    return Result(rate, *compare([truth[i] for i in chosen], reported))


_COLUMNS = ("tracker", "fps", "visits", "tracks", "recall", "false", "switches", "breaks", "mixed", "IDF1")
_LINE = ("{:>10}" + " {:>8}" * (len(_COLUMNS) - 1) + "\n").format


def _row(tracker: str, result: Result) -> str:
    score, boxes = result.score, result.score.detection
    counts = (boxes.false_positives, score.switches, score.fragments, result.mixed)
    recall, idf1 = f"{boxes.recall:.3f}", f"{score.idf1:.3f}"
    return _LINE(tracker, f"{result.fps:.1f}", score.people, score.tracks, recall, *counts, idf1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one row for each tracker and rate."""
    parser = argparse.ArgumentParser(
        prog="python -m detectors.measure_tracking",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("video", type=Path)
    parser.add_argument("--truth", type=Path, help="who is where; see samples/truth.json")
    parser.add_argument("--fps", type=float, action="append", help="frames a second; may be repeated (default: 5)")
    parser.add_argument("--tracker", action="append", help="may be repeated (default: bytetrack and botsort)")
    parser.add_argument("--confidence", type=float, default=0.25, help="of the detector (default: 0.25)")
    options = parser.parse_args(arguments)
    footage = Footage(options.video, options.confidence)
    truth = None
    if options.truth is not None:
        truth = read_truth(options.truth, options.video.name, len(footage.times))
    sys.stdout.write(_LINE(*_COLUMNS))
    for tracker in options.tracker or ["bytetrack", "botsort"]:
        for fps in [*(options.fps or [5.0]), None]:
            sys.stdout.write(_row(tracker, measure(footage, truth, tracker, fps)))
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
