"""Measures on the sample clips whether explanations look in the right place: `python samples/measure_explanations.py`.

Every tracklet of a known identity is explained with that identity's sentence. Right is a colour word of the upper
garment that is strongest in strip 2 or 3, and one of the lower garment that is strongest in strip 4, 5 or 6; and
likewise the word for the garment itself. A dress is both and is left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
from measure import SAMPLES, Truth, who_is

from pipeline.assemble import build_explainer, build_gallery, build_ingestor
from pipeline.config import load_settings
from pipeline.search import Answer
from pipeline.types import Evidence, Hit, Query
from pipeline.video import probe

RIGHT = {"upper": (2, 3), "lower": (4, 5, 6)}
SAID = {"denim": "blue"}  # as the sentences call it


def judge(evidence: Evidence, clothes: dict[str, str | None]) -> Counter[str]:
    """How many words of a tracklet's garments there are, and how many are strongest where they belong."""
    found: Counter[str] = Counter()
    if clothes["upper_garment"] == clothes["lower_garment"]:
        return found
    for part, strips in RIGHT.items():
        colour, garment = clothes[f"{part}_colour"], clothes[f"{part}_garment"]
        if colour is None or garment is None:
            continue
        pair = (SAID.get(colour, colour), garment.split()[-1])
        place = next(i for i in range(len(evidence.words)) if evidence.words[i : i + 2] == pair)
        for kind, row in zip(("colour", "garment"), evidence.matrix[place : place + 2], strict=True):
            found[f"{part} {kind}s"] += 1
            found[f"{part} {kind}s in their strips"] += int(np.argmax(row)) + 1 in strips
    return found


def measure(gallery_path: Path) -> dict[str, int]:
    """Ingest the clips if they are not yet in the gallery, and judge every tracklet of a known identity."""
    truth = Truth.read(SAMPLES)
    known = {identity["id"]: identity for identity in truth.identities}
    settings = load_settings(None, {"gallery": gallery_path})
    with closing(build_gallery(settings, create=True)) as gallery:
        ingestor = build_ingestor(settings, gallery)
        for camera in truth.document["cameras"]:
            ingestor.ingest(probe(SAMPLES / camera["clip"], camera=camera["name"]))
        tracklets = gallery.tracklets(range(1, gallery.count() + 1))
        explainer = build_explainer(settings, words=True, pictures=False)
        total: Counter[str] = Counter()
        for tracklet in tracklets:
            identity = known.get(who_is(truth, tracklet) or "")
            if identity is None:
                continue
            answer = explainer.explain(Query(identity["sentence"]), Answer((Hit(1, 0.0, None, tracklet),)))
            evidence = answer.hits[0].explanation
            assert evidence is not None
            total += judge(evidence, identity["clothes"])
    return dict(total)


def main() -> None:
    """Print the counts as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gallery", type=Path, help="keep the gallery here (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options.gallery or Path(folder) / "gallery"), indent=2))


if __name__ == "__main__":
    main()
