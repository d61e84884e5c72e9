import json

import cv2
import numpy as np
import pytest

from reid.data import described, written
from reid.data.attributes import UNKNOWN
from reid.data.written import joined, untold

FIELDS = {"cuhk_pedes": "file_path", "icfg_pedes": "file_path", "rstp_reid": "img_path"}


def made(root, name, pictures=4):
    """So many pictures of two training people, one of another split; nobody ever wrote these sentences."""
    entries = []
    for number in range(pictures):
        path = f"CAM/{number:04d}.png"
        (root / "imgs" / "CAM").mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(root / "imgs" / path), np.full((8, 4, 3), number, np.uint8))
        texts = [f"Sentence {number} of the first.", f"Sentence {number} of the second."]
        entries.append({"id": number // 2, FIELDS[name]: path, "captions": texts, "split": "train"})
    entries.append({"id": 9, FIELDS[name]: "CAM/0000.png", "captions": ["Of the test."], "split": "test"})
    (root / "captions.json").write_text(json.dumps(entries))
    return root / "captions.json"


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_training_split_is_read_with_all_its_sentences(tmp_path, name):
    told, said = written.load(name, made(tmp_path, name))
    assert len(told) == 4
    assert told.texts[1] == ("Sentence 1 of the first.", "Sentence 1 of the second.")
    assert not any("test" in text for texts in told.texts for text in texts)
    assert [len(set(told.people.people[rows])) for rows in (slice(0, 2), slice(0, 4))] == [1, 2]
    assert (told.people.labels == UNKNOWN).all()
    assert {sample.dataset for sample in told.people.samples} == {name}
    assert said == "4 pictures with 8 written captions, split train"


def test_several_entries_of_one_picture_are_one_picture(tmp_path):
    path = made(tmp_path, "cuhk_pedes")
    entries = json.loads(path.read_text())
    split = [{**entry, "captions": [text]} for entry in entries for text in entry["captions"]]
    path.write_text(json.dumps(split))
    told, _ = written.load("cuhk_pedes", path)
    assert [len(texts) for texts in told.texts] == [2, 2, 2, 2]


@pytest.mark.parametrize("change", [{"split": "val"}, {"split": None}])
def test_nothing_but_the_training_split_is_ever_trained_on(tmp_path, change):
    path = made(tmp_path, "cuhk_pedes")
    entries = [{**entry, **change} for entry in json.loads(path.read_text())]
    path.write_text(json.dumps([{k: v for k, v in entry.items() if v is not None} for entry in entries]))
    with pytest.raises(ValueError, match="no entry has the split 'train'"):
        written.load("cuhk_pedes", path)


def test_a_picture_that_is_missing_is_named(tmp_path):
    path = made(tmp_path, "rstp_reid")
    (tmp_path / "imgs" / "CAM" / "0002.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"imgs/CAM/0002\.png: no such picture; 1 of 4 .* half unpacked"):
        written.load("rstp_reid", path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        written.load("rstp_reid", tmp_path / "other.json")


def test_people_of_different_sets_are_different(tmp_path):
    parts = [written.load(name, made(tmp_path / name, name))[0] for name in sorted(FIELDS)]
    together = joined(parts)
    assert len(together) == 12
    assert len(set(together.people.people.tolist())) == 6
    kept = together.take(np.arange(12) >= 8)
    assert kept.texts == parts[2].texts
    assert joined([parts[0], untold(described.Described((), np.zeros(0, np.int64), together.people.labels[:0]))]).texts
