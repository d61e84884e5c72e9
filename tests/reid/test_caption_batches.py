import numpy as np
import pytest
import torch

from reid.data.attributes import ATTRIBUTES, INDEX, NO, YES, unknown
from reid.data.captions import CaptionWriter
from reid.data.described import Described
from reid.data.transforms import Augmentation
from reid.data.words import Vocabulary
from reid.data.written import Told
from reid.training.caption_batches import BatchSettings, CaptionBatches
from reid.training.lexical import needed_words
from reid.types import PersonSample

WORDS = Vocabulary(sorted(needed_words()))
COLOURS = ("black", "white", "red", "blue", "green", "yellow")
STILL = Augmentation(shift=0, scale=0, brightness=0, erase=0, blur=0, cut=0)


def people(tmp_path, named=3, others=8, shots=4, texts=()):
    """Market people in several pictures each, and PETA people in one; picture i is grey of value i."""
    rows, who, samples = [], [], []
    for number in range(named + others):
        row = unknown()
        row[[INDEX[f"upper_{colour}"] for colour in COLOURS]] = NO
        row[INDEX[f"upper_{COLOURS[number % 6]}"]] = YES
        row[INDEX["female"]] = number // 6 % 2
        for _ in range(shots if number < named else 1):
            rows.append(row)
            who.append(number * 10)
            samples.append(PersonSample(tmp_path, number, -1, "market1501" if number < named else "peta"))
    told = Told(Described(tuple(samples), np.array(who), np.stack(rows)), texts or ((),) * len(rows))
    pictures = np.arange(len(rows), dtype=np.uint8)[:, None, None, None] * np.ones((1, 9, 5, 3), np.uint8)
    return told, pictures


def batches(tmp_path, seed=0, **settings):
    told, pictures = people(tmp_path, **{k: settings.pop(k) for k in ("named", "others", "texts") if k in settings})

    def prepare(images):
        return torch.from_numpy(images.astype(np.float32)).permute(0, 3, 1, 2)

    drawn = BatchSettings(**{"size": 8, "several": 1, **settings})
    return CaptionBatches(told, pictures, (8, 4), WORDS, drawn, prepare, STILL, None, seed)


def test_rows_belong_together(tmp_path):
    source = batches(tmp_path)
    assert (source.identities, source.instances, source.steps()) == (11, 20, 2)
    batch = next(source.epoch(0))
    assert batch.inputs.shape == (8, 3, 8, 4)
    assert torch.equal(batch.inputs[:, 0, 0, 0].long(), batch.instances)  # the very pictures
    assert torch.equal(batch.positive, batch.people[:, None] == batch.people)
    assert (batch.negative[batch.positive] == 0).all()
    assert torch.equal(batch.labels, torch.from_numpy(source.told.people.labels[batch.instances].astype(np.float32)))
    first = batch.people[:4]
    assert (first == first[0]).all()
    assert len(set(batch.people[4:].tolist())) == 4


def test_sentences_contradict_whom_they_should(tmp_path):
    batch = next(batches(tmp_path, named=0, others=12, several=0, size=12).epoch(0))
    upper = batch.labels[:, [INDEX[f"upper_{colour}"] for colour in COLOURS]].argmax(dim=1)
    stated = batch.said[:, 0, [INDEX[f"upper_{colour}"] for colour in COLOURS]] > 0  # "dark" states two
    assert stated.any(dim=1).sum() > 3
    for sentence in range(12):
        for picture in range(12):
            if stated[sentence].any() and not stated[sentence, upper[picture]]:
                assert batch.negative[sentence, picture] > 0
    assert batch.said.shape == (12, 2, len(ATTRIBUTES))


def test_an_epoch_is_the_same_again_and_another_one_differs(tmp_path):
    source = batches(tmp_path)
    first, again, later = (list(source.epoch(epoch)) for epoch in (3, 3, 4))
    for a, b in zip(first, again, strict=True):
        assert all(torch.equal(getattr(a, name), getattr(b, name)) for name in a.__dataclass_fields__)
    assert any(not torch.equal(a.instances, b.instances) for a, b in zip(first, later, strict=True))


@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_one_sequence(tmp_path, world):
    source = batches(tmp_path, named=4, others=48, size=8)
    whole = [batch.instances.tolist() for batch in source.epoch(1)]
    shares = [[batch.instances.tolist() for batch in source.epoch(1, rank, world)] for rank in range(world)]
    assert len(whole) == source.steps() == 8
    assert {len(share) for share in shares} == {8 // world}
    for rank, share in enumerate(shares):
        assert share == whole[rank::world][: 8 // world]


def test_unseen_people_are_only_read(tmp_path):
    batch = next(batches(tmp_path, unseen=3).epoch(0))
    assert len(batch.tokens) == len(batch.said) == 11
    assert len(batch.inputs) == len(batch.positive) == len(batch.people) == 8


def test_fixed_sentences_are_as_many_as_asked_for(tmp_path):
    told, _ = people(tmp_path)
    source = batches(tmp_path, named=0, others=4, several=0, size=4, sentences=2)
    seen = {row: set() for row in range(4)}
    for epoch in range(30):
        for batch in source.epoch(epoch):
            for row, tokens in zip(batch.instances.tolist(), batch.tokens.tolist(), strict=True):
                seen[row].add(tuple(token for token in tokens if token))
    assert {len(sentences) for sentences in seen.values()} == {2}
    assert len({tuple(row[row > 0]) for row in source.sentences(4)}) == 4
    assert CaptionWriter(np.random.default_rng(0)).write(told.people.labels[0]).text


def test_written_sentences_are_taken_and_contradict_everybody_else(tmp_path):
    texts = (("a red shirt", "blue trousers"), ("a green bag",), (), ())
    source = batches(tmp_path, named=0, others=4, several=0, size=4, texts=texts)
    known = {tuple(WORDS.encode([text], 3)[0]) for text in texts[0]}
    drawn = set()
    for epoch in range(12):
        batch = next(source.epoch(epoch))
        row = batch.instances.tolist().index(0)
        drawn.add(tuple(batch.tokens[row, :3].tolist()))
        assert batch.negative[row].tolist() == [float(place != row) for place in range(4)]
        assert (batch.said[row] == 0).all()
    assert drawn == known


@pytest.mark.parametrize(
    "wrong", [{"size": 1}, {"size": 8, "several": 3}, {"tokens": 0}, {"near": 2.0}, {"unseen": -1}]
)
def test_impossible_batches_are_refused(wrong):
    with pytest.raises(ValueError):
        BatchSettings(**wrong)
