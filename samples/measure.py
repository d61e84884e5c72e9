"""Measures the whole pipeline on the sample clips, by their truth: run `python samples/measure.py`.

Ingests the clips into a temporary gallery with the default settings, asks for every identity by its sentence and for
both probe pictures before the other camera, and prints what came out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.boxes import iou
from detectors.evaluation import TruthFrame, score_detections, score_tracks
from pipeline.assemble import build_detector, build_gallery, build_ingestor, build_searcher
from pipeline.config import Settings, load_settings
from pipeline.probe import load_probe
from pipeline.types import Hit, Query, StoredTracklet
from pipeline.video import Footage, probe

SAMPLES = Path(__file__).parent
VISIBLE = 0.2  # less than this share of a person need not be found
AWAY_S = 1.0  # after so long out of the picture somebody's next appearance is followed anew
BATCH = 8


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one frame: identity, number of the appearance (unique in all clips), box xyxy, visible share."""

    who: str
    appearance: int
    box: tuple[float, ...]
    visible: float


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth on the clips, by camera and frame.

    Attributes:
        document: truth.json as it is.
        rows: for each camera and frame, who is there.
    """

    document: dict[str, Any]
    rows: dict[str, dict[int, list[Person]]]

    @staticmethod
    def read(folder: Path) -> Truth:
        """Read truth.json."""
        document = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        rows: dict[str, dict[int, list[Person]]] = {}
        appearance = 0
        for identity in document["identities"]:
            for camera, track in identity["tracks"].items():
                last_s = -AWAY_S
                for frame, time_s, *box, visible in track:
                    appearance += time_s - last_s >= AWAY_S
                    last_s = time_s
                    person = Person(identity["id"], appearance, tuple(box), visible)
                    rows.setdefault(camera, {}).setdefault(int(frame), []).append(person)
        return Truth(document, rows)

    @property
    def identities(self) -> list[dict[str, Any]]:
        """Who is in the clips."""
        return list(self.document["identities"])

    def frame(self, camera: str, index: int, found: np.ndarray, found_ids: np.ndarray | None = None) -> TruthFrame:
        """The truth on one frame beside what was found in it."""
        rows = self.rows[camera].get(index, [])
        return TruthFrame(
            np.array([person.box for person in rows], np.float32).reshape(-1, 4),
            found.astype(np.float32).reshape(-1, 4),
            np.array([person.appearance for person in rows], np.int64),
            found_ids,
            np.array([person.visible > VISIBLE for person in rows], bool),
        )


def detected(settings: Settings, truth: Truth, camera: str, clip: Path) -> Iterator[TruthFrame]:
    """The default detector's boxes of every sampled frame."""
    detector = build_detector(settings)
    with Footage(clip) as footage:
        frames = list(footage.frames(settings.sampling.fps))
    for start in range(0, len(frames), BATCH):
        batch = frames[start : start + BATCH]
        for frame, found in zip(batch, detector.detect([f.image for f in batch]), strict=True):
            yield truth.frame(camera, frame.index, found.xyxy)


def followed(truth: Truth, tracklets: list[StoredTracklet], camera: str, step: int) -> Iterator[TruthFrame]:
    """The boxes of the stored tracklets of one camera, frame by frame."""
    fps = truth.document["fps"]
    boxes: dict[int, list[tuple[int, tuple[float, ...]]]] = {}
    for tracklet in tracklets:
        if tracklet.footage.info.camera == camera:
            for time_s, box in zip(tracklet.times, tracklet.boxes, strict=True):
                boxes.setdefault(round(time_s * fps), []).append((tracklet.id, box))
    frames = next(c["frames"] for c in truth.document["cameras"] if c["name"] == camera)
    for index in range(0, frames, step):
        found = boxes.get(index, [])
        ids = np.array([number for number, _ in found], np.int64)
        yield truth.frame(camera, index, np.array([box for _, box in found]), ids)


def who_is(truth: Truth, tracklet: StoredTracklet) -> str | None:
    """The identity that most of a tracklet's boxes lie on (IoU from 0.4); None if most lie on nobody."""
    votes: Counter[str | None] = Counter()
    rows = truth.rows[tracklet.footage.info.camera]
    for time_s, box in zip(tracklet.times, tracklet.boxes, strict=True):
        there = rows.get(round(time_s * truth.document["fps"]), [])
        overlap = iou(np.array([box], np.float32), np.array([p.box for p in there], np.float32).reshape(-1, 4))[0]
        best = int(np.argmax(overlap)) if len(there) else -1
        votes[there[best].who if best >= 0 and overlap[best] >= 0.4 else None] += 1
    return votes.most_common(1)[0][0]


def rank_of(hits: tuple[Hit, ...], truth: Truth, who: str) -> int | None:
    """Rank of the first hit that shows an identity."""
    return next((hit.rank for hit in hits if who_is(truth, hit.tracklet) == who), None)


def measure(gallery_path: Path) -> dict[str, Any]:
    """Run everything; the figures as plain JSON types."""
    truth = Truth.read(SAMPLES)
    settings = load_settings(None, {"gallery": gallery_path})
    clips = {camera["name"]: SAMPLES / camera["clip"] for camera in truth.document["cameras"]}
    boxes = [frame for name, clip in clips.items() for frame in detected(settings, truth, name, clip)]
    detection = score_detections(boxes)
    with closing(build_gallery(settings, create=True)) as gallery:
        ingestor = build_ingestor(settings, gallery)
        for name, clip in clips.items():
            ingestor.ingest(probe(clip, camera=name))
        everyone = gallery.count()
        searcher = build_searcher(settings, gallery, words=True, pictures=True)
        answers = {one["id"]: searcher.search(Query(text=one["sentence"], top=everyone)) for one in truth.identities}
        tracklets = [hit.tracklet for hit in next(iter(answers.values())).hits]
        step = round(truth.document["fps"] / settings.sampling.fps)
        tracks = {name: score_tracks(followed(truth, tracklets, name, step)) for name in clips}
        text = {who: rank_of(answer.hits, truth, who) for who, answer in answers.items()}
        probes = {}
        for entry in truth.document["probes"]:
            picture, _ = load_probe(SAMPLES / entry["file"], build_detector(settings))
            others = tuple(name for name in clips if name != entry["camera"])
            answer = searcher.search(Query(images=(picture,), cameras=others, top=everyone))
            probes[entry["file"]] = rank_of(answer.hits, truth, entry["id"])
    return {
        "detection_recall": round(detection.recall, 4),
        "detection_precision": round(detection.precision, 4),
        "tracklets": everyone,
        "appearances": {name: score.people for name, score in tracks.items()},
        "identity_switches": {name: score.switches for name, score in tracks.items()},
        "fragments": {name: score.fragments for name, score in tracks.items()},
        "idf1": {name: round(score.idf1, 4) for name, score in tracks.items()},
        "text_rank": text,
        "text_rank_1": round(sum(rank == 1 for rank in text.values()) / len(text), 4),
        "probe_rank_in_other_camera": probes,
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gallery", type=Path, help="keep the gallery here (default: a temporary one)")
    options = parser.parse_args()
    if options.gallery is not None:
        print(json.dumps(measure(options.gallery), indent=2))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder) / "gallery"), indent=2))


if __name__ == "__main__":
    main()
