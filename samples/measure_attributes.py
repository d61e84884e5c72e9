"""Compares what is told of the people in the sample clips with the truth: `measure_attributes.py GALLERY`.

GALLERY is a folder that `reidpipe ingest samples --gallery GALLERY` made. Prints how many tracklets have the right best
answer, and of how many of the twelve people most tracklets have it. Denim counts as blue and beige as brown.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from measure import SAMPLES, Truth, who_is

from pipeline.gallery import Gallery
from pipeline.types import LANGUAGE
from reid.attributes.reader import open_reader
from reid.registry import default_weights

# question -> what truth.json calls it
ASKED = {
    "gender": "gender",
    "hair": "hair",
    "upper": "upper_colour",
    "lower": "lower_colour",
    "sleeves": "sleeves",
    "lower_garment": "lower_garment",
}
SAME = {"denim": "blue", "beige": "brown"}


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gallery", type=Path)
    truth = Truth.read(SAMPLES)
    clothes = {identity["id"]: identity["clothes"] for identity in truth.identities}
    reader = open_reader(default_weights(LANGUAGE))
    assert reader is not None
    answers = {question.name: question.answers for question in reader.questions}
    with Gallery.open(parser.parse_args().gallery, read_only=True) as gallery:
        ids, vectors = gallery.candidates(gallery.spaces()[LANGUAGE])
        found = [who_is(truth, tracklet) for tracklet in gallery.tracklets(ids.tolist())]
    read = reader.read(vectors)
    right: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row, who in enumerate(found):
        if who is None:
            continue
        for question, name in ASKED.items():
            true = SAME.get(clothes[who][name], clothes[who][name])
            if true in answers[question]:
                right[question][who].append(answers[question][int(read[question][row].argmax())] == true)
        told = read["bag"][row, answers["bag"].index("backpack")] >= 0.5
        right["backpack or not"][who].append(bool(told) == (clothes[who]["bag"] == "backpack"))
    for question, people in right.items():
        tracklets = [each for several in people.values() for each in several]
        most = sum(np.mean(several) > 0.5 for several in people.values())
        print(f"{question:16} {sum(tracklets):3} of {len(tracklets)} tracklets, {most:3} of {len(people)} people")


if __name__ == "__main__":
    main()
