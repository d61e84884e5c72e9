"""What a network that judges pairs of sentence and picture can be trained by, by name.

A criterion takes the network, the regions of B pictures, the words of their B sentences and the batch, and returns a
scalar; further parameters are its settings in a configuration.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from reid.losses.caption_likelihood import caption_likelihood
from reid.losses.pair_classification import pair_classification, wrong_pairs
from reid.losses.ranking import bidirectional_ranking
from reid.networks.captioner import CaptionNetwork
from reid.networks.pairwise import PairwiseNetwork
from reid.training.caption_batches import CaptionBatch

GIVEN = ("network", "regions", "tokens", "batch")


def classification(
    network: PairwiseNetwork,
    regions: Tensor,
    tokens: Tensor,
    batch: CaptionBatch,
    negatives: int = 3,
    contradicting: bool = True,
) -> Tensor:
    """Every sentence with its own picture and with some wrong ones, see `reid.losses.pair_classification`.

    Args:
        network, regions, tokens, batch: see above.
        negatives: wrong pictures of a sentence.
        contradicting: a picture is wrong if it contradicts the sentence, else if it shows somebody else.
    """
    weight = batch.negative if contradicting else (~batch.positive).float()
    sentence, picture = wrong_pairs(weight, negatives)
    own = torch.arange(len(regions), device=regions.device)
    logits = network.pair_logits(regions[torch.cat([own, picture])], tokens[torch.cat([own, sentence])])
    return pair_classification(logits[: len(own)], logits[len(own) :])


def ranking(
    network: PairwiseNetwork,
    regions: Tensor,
    tokens: Tensor,
    batch: CaptionBatch,
    margin: float = 1.0,
    hardest: bool = False,
    contradicting: bool = True,
    of: int = 24,
) -> Tensor:
    """All pairs of some of the batch, see `reid.losses.ranking`.

    Args:
        network, regions, tokens, batch: see above.
        margin: in units of the logit.
        hardest: only the highest wrong score counts.
        contradicting: a picture is wrong if it contradicts the sentence, else if it shows somebody else.
        of: how many pictures and sentences, drawn anew in each step.
    """
    some = torch.randperm(len(regions))[:of].sort().values.to(regions.device)
    scores = network.table(regions[some], tokens[some])
    people = batch.people[some]
    allowed = batch.negative[some][:, some] > 0 if contradicting else None
    return bidirectional_ranking(scores, people, people, margin, hardest, allowed=allowed)


def likelihood(
    network: CaptionNetwork,
    regions: Tensor,
    tokens: Tensor,
    batch: CaptionBatch,  # noqa: ARG001 - all criteria are called alike
    hidden: float = 0.25,
) -> Tensor:
    """How the captioner would have said it, see `reid.losses.caption_likelihood`.

    Args:
        network, regions, tokens, batch: see above.
        hidden: share of the sentences for which it does not get to see the picture, from which it learns how likely a
            sentence is at all.
    """
    order = torch.randperm(len(tokens)).to(regions.device)
    blind, seeing = order.split([round(hidden * len(order)), len(order) - round(hidden * len(order))])
    nothing = network.nothing.expand(len(blind), 1, -1)
    terms = [
        caption_likelihood(network.token_logits(shown, tokens[rows]), tokens[rows]) * len(rows)
        for rows, shown in ((seeing, regions[seeing]), (blind, nothing))
        if len(rows)
    ]
    return torch.stack(terms).sum() / len(order)


PAIR_CRITERIA: dict[str, Callable[..., Tensor]] = {
    "pair_classification": classification,
    "pair_ranking": ranking,
    "caption_likelihood": likelihood,
}
