"""How probable a network finds the sentences that were said, word by word.

Source: Vinyals et al., "Show and tell", CVPR 2015 (arXiv:1411.4555), equation 13: the negative log-likelihood of each
word given those before it. As a mean over the words, and not a sum, so that a long sentence counts no more than a short
one; a score of the same form compares pictures afterwards.
"""

from __future__ import annotations

import torch
from torch import Tensor


def caption_likelihood(logits: Tensor, tokens: Tensor) -> Tensor:
    """Mean over sentences of the mean negative log-likelihood of their words and of their end, in nats.

    Args:
        logits: (M, L + 1, V) of what is said at each place: class 0 is the end, class w the word w.
        tokens: (M, L) int64 what was said, 0 after the end; words from V on cannot be said, and do not count.

    Returns:
        Scalar; 0 without a sentence.

    Raises:
        ValueError: if the shapes do not belong together.
    """
    if logits.dim() != 3 or tokens.shape != (logits.shape[0], logits.shape[1] - 1):
        raise ValueError(f"expected (M, L + 1, V) and (M, L), got {tuple(logits.shape)} and {tuple(tokens.shape)}")
    if not len(tokens):
        return logits.sum() * 0
    length = (tokens > 0).sum(dim=1)
    said = torch.cat([tokens, torch.zeros_like(tokens[:, :1])], dim=1)  # (M, L + 1): then comes the end
    places = torch.arange(said.shape[1], device=said.device)
    counts = (places <= length[:, None]) & (said < logits.shape[2])
    chosen = torch.log_softmax(logits.float(), dim=2).gather(2, said.where(counts, 0).unsqueeze(2)).squeeze(2)
    return (-(chosen * counts).sum(dim=1) / counts.sum(dim=1)).mean()
