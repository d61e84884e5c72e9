"""Same or different: every pair of sentence and picture is judged by itself.

Source: cross-entropy on pairs with several wrong ones for each right one, Li et al., "Person Search with Natural
Language Description", CVPR 2017 (GNA-RNN, arXiv:1702.05729, section 4.4: three wrong for one right). Which wrong ones
are drawn is ours: rather those whose picture contradicts what the sentence states.
"""

from __future__ import annotations

import torch
from torch import Tensor


def pair_classification(right: Tensor, wrong: Tensor) -> Tensor:
    """Mean binary cross-entropy: -log sigmoid(x) of every right pair, -log(1 - sigmoid(x)) of every wrong one.

    Args:
        right: (P,) logits of pairs that belong together.
        wrong: (N,) logits of pairs that do not.

    Returns:
        Scalar; 0 if there is no pair at all.

    Raises:
        ValueError: if one of them is no vector.
    """
    if right.dim() != 1 or wrong.dim() != 1:
        raise ValueError(f"expected (P,) and (N,), got {tuple(right.shape)} and {tuple(wrong.shape)}")
    losses = torch.cat([torch.nn.functional.softplus(-right), torch.nn.functional.softplus(wrong)])
    return losses.sum() / max(1, len(losses))


def wrong_pairs(weight: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Draw up to ``count`` different wrong pictures for every sentence, by torch's random numbers.

    The draw is that of an urn without putting back, in the form of Gumbel's trick (Kool et al. 2019,
    arXiv:1903.06059, section 2.3).

    Args:
        weight: (T, P) >= 0: how much more likely one is drawn than another; 0 is never drawn.
        count: of each sentence; fewer if fewer have a weight.

    Returns:
        Sentences (N,) and pictures (N,) int64 of the pairs, in the order of sentences.
    """
    uniform = torch.rand(weight.shape).clamp(1e-9, 1 - 1e-7).to(weight.device)
    keys = weight.float().log() - (-uniform.log()).log()
    best = keys.topk(min(count, weight.shape[1]), dim=1).indices  # (T, count)
    sentences = torch.arange(len(weight), device=weight.device)[:, None].expand_as(best)
    drawn = weight.gather(1, best) > 0
    return sentences[drawn], best[drawn]
