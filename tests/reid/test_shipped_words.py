import numpy as np
import pytest
import torch

from reid import checkpoint
from reid.data.shipped_words import shipped_vectors
from reid.networks.words import WordTable
from reid.training.lexical import needed_words


def test_the_words_that_ship_are_many_and_of_norm_one():
    words = shipped_vectors()
    assert len(words.words) == len(words.vectors) > 40_000
    assert words.vectors.shape[1] == 100
    np.testing.assert_allclose(np.linalg.norm(words.vectors, axis=1), 1, atol=0.01)
    assert len(set(words.words)) == len(words.words)
    assert {"man", "woman", "red", "trousers", "backpack"} <= needed_words() & set(words.words)


def test_words_of_like_meaning_lie_near():
    words = shipped_vectors()
    place = {word: number for number, word in enumerate(words.words)}
    near = {pair: float(words.vectors[place[pair[0]]] @ words.vectors[place[pair[1]]]) for pair in PAIRS}
    assert min(near[pair] for pair in PAIRS[:3]) > max(near[pair] for pair in PAIRS[3:])


PAIRS = (("red", "blue"), ("trousers", "jeans"), ("man", "woman"), ("red", "walking"), ("jeans", "parliament"))


def test_a_table_reads_back_what_it_stored(tmp_path):
    torch.manual_seed(0)
    table = WordTable(3, 8)
    vectors = torch.randn(3, 8)
    table.set_words(vectors)
    tensors = {f"text.{name}": tensor for name, tensor in table.state_dict().items()}
    card = {"kind": "language", "network": {}, "preprocess": {}}
    checkpoint.write(tmp_path, tensors, card, {"words.txt": "a\nb\nc\n"})
    read = shipped_vectors(tmp_path)
    assert read.words == ("a", "b", "c")
    np.testing.assert_allclose(read.vectors, torch.nn.functional.normalize(vectors, dim=1), atol=0.01)
    (tmp_path / "words.txt").write_text("a\nb\n")
    with pytest.raises(ValueError, match="a vector for each of its 2 words"):
        shipped_vectors(tmp_path)
