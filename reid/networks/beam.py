"""Beam search: the sentence that a network finds most probable, nearly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

State = tuple[Tensor, ...]
# Words last said (None at the beginning) and state to the logits of the next word and the state after.
Step = Callable[[Tensor | None, Any], tuple[Tensor, Any]]
_NEVER = -1e9


def beam_search(step: Step, state: State, count: int, length: int, beam: int) -> Tensor:
    """The best of ``beam`` beginnings that are followed word by word (Vinyals et al. 2015, section 3.1).

    Sentences are compared by log-probability per word, their end included; one of no words is not allowed.

    Args:
        step: takes (count * beam,) int64 words or None, and the state; gives (count * beam, V) logits, where class 0
            ends the sentence, and the state.
        state: tensors whose first axis is count * beam.
        count: number of sentences.
        length: the most words of a sentence.
        beam: how many beginnings are kept for each.

    Returns:
        (count, length) int64 words, 0 after the end.
    """
    logits, state = step(None, state)
    words = torch.zeros(count, beam, length, dtype=torch.int64, device=logits.device)
    # All beginnings are alike at first: only one may be continued.
    scores = torch.full((count, beam), _NEVER, device=logits.device)
    scores[:, 0] = 0
    ended = torch.zeros(count, beam, dtype=torch.bool, device=logits.device)
    steps = torch.zeros(count, beam, device=logits.device)
    for place in range(length):
        chances = torch.log_softmax(logits.float(), dim=1).unflatten(0, (count, beam))  # (count, beam, V)
        if place == 0:
            chances[..., 0] = _NEVER
        chances = torch.where(ended[..., None], torch.full_like(chances, _NEVER), chances)
        chances[..., 0] = torch.where(ended, 0.0, chances[..., 0])
        classes = chances.shape[2]
        scores, chosen = (scores[..., None] + chances).flatten(1).topk(beam, dim=1)
        parents, said = chosen // classes, chosen % classes
        words = words.gather(1, parents[..., None].expand(-1, -1, length))
        words[..., place] = said
        steps = steps.gather(1, parents) + ~ended.gather(1, parents)
        ended = ended.gather(1, parents) | (said == 0)
        if bool(ended.all()):
            break
        rows = (torch.arange(count, device=parents.device)[:, None] * beam + parents).flatten()
        state = tuple(part[rows] for part in state)
        logits, state = step(said.flatten(), state)
    best = (scores / steps.clamp(min=1)).argmax(dim=1)
    return words[torch.arange(count, device=words.device), best]
