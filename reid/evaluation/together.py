"""Are words and a picture together better than either, and several pictures better than one?

    python -m reid.evaluation.together --captions JSON --market1501 DIR --cuhk01 DIR --peta DIR

Words and picture: people of the validation captions of CUHK-PEDES who are in no training by identity (Market-1501's
test half, CUHK01's kept-apart people, VIPeR). One camera of each is the gallery; a sentence about a picture of another
camera and a picture of that camera are the question. Several pictures: Market-1501's test people, one to five pictures
of another camera, or as many of different cameras. Half of the questions ask for people who are not in the gallery.
Nothing is fitted here: the probabilities are those of the checkpoints' cards.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid import registry
from reid.checkpoint import read_card
from reid.data import caption_files, datasets
from reid.evaluation import background
from reid.evaluation.background import BackgroundCalibration
from reid.evaluation.background_fit import Asked, told
from reid.evaluation.calibrate import encode_with, market_pool
from reid.evaluation.open_set import Told, calibration_error, gather, trade_off
from reid.evaluation.sampled_galleries import Pool, Sizes, ask_pictures, mean_vector
from reid.types import Floats, PersonSample

_GALLERIES = 40

Row = tuple[NDArray[np.float64], NDArray[np.bool_], bool]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A written sentence: whom it is about, and before which camera that person was then."""

    text: str
    person: tuple[str, int]
    camera: int


def joined_people(captions: Path, roots: dict[str, Path]) -> tuple[list[PersonSample], list[Sentence]]:
    """The pictures of people who have captions, and these.

    Raises:
        ValueError, FileNotFoundError: if a file is missing or not as published.
    """
    samples = [s for split in ("query", "gallery") for s in datasets.load("market1501", roots["market1501"], split)]
    samples += datasets.load("cuhk01", roots["cuhk01"], "train")
    samples += [s for split in ("query", "gallery") for s in datasets.load("viper", roots["peta"], split)]
    cameras: dict[tuple[str, int], set[int]] = {}
    for sample in samples:
        cameras.setdefault((sample.dataset, sample.identity), set()).add(sample.camera)
    by_name = {sample.path.name: sample for sample in samples}
    sentences = []
    for row in caption_files.read_rows(captions, "cuhk_pedes"):
        source, _, name = row.path.partition("/")
        if market := re.match(r"(\d{4})_c(\d)", name) if source == "Market" else None:
            person, camera = ("market1501", int(market[1])), int(market[2])
        elif source in ("CUHK01", "cam_a", "cam_b"):
            wanted = name if source == "CUHK01" else f"{Path(name).stem}_{1 if source == 'cam_a' else 2}.bmp"
            if wanted not in by_name:
                continue
            person, camera = (by_name[wanted].dataset, by_name[wanted].identity), by_name[wanted].camera
        else:
            continue
        if len(cameras.get(person, ())) > 1:
            sentences += [Sentence(text, person, camera) for text in row.captions]
    described = {sentence.person for sentence in sentences}
    return [sample for sample in samples if (sample.dataset, sample.identity) in described], sentences


def words_and_picture(
    samples: Sequence[PersonSample],
    sentences: Sequence[Sentence],
    vectors: tuple[Floats, Floats, Floats],
    calibrations: tuple[BackgroundCalibration, BackgroundCalibration],
    people: Sequence[tuple[str, int]],
    size: int,
) -> dict[str, list[Row]]:
    """What is told of each question by words, by picture, and by both.

    Args:
        samples: pictures.
        sentences: about their people.
        vectors: of the pictures for pictures, of the pictures for words, of the sentences.
        calibrations: for pictures, for words.
        people: who takes part.
        size: people of a gallery.
    """
    seen, worded, said = vectors
    rows: dict[tuple[str, int], dict[int, list[int]]] = {}
    for place, sample in enumerate(samples):
        rows.setdefault((sample.dataset, sample.identity), {}).setdefault(sample.camera, []).append(place)
    generator = np.random.default_rng(0)
    answers: dict[str, list[Row]] = {"words": [], "picture": [], "words and picture": []}
    for _ in range(_GALLERIES):
        order = generator.permutation(len(people))
        inside = [people[place] for place in order[:size]]
        shown = {who: sorted(rows[who])[int(generator.integers(len(rows[who])))] for who in people}
        parts = [np.array(rows[who][shown[who]]) for who in inside]
        by_picture = np.stack([mean_vector(seen, part, generator, 5) for part in parts])
        by_words = np.stack([mean_vector(worded, part, generator, 5) for part in parts])
        able = [
            place
            for place, sentence in enumerate(sentences)
            if sentence.person in shown
            and sentence.camera != shown[sentence.person]
            and sentence.camera in rows[sentence.person]
        ]
        present = [i for i in able if sentences[i].person in set(inside)]
        absent = [i for i in able if sentences[i].person not in set(inside)]
        count = min(20, len(present), len(absent))
        for place in (*generator.permutation(present)[:count], *generator.permutation(absent)[:count]):
            sentence = sentences[place]
            probe = seen[int(generator.choice(rows[sentence.person][sentence.camera]))]
            right = np.array([who == sentence.person for who in inside])
            picture = calibrations[0], by_picture @ probe
            words = calibrations[1], by_words @ said[place]
            for name, asked in (("words", [words]), ("picture", [picture]), ("words and picture", [picture, words])):
                best, told_ = told(asked, by_picture)
                answers[name].append((told_, right[best], bool(right.any())))
    return answers


def several_pictures(pool: Pool, calibration: BackgroundCalibration) -> dict[str, list[Row]]:
    """What is told of questions by one to five pictures of one camera, and by pictures of several cameras."""
    answers = {}
    sizes = Sizes(40, 20, 700, 10, 2)
    for count in (1, 2, 3):
        asked = ask_pictures(pool, sizes, np.random.default_rng(0), (count,))
        name = f"{count} picture{'s' * (count > 1)} of one camera"
        answers[name] = [_row(calibration, one) for one in asked]
    for count in (2, 3):
        answers[f"{count} pictures of {count} cameras"] = list(_of_cameras(pool, calibration, count))
    return answers


def _of_cameras(pool: Pool, calibration: BackgroundCalibration, count: int) -> Iterator[Row]:
    """Questions whose pictures come from so many cameras, none of them the gallery's."""
    generator = np.random.default_rng(0)
    able = [who for who, parts in pool.people.items() if len(parts) > count]
    for _ in range(40):
        size = int(np.exp(generator.uniform(np.log(20), np.log(700))))
        order = [int(who) for who in generator.permutation(sorted(pool.people))]
        inside = order[: min(size, len(order) - 100)]
        shown = {who: int(generator.integers(len(pool.people[who]))) for who in order}
        tracklets = np.stack([mean_vector(pool.vectors, pool.people[w][shown[w]], generator, 5) for w in inside])
        people = np.array(inside)
        for group in (inside, order[len(inside) :]):
            for who in [w for w in group if w in set(able)][:10]:
                others = [part for place, part in enumerate(pool.people[who]) if place != shown[who]]
                chosen = [others[place] for place in generator.permutation(len(others))[:count]]
                mean = np.stack([pool.vectors[int(generator.choice(part))] for part in chosen]).mean(axis=0)
                probe = (mean / np.linalg.norm(mean)).astype(np.float32)
                yield _row(calibration, Asked(tracklets @ probe, people == who, tracklets, people))


def _row(calibration: BackgroundCalibration, one: Asked) -> Row:
    best, probabilities = told([(calibration, one.cosines)], one.tracklets)
    return probabilities, one.right[best], one.present


def table(title: str, answers: dict[str, list[Row]]) -> str:
    """Markdown: rank-1, present people kept at 5 and 10 % false answers, calibration error, of each way to ask."""
    lines = [
        f"| {title} | first hit right | kept at 5 % false answers | at 10 % | ECE, ten hits | ECE, first hit |",
        "|---|---|---|---|---|---|",
    ]
    for name, rows in answers.items():
        all_: Told = gather(rows)
        (_, five, _), (_, ten, _) = trade_off(all_, (0.05, 0.1))
        first = float(all_.first_right[all_.present].mean())
        errors = calibration_error(all_.shown, all_.shown_right), calibration_error(all_.first, all_.first_right)
        cells = [f"{100 * value:.1f}" for value in (first, five, ten)] + [f"{value:.3f}" for value in errors]
        lines.append(f"| {name} ({len(rows):,} questions) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure and return the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("captions", "market1501", "cuhk01", "peta"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--appearance", type=Path, default=registry.default_weights("appearance"))
    parser.add_argument("--language", type=Path, default=registry.default_weights("language"))
    given = parser.parse_args(arguments)
    samples, sentences = joined_people(given.captions, {n: getattr(given, n) for n in ("market1501", "cuhk01", "peta")})
    by_picture, by_words = encode_with(given.appearance, _silently), encode_with(given.language, _silently)
    text = registry.open_text_encoder(given.language).encode([sentence.text for sentence in sentences])
    vectors = by_picture("pictures", samples), by_words("pictures", samples), text
    pictures, words = _calibration(given.appearance), _calibration(given.language)
    everybody = sorted({sentence.person for sentence in sentences})
    order = np.random.default_rng(7).permutation(len(everybody))
    half = sorted(everybody[place] for place in order[len(order) // 2 :])
    viper = [person for person in everybody if person[0] == "viper"]
    tables = [
        table(title, words_and_picture(samples, sentences, vectors, (pictures, words), people, size))
        for title, people, size in (("60 people of three sets", half, 60), ("40 people of VIPeR", viper, 40))
    ]
    several = several_pictures(market_pool(by_picture, given.market1501), pictures)
    return "\n\n".join([*tables, table("Market-1501, 20 to 700 people", several)])


def _calibration(folder: Path) -> BackgroundCalibration:
    found = background.from_card(read_card(folder))
    if found is None:
        raise ValueError(f"{folder}: its card holds no {background.CARD_KEY}; `reidpipe calibrate` writes it")
    return found


@contextmanager
def _silently(_name: str, _total: int) -> Iterator[object]:
    yield lambda _done: None


if __name__ == "__main__":
    print(main())  # noqa: T201 - the result of the script
