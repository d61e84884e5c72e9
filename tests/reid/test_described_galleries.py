import numpy as np
import pytest

from reid.data.attributes import INDEX, unknown
from reid.evaluation.described_galleries import Sentences, Shown, ask_descriptions, ask_sentences, describe, shown
from reid.evaluation.sampled_galleries import STRANGER, Sizes

SIZES = Sizes(20, 5, 18, 6)


def dressed(colour: str) -> np.ndarray:
    row = unknown()
    for name in INDEX:
        if name.startswith("upper_"):
            row[INDEX[name]] = name == f"upper_{colour}"
    return row


def people(number: int, pictures: int, seed: int = 0) -> Shown:
    vectors = np.random.default_rng(seed).normal(size=(number * pictures, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return shown(vectors, np.repeat(np.arange(1, number + 1), pictures))


def test_the_picture_that_a_sentence_is_about_is_never_in_its_gallery() -> None:
    pool = people(30, 3)
    # a sentence is the vector of its own picture: its cosine to any tracklet with that picture is high
    sentences = Sentences(pool.vectors, np.repeat(np.arange(1, 31), 3), np.arange(90))
    asked = list(ask_sentences(pool, sentences, SIZES, np.random.default_rng(0)))
    assert {one.present for one in asked} == {True, False}
    for one in asked:
        assert one.cosines.max() < 0.7
        assert one.right.sum() <= 2  # nobody but the person, in at most two tracklets


def test_descriptions_are_right_of_all_who_are_known_to_fit() -> None:
    colours = ["red", "red", "blue", "green"]
    told = describe({number: dressed(colour) for number, colour in enumerate(colours, 1)}, each=6, seed=0)
    assert told.texts
    assert not (told.fits & told.excluded).any()
    assert (told.fits[:, 0] == told.fits[:, 1]).all()  # they are dressed alike
    of_red = [row for row in range(len(told.texts)) if told.fits[row, 0]]
    assert of_red
    for row in of_red:
        assert told.fits[row].tolist() == [True, True, False, False]
        assert told.excluded[row].tolist() == [False, False, True, True]


def test_of_whom_nothing_is_known_nothing_is_asked() -> None:
    pool = people(24, 2)
    labels = {who: unknown() if who % 3 == 0 else dressed("red" if who % 3 == 1 else "blue") for who in pool.people}
    strange = {30 + number: pool.people[3] for number in range(8)}  # nothing is known of them
    known = Shown(pool.vectors, {who: rows for who, rows in pool.people.items() if who % 3} | strange)
    every = describe({who: labels.get(who, unknown()) for who in known.people}, each=2, seed=0)
    vectors = np.random.default_rng(1).normal(size=(len(every.texts), 32)).astype(np.float32)
    asked = list(ask_descriptions(known, every, vectors, SIZES, np.random.default_rng(0)))
    assert {one.present for one in asked} == {True, False}
    for one in asked:
        assert (one.people < 30).all()
        assert len({who % 3 for who in one.people[one.right].tolist()}) <= 1


def test_strangers_fill_up_large_galleries_and_few_people_are_refused() -> None:
    pool = people(30, 3)
    more = Shown(pool.vectors, pool.people, [np.array([0])] * 100)
    sentences = Sentences(pool.vectors, np.repeat(np.arange(1, 31), 3), np.arange(90))
    asked = list(ask_sentences(more, sentences, Sizes(3, 100, 120, 2), np.random.default_rng(0)))
    assert all((one.people == STRANGER).sum() > 50 for one in asked)
    first, second = pool.half(True), pool.half(False)
    assert not set(first.people) & set(second.people)
    with pytest.raises(ValueError, match="too few"):
        list(ask_sentences(people(5, 2), sentences, SIZES, np.random.default_rng(0)))
