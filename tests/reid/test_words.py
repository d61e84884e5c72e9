import json

import numpy as np
import pytest

from reid.data.words import Vocabulary, WordVectors, load_vectors, normalise, split, trim

ROWS = {"red": [1.0, 0.5, -2.0], "coat": [0.25, 0.0, 3.0], "the": [0.125, 1.0, 1.0]}


def write_text(path, header):
    lines = [" ".join([word, *map(str, row)]) for word, row in ROWS.items()]
    path.write_text("\n".join([f"{len(ROWS)} 3", *lines] if header else lines) + "\n")
    return path


def write_binary(path):
    blocks = [word.encode() + b" " + np.asarray(row, "<f4").tobytes() + b"\n" for word, row in ROWS.items()]
    path.write_bytes(b"3 3\n" + b"".join(blocks))
    return path


def write_wink(path):
    vectors = {word: [*row, 9.9, place] for place, (word, row) in enumerate(ROWS.items())}
    path.write_text(json.dumps({"dimensions": 3, "words": list(ROWS), "vectors": vectors}))
    return path


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: write_text(folder / "glove.txt", header=False),
        lambda folder: write_text(folder / "vectors.vec", header=True),
        lambda folder: write_binary(folder / "vectors.bin"),
        lambda folder: write_wink(folder / "wink.json"),
    ],
)
def test_all_formats_give_the_same_vectors(tmp_path, write):
    loaded = load_vectors(write(tmp_path))
    assert loaded.words == tuple(ROWS)
    np.testing.assert_array_equal(loaded.vectors, np.array(list(ROWS.values()), np.float32))


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_vectors(tmp_path / "nowhere.txt")
    for name, content in (("a.txt", "red 1 2\ncoat 1\n"), ("b.json", "{}"), ("c.bin", "no counts"), ("d.txt", "")):
        (tmp_path / name).write_text(content)
        with pytest.raises(ValueError, match=name):
            load_vectors(tmp_path / name)


def test_trim_keeps_the_frequent_and_the_wanted():
    words = ("the", ",", "2020", "Red", "gray", "grey", "of", "rare", "anorak", "the")
    source = WordVectors(words, np.arange(len(words), dtype=np.float32)[:, None])
    kept = trim(source, 3, ["anorak"])
    assert kept.words == ("the", "grey", "of", "anorak")
    assert kept.vectors[:, 0].tolist() == [0, 5, 6, 8]


def test_split_lowers_and_keeps_compounds():
    assert split("A T-Shirt, (gray) & the woman’s back-pack; 红色!") == [
        *("a", "t-shirt", "grey", "the", "woman's", "back-pack", "红色"),
    ]
    assert normalise("Tshirts") == "t-shirt"


def test_known_and_unknown_words():
    vocabulary = Vocabulary(["a", "red", "t-shirt", "woman", "long", "sleeved"])
    assert vocabulary.unknown("the woman of an age") == ("age",)  # "the" is known to say nothing
    text = "A woman's RED tshirt, long-sleeved, qwertzu-sleeved qwertzu 12 плащ"
    assert vocabulary.known(text) == ["a", "woman", "red", "t-shirt", "long", "sleeved", "sleeved"]
    assert vocabulary.unknown(text) == ("qwertzu", "плащ")


def test_encode_numbers_from_one_and_fills_with_zero():
    vocabulary = Vocabulary(["red", "coat"])
    rows = vocabulary.encode(["coat nonsense red", "", "red red red red"], 3)
    assert rows.tolist() == [[2, 1, 0], [0, 0, 0], [1, 1, 1]]
    assert "red" in vocabulary
    assert len(vocabulary) == 2


def test_words_and_vectors_must_be_as_many():
    with pytest.raises(ValueError, match="2 words"):
        WordVectors(("a", "b"), np.zeros((1, 3), np.float32))
