"""Who is told to be found on the sample clips, and who is told to be absent: `python samples/measure_found.py`.

Every identity is asked for by its sentence, and by the best crop of each of its tracklets before the other camera,
once as the gallery is and once without the tracklets of the person. Prints the shares as JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from measure import SAMPLES, Truth, who_is

from pipeline.assemble import build_gallery, build_image_encoder, build_ingestor, build_text_encoder
from pipeline.config import load_settings
from pipeline.gallery import Gallery
from pipeline.media import read_located
from pipeline.types import APPEARANCE, LANGUAGE
from pipeline.video import probe
from reid.evaluation.background_fit import told
from reid.evaluation.open_set import gather

Row = tuple[np.ndarray, np.ndarray, bool]


def measure(path: Path, ingest: bool) -> dict[str, Any]:
    """Ask everything; plain JSON types."""
    truth = Truth.read(SAMPLES)
    settings = load_settings(None, {"gallery": path})
    with closing(build_gallery(settings, create=ingest)) as gallery:
        if ingest:
            ingestor = build_ingestor(settings, gallery)
            for camera in truth.document["cameras"]:
                ingestor.ingest(probe(SAMPLES / camera["clip"], camera=camera["name"]))
        return ask(gallery, truth, build_text_encoder(settings), build_image_encoder(settings, APPEARANCE))


def ask(gallery: Gallery, truth: Truth, text: Any, images: Any) -> dict[str, Any]:
    """Every identity, there and taken away."""
    tracklets = gallery.tracklets(every_id(gallery, text.encode(["person"])[0]))
    ids = [tracklet.id for tracklet in tracklets]
    people = np.array([who_is(truth, tracklet) or "" for tracklet in tracklets])
    cameras = np.array([tracklet.footage.info.camera for tracklet in tracklets])
    spaces = gallery.spaces()
    worded, seen = (gallery.vectors(spaces[kind], ids) for kind in (LANGUAGE, APPEARANCE))
    by_words: list[Row] = []
    by_picture: list[Row] = []
    for one in truth.identities:
        cosines = worded @ text.encode([one["sentence"]])[0]
        right = people == one["id"]
        for stay in (np.ones(len(ids), bool), ~right):
            by_words.append(_row(text.background_calibration, cosines[stay], seen[stay], right[stay]))
        for place in np.flatnonzero(right):
            other = cameras != cameras[place]
            crop = read_located(tracklets[place].crops[0].path)
            if not (right & other).any() or crop is None:
                continue
            likeness = seen @ images.encode([crop])[0]
            for stay in (other, other & ~right):
                by_picture.append(_row(images.background_calibration, likeness[stay], seen[stay], right[stay]))
    return {
        "words": _shares(by_words, text.background_calibration.found_at),
        "pictures": _shares(by_picture, images.background_calibration.found_at),
    }


def every_id(gallery: Gallery, vector: np.ndarray) -> list[int]:
    """The ids of all tracklets."""
    return [number for number, _ in gallery.search(gallery.spaces()[LANGUAGE], vector[None], gallery.count())[0]]


def _row(calibration: Any, cosines: np.ndarray, vectors: np.ndarray, right: np.ndarray) -> Row:
    order, probabilities = told([(calibration, cosines)], vectors)
    return probabilities, right[order], bool(right.any())


def _shares(rows: list[Row], found_at: float) -> dict[str, Any]:
    made = gather(rows)
    there, away = made.right[made.present], made.first[~made.present]
    return {
        "questions": len(rows),
        "found at": found_at,
        "present people kept": round(float((there >= found_at).mean()), 3),
        "false answers": round(float((away >= found_at).mean()), 3),
        "probability of the person": [round(float(value), 2) for value in there],
        "probability of the first stranger": [round(float(value), 2) for value in away],
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gallery", type=Path, help="of the sample clips (default: they are ingested anew)")
    given = parser.parse_args()
    if given.gallery is not None:
        print(json.dumps(measure(given.gallery, ingest=False), indent=2))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder) / "gallery", ingest=True), indent=2))


if __name__ == "__main__":
    main()
