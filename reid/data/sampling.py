"""Which pictures make a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def pk_batches(
    labels: Sequence[int], people: int, pictures: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """P identities x K pictures a batch (Hermans et al. 2017, section 3); one pass over all identities.

    Args:
        labels: identity of each sample.
        people: P.
        pictures: K; an identity with fewer is drawn from with repetition.
        generator: decides the order.

    Yields:
        (P * K,) positions in ``labels``; identities that do not fill a last batch are left for another epoch.
    """
    array = np.asarray(labels)
    order = np.argsort(array, kind="stable")
    identities, starts = np.unique(array[order], return_index=True)
    groups = np.split(order, starts[1:])
    # An identity with many pictures comes up as often as its pictures fill places, so that an epoch sees them all.
    turns = np.concatenate([np.full(max(1, len(group) // pictures), i) for i, group in enumerate(groups)])
    generator.shuffle(turns)
    if len(identities) < people:
        raise ValueError(f"{people} identities a batch were asked for, but the data hold {len(identities)}")
    queue = list(turns)
    while len(queue) >= people:
        batch: list[int] = []
        later: list[int] = []
        while queue and len(batch) < people:
            turn = queue.pop()
            (later if turn in batch else batch).append(turn)
        queue.extend(reversed(later))
        if len(batch) < people:
            return
        drawn = [generator.choice(groups[i], pictures, replace=len(groups[i]) < pictures) for i in batch]
        yield np.concatenate(drawn).astype(np.int64)
