"""Protocols on tiny data sets, and the measurements made by them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid.data.keypoints import KeypointStore
from reid.evaluation.captions import open_caption_trial
from reid.evaluation.measure import (
    caption_figures,
    encode_captions,
    encode_pictures,
    encode_trial,
    figures_of,
    measure,
    measure_captions,
    person_figures,
    summarise,
)
from reid.evaluation.protocols import Trial, open_trial
from reid.evaluation.ranking import Labels, labels, rank_blocks, rank_scores
from reid.evaluation.reranking import Reranking, reranked
from reid.evaluation.tracklets import SearchResult, found_within, mean_average_precision

COLOURS = {"red": (200, 20, 20), "green": (20, 200, 20), "blue": (0, 20, 200)}


def paint(path: Path, colour: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # PNG bytes whatever the name says: JPEG would change the colour a little
    path.write_bytes(cv2.imencode(".png", np.full((8, 4, 3), COLOURS[colour][::-1], np.uint8))[1].tobytes())


class ColourEncoder:
    """The mean colour of a picture, and the colour that a sentence names, in one space: a real if simple encoder."""

    dim = 3
    space = "colour"
    wants_keypoints = False

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode(self, inputs, keypoints=None):
        if isinstance(inputs[0], str):
            known = [[COLOURS[word] for word in text.split() if word in COLOURS] for text in inputs]
            if not all(known):
                raise ValueError("no known word")
            raw = np.array([np.mean(colours, axis=0) for colours in known])
        else:
            self.batches.append(len(inputs))
            raw = np.array([image.mean(axis=(0, 1)) for image in inputs])
        return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)

    def unknown_words(self, text):
        return tuple(word for word in text.split() if word not in COLOURS)


@pytest.fixture
def market(tmp_path):
    paint(tmp_path / "query/0001_c1s1_000001_00.jpg", "red")
    paint(tmp_path / "query/0002_c1s1_000001_00.jpg", "green")
    paint(tmp_path / "query/0003_c1s1_000001_00.jpg", "blue")
    gallery = tmp_path / "bounding_box_test"
    paint(gallery / "0001_c1s1_000002_00.jpg", "red")  # the same camera: junk
    paint(gallery / "0001_c2s1_000001_00.jpg", "green")  # the right person, but changed
    paint(gallery / "0002_c2s1_000001_00.jpg", "green")
    paint(gallery / "0000_c3s1_000001_00.jpg", "red")  # a distractor in the query's colour
    paint(gallery / "-1_c2s1_000001_00.jpg", "green")
    paint(gallery / "0003_c1s1_000009_00.jpg", "blue")  # only the same camera: the query does not count
    return tmp_path


def test_market1501_end_to_end(market):
    trial = open_trial("market1501", market)
    assert (len(trial.query), len(trial.gallery)) == (3, 6)
    assert [notice.split(":")[0] for notice in trial.notices] == ["market1501 query", "market1501 gallery"]
    steps: list[int] = []
    encoder = ColourEncoder()
    figures = measure(encoder, trial, batch=2, on_step=steps.append)
    assert encoder.batches == steps == [2, 1, 2, 2, 2]
    assert (figures.queries, figures.ignored, figures.people, figures.gallery) == (2, 1, 2, 6)
    # query 1 meets the red distractor, then two greens of which one is its own; query 2 meets the same two greens;
    # ties go against the query
    by_hand = {1: 3, 2: 2}
    assert figures.measures["rank-1"].value == 0
    assert figures.measures["rank-5"].value == 1
    assert figures.measures["mAP"].value == pytest.approx(np.mean([1 / place for place in by_hand.values()]), abs=1e-6)
    assert figures.cmc[:3] == (0, 0.5, 1)
    low, high = figures.measures["mAP"].low, figures.measures["mAP"].high
    assert 1 / 3 - 1e-9 <= low <= figures.measures["mAP"].value <= high <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("name", "subset", "query", "gallery"),
    [
        ("viper", "VIPeR", ["000_45_1.bmp", "001_0_1.bmp"], ["000_90_2.bmp", "001_90_2.bmp"]),
        ("prid", "PRID", ["0001_a.png", "0002_a.png"], ["0001_b.png", "0002_b.png", "0999_b.png"]),
        (
            "grid",
            "GRID",
            ["0001_1_1_1_1_1_1.jpeg", "0002_4_1_1_1_1_1.jpeg"],
            ["0001_2_1_1_1_1_1.jpeg", "0002_5_1_1_1_1_1.jpeg", "0777_1_1_1_1_1_1.jpeg"],
        ),
    ],
)
def test_one_camera_against_the_other(tmp_path, name, subset, query, gallery):
    for names in (query, gallery):
        for picture, colour in zip(names, COLOURS, strict=False):
            paint(tmp_path / subset / "archive" / picture, colour)
    trial = open_trial(name, tmp_path)
    assert [sample.path.name for sample in trial.query] == query
    assert [sample.path.name for sample in trial.gallery] == gallery
    figures = measure(ColourEncoder(), trial)
    assert figures.measures["rank-1"].value == figures.measures["mINP"].value == 1
    assert (figures.queries, figures.ignored, figures.gallery) == (2, 0, len(gallery))


def test_unknown_protocols_and_empty_trials_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no protocol for 'cuhk02'; known are market1501"):
        open_trial("cuhk02", tmp_path)
    with pytest.raises(FileNotFoundError, match="query: no such folder"):
        open_trial("market1501", tmp_path)
    with pytest.raises(ValueError, match="expected queries and a gallery"):
        Trial("mine", (), ())


def test_a_picture_that_cannot_be_read_is_named(market):
    path = market / "query/0001_c1s1_000001_00.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=path.name):
        encode_pictures(ColourEncoder(), open_trial("market1501", market).query)


def test_the_interval_is_over_people_not_queries():
    query = labels([(1, 1)] * 50 + [(2, 1)] * 50)
    scores = np.array([[1, 0]] * 50 + [[1, 0]] * 50, np.float32)
    ranking = rank_scores(scores, query, labels([(1, 2), (2, 2)]))
    figures = summarise("two people", ranking, query.identities, 2)
    rank1 = figures.measures["rank-1"]
    assert (rank1.value, rank1.low, rank1.high) == (0.5, 0, 1)
    assert figures.people == 2
    assert figures.cmc == (0.5, 1.0)


@pytest.fixture
def captions(tmp_path):
    pictures = {
        "Market/0001_c1s1_000001_00.jpg": "red",
        "cam_a/190_0.bmp": "green",
        "cam_b/190_90.bmp": "green",
        "CUHK01/0010002.png": "blue",
    }
    places = {
        "Market/0001_c1s1_000001_00.jpg": "market1501/gt_bbox/0001_c1s1_000001_00.jpg",
        "cam_a/190_0.bmp": "peta/VIPeR/archive/190_0_1.bmp",
        "cam_b/190_90.bmp": "peta/VIPeR/archive/190_90_2.bmp",
        "CUHK01/0010002.png": "cuhk01/campus/0010002.png",
    }
    for name, colour in pictures.items():
        paint(tmp_path / "data" / places[name], colour)
    rows = [
        {"id": 7, "file_path": "Market/0001_c1s1_000001_00.jpg", "captions": "a red coat"},
        {"id": 7, "file_path": "Market/0001_c1s1_000001_00.jpg", "captions": "all in red"},
        {"id": 8, "file_path": "cam_a/190_0.bmp", "captions": ["green", "blue or so"]},
        {"id": 8, "file_path": "cam_b/190_90.bmp", "captions": "something else"},
        {"id": 9, "file_path": "CUHK01/0010002.png", "captions": "blue"},
        {"id": 9, "file_path": "CUHK03/1_1.png", "captions": "nowhere to be found"},
    ]
    path = tmp_path / "captions.json"
    path.write_text(json.dumps(rows))
    return path


def test_captions_find_their_pictures_in_the_data_sets_they_come_from(captions):
    trial = open_caption_trial("cuhk_pedes", captions, [captions.parent / "data"])
    assert trial.captions == ("a red coat", "all in red", "green", "blue or so", "something else", "blue")
    assert trial.identities == (7, 7, 8, 8, 8, 9)
    assert len(trial.gallery) == 4
    assert trial.notices == (f"cuhk_pedes: 1 of 5 pictures of {captions} not found and left out",)


def test_captions_end_to_end(captions):
    trial = open_caption_trial("cuhk_pedes", captions, [captions.parent / "data"])
    encoder = ColourEncoder()
    steps: list[int] = []
    figures = measure_captions(encoder, encoder, trial, on_step=steps.append)
    assert sum(steps) == 4 + 6
    # red finds red (twice), green and blue find theirs; the mistaken caption and the one of unknown words do not
    assert figures.measures["rank-1"].value == pytest.approx(4 / 6)
    assert figures.notices[-1] == "cuhk_pedes: 1 captions without a known word count as not found"
    # person 8 is on two pictures; the mistaken caption puts them after blue, the unknown words behind everyone
    mistaken, unknown = (1 / 2 + 2 / 3) / 2, (1 / 3 + 2 / 4) / 2
    assert figures.measures["mAP"].value == pytest.approx((4 + mistaken + unknown) / 6)


def test_captions_by_person_search_the_mean_of_each_persons_pictures(captions):
    trial = open_caption_trial("cuhk_pedes", captions, [captions.parent / "data"])
    encoder = ColourEncoder()
    encoded = encode_captions(encoder, encoder, trial)
    figures = person_figures(trial, encoded)
    assert (figures.name, figures.gallery, figures.queries) == ("cuhk_pedes by person", 3, 6)
    # by hand: the mean of each person's vectors, one place per person, ties against the query
    people = {7: ["red"], 8: ["green", "green"], 9: ["blue"]}
    unit = {name: np.array(colour) / np.linalg.norm(colour) for name, colour in COLOURS.items()}
    means = {person: np.mean([unit[c] for c in colours], axis=0) for person, colours in people.items()}
    inverse_ranks = []
    for text, person in zip(trial.captions, trial.identities, strict=True):
        words = [np.array(COLOURS[w]) for w in text.split() if w in COLOURS]
        query = np.mean(words, axis=0) if words else np.zeros(3)
        query = query / max(np.linalg.norm(query), 1e-9)
        score = {other: query @ mean / np.linalg.norm(mean) for other, mean in means.items()}
        inverse_ranks.append(1 / (1 + sum(s >= score[person] - 1e-9 for p, s in score.items() if p != person)))
    assert figures.measures["mAP"].value == pytest.approx(np.mean(inverse_ranks))
    assert figures.measures["rank-1"].value == pytest.approx(np.mean([r == 1 for r in inverse_ranks]))
    assert caption_figures(trial, encoded).gallery == 4


@pytest.mark.parametrize("name", ["icfg_pedes", "rstp_reid"])
def test_the_other_caption_sets_end_to_end(tmp_path, name):
    field = {"icfg_pedes": "file_path", "rstp_reid": "img_path"}[name]
    for picture, colour in (("test/0.png", "red"), ("test/1.png", "blue"), ("train/2.png", "green")):
        paint(tmp_path / "imgs" / picture, colour)
    rows = [
        {"id": 0, field: "test/0.png", "captions": ["red", "very red"], "split": "test"},
        {"id": 1, field: "test/1.png", "captions": ["blue"], "split": "test"},
        {"id": 0, field: "train/2.png", "captions": ["green"], "split": "train"},
    ]
    (tmp_path / "file.json").write_text(json.dumps(rows))
    trial = open_caption_trial(name, tmp_path / "file.json")
    assert trial.identities == (0, 0, 1)
    assert {sample.dataset for sample in trial.gallery} == {name}
    figures = measure_captions(ColourEncoder(), ColourEncoder(), trial)
    assert figures.measures["rank-1"].value == 1  # number 0 is a person here, not a distractor
    assert "2 of" in figures.notices[0]


def test_a_file_of_training_captions_only_cannot_be_measured_on(tmp_path):
    paint(tmp_path / "imgs/1.png", "red")
    rows = [{"id": 1, "img_path": "1.png", "captions": ["red"], "split": "train"}]
    (tmp_path / "data_captions.json").write_text(json.dumps(rows))
    with pytest.raises(ValueError, match="none of its 1 entries is of the split test"):
        open_caption_trial("rstp_reid", tmp_path / "data_captions.json")


def test_msmt17_and_cuhk03_are_measured_in_their_published_layouts(tmp_path):
    msmt = tmp_path / "MSMT17_V2"
    paint(msmt / "mask_test_v2/0000/0000_000_01_0303morning_0015_0.jpg", "red")
    paint(msmt / "mask_test_v2/0000/0000_001_02_0303morning_0016_0.jpg", "red")
    paint(msmt / "mask_test_v2/0001/0001_000_02_0303noon_0016_0.jpg", "blue")
    (msmt / "list_query.txt").write_text("0000/0000_000_01_0303morning_0015_0.jpg 0\n")
    (msmt / "list_gallery.txt").write_text(
        "0000/0000_001_02_0303morning_0016_0.jpg 0\n0001/0001_000_02_0303noon_0016_0.jpg 1\n"
    )
    figures = measure(ColourEncoder(), open_trial("msmt17", tmp_path))
    assert (figures.queries, figures.gallery, figures.measures["rank-1"].value) == (1, 2, 1)

    for picture, colour in (("1_001_1_01", "green"), ("1_001_2_06", "green"), ("1_002_2_06", "blue")):
        paint(tmp_path / f"images_detected/{picture}.png", colour)
    split = {"train": [], "query": [["x/1_001_1_01.png", 0, 0]]}
    split["gallery"] = [["/home/me/1_001_2_06.png", 0, 1], ["C:\\x\\1_002_2_06.png", 1, 1]]
    (tmp_path / "splits_new_detected.json").write_text(json.dumps([split]))
    figures = measure(ColourEncoder(), open_trial("cuhk03_detected", tmp_path))
    assert (figures.queries, figures.gallery, figures.measures["rank-1"].value) == (1, 2, 1)


def test_re_ranking_is_a_measurement_of_the_same_vectors(market):
    trial = open_trial("market1501", market)
    encoded = encode_trial(ColourEncoder(), trial)
    plain, again = figures_of(trial, encoded), figures_of(trial, encoded, rerank=Reranking(k1=2, k2=1))
    assert (plain.variant, again.variant) == ("", "re-ranked")
    assert (plain.name, plain.queries, plain.gallery) == (again.name, again.queries, again.gallery)
    # junk is left out before: the scores are those of a gallery that never held it
    kept = [g for g, sample in enumerate(trial.gallery) if sample.identity != -1]
    query, gallery = trial.labels
    without = Labels(gallery.identities[kept], gallery.cameras[kept])
    blocks = list(reranked(encoded.queries, encoded.vectors[kept], Reranking(k1=2, k2=1)))
    assert again.measures["mAP"].value == pytest.approx(rank_blocks(blocks, query, without).average_precision.mean())
    assert plain.curves is not None
    assert again.curves is not None
    assert measure(ColourEncoder(), trial, rerank=Reranking(k1=2, k2=1)) == again


class PosedEncoder(ColourEncoder):
    """The place of the nose, which only the keypoints tell."""

    def encode(self, inputs, keypoints=None):
        assert keypoints is not None
        assert keypoints.shape == (len(inputs), 17, 3)
        raw = np.concatenate([keypoints[:, 0, :2], np.ones((len(inputs), 1))], axis=1)
        return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


def test_pictures_are_encoded_with_their_own_keypoints(market):
    trial = open_trial("market1501", market)
    everyone = [*trial.query, *trial.gallery]
    points = np.zeros((len(everyone), 17, 3), np.float32)
    for row, sample in enumerate(everyone):
        points[row, 0, sample.identity % 2] = 5 + abs(sample.identity)
    store = KeypointStore.empty().with_these(everyone, points, np.full(len(everyone), 8, np.float32))
    figures = measure(PosedEncoder(), trial, batch=2, keypoints=store)
    assert figures.measures["rank-1"].value == 1
    assert not [notice for notice in figures.notices if "keypoints" in notice]
    few = KeypointStore.empty().with_these(everyone[:-1], points[:-1], np.full(len(everyone) - 1, 8, np.float32))
    notices = measure(PosedEncoder(), trial, keypoints=few).notices
    assert notices[-1] == "market1501: 1 of 9 pictures have no keypoints: equal strips"


def test_encoders_of_two_spaces_are_refused(captions):
    trial = open_caption_trial("cuhk_pedes", captions, [captions.parent / "data"])
    other = ColourEncoder()
    other.space = "another"
    with pytest.raises(ValueError, match="one space"):
        measure_captions(ColourEncoder(), other, trial)


def test_captions_in_the_published_layout_take_the_test_split(tmp_path):
    paint(tmp_path / "imgs/a/1.png", "red")
    paint(tmp_path / "imgs/a/2.png", "blue")
    rows = [
        {"id": 1, "file_path": "a/1.png", "captions": ["red"], "split": "train"},
        {"id": 2, "file_path": "a/2.png", "captions": ["blue", "dark blue"], "split": "test"},
    ]
    (tmp_path / "reid_raw.json").write_text(json.dumps(rows))
    trial = open_caption_trial("cuhk_pedes", tmp_path / "reid_raw.json")
    assert trial.identities == (2, 2)
    assert [sample.path.name for sample in trial.gallery] == ["2.png"]
    (notice,) = trial.notices
    assert notice.startswith("cuhk_pedes: 1 of 3,074 published test pictures in")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", ValueError, "not JSON"),
        ("[]", ValueError, "expected a JSON list"),
        ('[{"id": 1}]', ValueError, "entry 1: lacks captions, file_path"),
        ('[{"id": 1, "file_path": "a.png", "captions": "red"}]', FileNotFoundError, "none of its 1 pictures found"),
    ],
)
def test_caption_files_that_cannot_be_used_are_refused(tmp_path, text, error, message):
    path = tmp_path / "captions.json"
    path.write_text(text)
    with pytest.raises(error, match=message):
        open_caption_trial("cuhk_pedes", path)
    with pytest.raises(ValueError, match="no caption protocol"):
        open_caption_trial("other", path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        open_caption_trial("cuhk_pedes", tmp_path / "gone.json")


def test_search_results_worked_out_by_hand():
    first = SearchResult(hits=["anna", "ben", "anna", None], right={"anna"}, relevant=3)
    second = SearchResult(hits=[None, "ben"], right={"anna", "ben"}, relevant=1)
    nothing = SearchResult(hits=["ben"], right={"carl"}, relevant=2)
    assert (first.first, second.first, nothing.first) == (1, 2, None)
    assert first.average_precision == pytest.approx((1 + 2 / 3) / 3)
    results = [first, second, nothing]
    assert [found_within(results, rank) for rank in (1, 2)] == pytest.approx([1 / 3, 2 / 3])
    assert mean_average_precision(results) == pytest.approx(((1 + 2 / 3) / 3 + 1 / 2 + 0) / 3)


def test_search_results_that_cannot_be_judged_are_refused():
    with pytest.raises(ValueError, match="asks for nobody"):
        SearchResult(hits=["anna"], right=set())
    with pytest.raises(ValueError, match="only 1 tracklets"):
        SearchResult(hits=["anna", "anna"], right={"anna"}, relevant=1)
    with pytest.raises(ValueError, match="number of relevant"):
        mean_average_precision([SearchResult(hits=["anna"], right={"anna"})])
    with pytest.raises(ValueError, match="no query"):
        found_within([], 1)
