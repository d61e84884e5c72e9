"""From labels to a reader in a checkpoint folder, on drawn people."""

import json

import cv2
import numpy as np
import pytest
import torch
from drawn_people import COLOURS, peta
from market_files import attributes as market_numbers

from reid import checkpoint
from reid.attributes.make import make, write
from reid.attributes.questions import QUESTIONS
from reid.attributes.reader import FILE, AttributeReader, ReadQuestion, open_reader, write_reader
from reid.checkpoint import CheckpointError
from reid.data.attributes import ATTRIBUTES, INDEX, market_row, peta_row

BY_NAME = {question.name: question for question in QUESTIONS}


class Looks:
    """Vectors that hold the mean colours of chest and legs: enough for colours, nothing of bags and hats."""

    dim = 7
    wants_keypoints = False

    def __init__(self, space):
        self.space = space
        self.asked = 0

    def encode(self, images, keypoints=None):
        self.asked += len(images)
        rows = [np.r_[image[14:30, 8:24].mean((0, 1)), image[36:56, 10:22].mean((0, 1)), 127] for image in images]
        rows = np.stack(rows) - np.array([127] * 6 + [0])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def a_checkpoint(target):
    card = {"kind": "language", "network": {"name": "crossmodal", "args": {}}, "preprocess": {}}
    checkpoint.write(target, {"image.a": torch.zeros(3)}, card, {"words.txt": "red\n"})
    return target


@pytest.fixture
def folder(tmp_path):
    return a_checkpoint(tmp_path / "checkpoint")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return peta(tmp_path_factory.mktemp("people"), 400)


@pytest.fixture(scope="module")
def made(data, tmp_path_factory):
    card = checkpoint.read_card(a_checkpoint(tmp_path_factory.mktemp("made") / "checkpoint"))
    return make(Looks(checkpoint.space_digest(card)), card, data, seed=0)


def answers(question, row):
    asked = BY_NAME[question]
    possible = asked.possible(row[None])[0]
    return {answer for answer, open_ in zip(asked.answers, possible, strict=True) if open_}


def test_labels_leave_sets_of_answers():
    numbers = market_numbers(1) | {"clothes": 2, "down": 1}  # no skirt, long below
    assert answers("lower_garment", market_row(numbers)) == {"trousers", "jeans"}
    assert answers("lower_garment", market_row(numbers | {"clothes": 1})) == {"skirt"}
    assert answers("lower_garment", market_row(numbers | {"down": 2})) == {"shorts"}
    none = numbers | {name: 1 for name in numbers if name.startswith("up") and name != "up"}
    assert answers("upper", market_row(none)) == {"orange", "pink", "brown"}  # those that are not on Market's list
    two = peta_row(["upperBodyRed", "upperBodyBlack", "personalLess45", "personalMale"])
    assert answers("upper", two) == {"red", "black"}
    assert answers("gender", two) == {"male"}
    assert answers("age", two) == {"adult"}
    assert answers("shoes", two) == set(BY_NAME["shoes"].answers)  # not told


def test_told_is_what_each_answer_is_worth_by_itself():
    two = peta_row(["upperBodyRed", "upperBodyBlack", "carryingBackpack"])[None]
    upper = dict(zip(BY_NAME["upper"].answers, BY_NAME["upper"].told(two)[0].tolist(), strict=True))
    assert (upper["red"], upper["black"], upper["blue"]) == (1, 1, 0)
    bag = dict(zip(BY_NAME["bag"].answers, BY_NAME["bag"].told(two)[0].tolist(), strict=True))
    assert (bag["backpack"], bag["suitcase"]) == (1, 0)
    silent = np.full((1, len(ATTRIBUTES)), -1, np.int8)
    assert (BY_NAME["upper"].told(silent) == -1).all()
    silent[0, INDEX["upper_red"]] = 0
    assert BY_NAME["upper"].told(silent)[0].tolist().count(0) == 1


def test_what_the_vectors_tell_is_offered_and_what_they_do_not_is_not(made):
    offered = {question.name: question.offered for question in made.reader.questions}
    assert offered["upper"] >= {"red", "green", "black"}
    assert offered["lower"] >= {"red", "green", "black"}
    assert not {"bag", "wears"} & set(offered)  # Looks sees none of them
    assert made.said["not_offered"]["bag=backpack"] == "hardly better than chance"
    assert made.said["not_offered"]["upper=pink"] == "too few people to tell (0)"
    assert made.figures.best["upper"].accuracy.value > 0.9


def test_a_reader_reads_the_colours_of_people_it_never_saw(made):
    encoder = Looks(made.reader.space)
    image = np.full((64, 32, 3), 120, np.uint8)
    image[12:32, 6:26], image[32:60, 8:24] = COLOURS["red"], COLOURS["green"]
    read = made.reader.read(encoder.encode([image]))
    question = next(q for q in made.reader.questions if q.name == "upper")
    assert question.answers[int(read["upper"][0].argmax())] == "red"
    assert read["upper"].sum(axis=1) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match=r"\(N, 7\)"):
        made.reader.read(np.zeros((1, 8), np.float32))


def test_a_checkpoint_gets_its_reader_and_keeps_its_space(made, folder):
    before = checkpoint.space_digest(checkpoint.read_card(folder))
    assert open_reader(folder) is None
    for _ in range(2):  # again in the place of the first one
        write(made, folder, "the command")
        assert checkpoint.space_digest(checkpoint.read_card(folder)) == before
        assert checkpoint.verify(folder) is None
    reader = open_reader(folder)
    vectors = Looks("").encode([np.full((64, 32, 3), 200, np.uint8)])
    for name, probabilities in made.reader.read(vectors).items():
        assert np.allclose(reader.read(vectors)[name], probabilities, atol=1e-6)
    assert checkpoint.read_card(folder)["attribute_reader"]["command"] == "the command"


def test_the_same_seed_makes_the_same_reader(made, folder, data):
    write(made, folder, "")
    first = (folder / FILE).read_bytes()
    card = checkpoint.read_card(folder)
    encoder = Looks(checkpoint.space_digest(card))
    write(make(encoder, card, data, seed=0), folder, "")
    assert (folder / FILE).read_bytes() == first
    assert encoder.asked == 0  # the vectors were kept


def test_a_reader_of_another_space_is_refused(made, folder):
    other = AttributeReader("another", made.reader.questions, made.reader._matrix, made.reader._offset)
    checkpoint.add_beside(folder, FILE, lambda path: write_reader(other, path), {})
    with pytest.raises(CheckpointError, match="fitted to the space another"):
        open_reader(folder)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "preprocess": {"height": 1}}))
    with pytest.raises(CheckpointError, match="the reader was fitted to"):
        write(made, folder, "")


def test_damage_is_told(made, folder):
    write(made, folder, "")
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:-1] + b"x")
    assert FILE in checkpoint.verify(folder)
    with pytest.raises(CheckpointError, match="damaged"):
        open_reader(folder)


def test_questions_and_rows_must_fit():
    question = ReadQuestion("upper", ("red", "blue"), frozenset({"red"}), True)
    with pytest.raises(ValueError, match="2 answers"):
        AttributeReader("s", [question], np.zeros((3, 4), np.float32), np.zeros(3, np.float32))


def test_a_vector_that_says_nothing_makes_no_reader(folder, tmp_path):
    class Blind(Looks):
        def encode(self, images, keypoints=None):
            return np.full((len(images), 7), 7**-0.5, np.float32)

    card = checkpoint.read_card(folder)
    with pytest.raises(ValueError, match="better than chance"):
        make(Blind("s"), card, peta(tmp_path / "more", 120), seed=0)


def rows_of(reader, name):
    start = 0
    for question in reader.questions:
        if question.name == name:
            return reader._matrix[start : start + len(question.answers)]
        start += len(question.answers)
    raise KeyError(name)


def test_who_is_kept_apart_is_measured_on_and_not_fitted_to(folder, data, made, tmp_path):
    from market_files import market

    (tmp_path / "kept.json").write_text(json.dumps({"market1501": list(range(1, 9))}))
    given = data | {"market1501": market(tmp_path), "kept_apart": tmp_path / "kept.json"}
    with_judges = make(Looks("s"), checkpoint.read_card(folder), given, seed=0)
    assert "8 people of market1501" in with_judges.said["measured_on"]
    assert with_judges.said["fitted_to"] == made.said["fitted_to"]
    assert with_judges.figures.best["upper"].people == made.figures.best["upper"].people + 8
    assert np.array_equal(rows_of(with_judges.reader, "upper"), rows_of(made.reader, "upper"))


def test_pictures_of_the_test_half_are_measured_on_and_not_fitted_to(folder, data, tmp_path):
    from market_files import LOWER, UPPER, market, write_attributes

    root = market(tmp_path / "data", people=4)
    for split in ("query", "bounding_box_test"):
        (root / split).mkdir()
    rows = {}
    for identity in range(900, 960):
        red = identity % 2
        image = np.full((64, 32, 3), 120, np.uint8)
        image[12:32, 6:26] = COLOURS["red" if red else "blue"]
        for place, split in enumerate(("query", "bounding_box_test")):
            cv2.imwrite(str(root / split / f"{identity:04d}_c{1 + place}s1_000000_00.jpg"), image[..., ::-1])
        blank = market_numbers(identity) | dict.fromkeys((*UPPER, *LOWER), 1)
        rows[identity] = blank | {"upred": 1 + red, "upblue": 2 - red}
    from scipy.io import loadmat, savemat

    train = loadmat(root / "market_attribute.mat", simplify_cells=True)["market_attribute"]["train"]
    write_attributes(root, rows, "test")
    test = loadmat(root / "market_attribute.mat", simplify_cells=True)["market_attribute"]["test"]
    train["image_index"], test["image_index"] = (np.array(list(t["image_index"]), object) for t in (train, test))
    savemat(root / "market_attribute.mat", {"market_attribute": {"train": train, "test": test}})
    card = checkpoint.read_card(folder)
    plain = make(Looks("s"), card, data | {"market1501": root}, seed=0)
    assert plain.elsewhere["Market-1501, test half"].best["upper"].accuracy.value == 1
    for folder_name in ("query", "bounding_box_test"):
        for path in (root / folder_name).iterdir():
            path.unlink()
        (root / folder_name).rmdir()
    without = make(Looks("s"), card, data | {"market1501": root}, seed=0)
    assert without.elsewhere == {}
    assert np.array_equal(without.reader._matrix, plain.reader._matrix)
