"""PK sampling."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from reid.data.sampling import pk_batches

LABELS = [0] * 9 + [1] * 3 + [2] * 1 + [3] * 5 + [4] * 4


def test_every_batch_has_p_identities_with_k_pictures_each() -> None:
    batches = list(pk_batches(LABELS, 2, 3, np.random.default_rng(0)))
    assert batches
    for batch in batches:
        counts = Counter(LABELS[i] for i in batch)
        assert sorted(counts.values()) == [3, 3]


def test_pictures_are_repeated_only_where_there_are_too_few() -> None:
    for batch in pk_batches(LABELS, 2, 3, np.random.default_rng(1)):
        for label in {LABELS[i] for i in batch}:
            chosen = [i for i in batch if LABELS[i] == label]
            assert len(set(chosen)) == min(3, LABELS.count(label))


def test_identities_with_many_pictures_come_more_often() -> None:
    seen: Counter[int] = Counter()
    for seed in range(40):
        for batch in pk_batches(LABELS, 2, 3, np.random.default_rng(seed)):
            seen.update({LABELS[i] for i in batch})
    assert seen[0] > 2 * seen[1]


def test_the_same_seed_gives_the_same_batches() -> None:
    first, second = (list(pk_batches(LABELS, 2, 2, np.random.default_rng(7))) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_too_few_identities_are_named() -> None:
    with pytest.raises(ValueError, match="hold 5"):
        list(pk_batches(LABELS, 6, 2, np.random.default_rng(0)))
