"""What must hold for every network that judges pairs of sentence and picture."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from reid import registry
from reid.networks.pairwise import PairwiseNetwork

WORDS, WORD_DIM, WIDTH = 30, 10, 16
IMAGE = {"width": WIDTH, "rows": 4, "dropout": 0.0}


def network(name: str, **args: Any) -> PairwiseNetwork:
    """A small one with words."""
    torch.manual_seed(0)
    made = registry.build_network(name, {"words": WORDS, "word_dim": WORD_DIM, "image": IMAGE, "dropout": 0.0, **args})
    assert isinstance(made, PairwiseNetwork)
    made.set_words(torch.randn(WORDS, WORD_DIM))
    return made.eval()


def pairs() -> tuple[Tensor, Tensor]:
    """Regions of five pictures and five sentences of 7, 1, 4, 6 and 2 words."""
    generator = torch.Generator().manual_seed(1)
    regions = torch.randn(5, 12, WIDTH, generator=generator)
    tokens = torch.randint(1, WORDS + 1, (5, 7), generator=generator)
    for row, length in enumerate((7, 1, 4, 6, 2)):
        tokens[row, length:] = 0
    return regions, tokens


@torch.no_grad()
def check_all(made: PairwiseNetwork) -> None:
    """Padding says nothing, a pair does not see its neighbours, the table holds the pairs, weights are weights."""
    regions, tokens = pairs()
    logits = made.pair_logits(regions, tokens)
    assert logits.shape == (5,)
    assert logits.dtype == torch.float32
    assert logits.std() > 1e-4  # else the rest would hold of a constant
    weights, maps = made.weights(regions, tokens)

    padded = torch.cat([tokens, torch.zeros(5, 9, dtype=torch.int64)], dim=1)
    torch.testing.assert_close(made.pair_logits(regions, padded), logits, atol=1e-5, rtol=1e-5)
    more, more_maps = made.weights(regions, padded)
    torch.testing.assert_close(more[:, :7], weights, atol=1e-5, rtol=1e-5)
    assert not more[:, 7:].any()

    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(made.pair_logits(regions[order], tokens[order]), logits[order], atol=1e-5, rtol=1e-5)
    alone = torch.cat([made.pair_logits(regions[i : i + 1], tokens[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(alone, logits, atol=1e-5, rtol=1e-5)

    slow = torch.stack([made.pair_logits(regions, tokens[i].expand(5, -1)) for i in range(5)])
    for chunk in (1, 2, 100):
        torch.testing.assert_close(made.table(regions, tokens, chunk), slow, atol=1e-5, rtol=1e-5)
    assert made.table(regions, tokens[:0]).shape == (0, 5)
    assert made.table(regions[:0], tokens).shape == (5, 0)

    assert weights.shape == (5, 7)
    assert (weights >= 0).all()
    assert not weights[tokens == 0].any()
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(5))
    if maps is not None:
        assert more_maps is not None
        assert maps.shape == (5, 7, 12)
        assert (maps >= 0).all()
        torch.testing.assert_close(maps.sum(dim=2), torch.ones(5, 7))
        torch.testing.assert_close(more_maps[:, :7], maps, atol=1e-5, rtol=1e-5)

    silent = made.pair_logits(regions[:1], torch.zeros(1, 3, dtype=torch.int64))
    assert silent.isfinite().all()


def check_gradients(made: PairwiseNetwork, but: tuple[str, ...] = ()) -> None:
    """Pictures and words reach every parameter, in 32 bits and under autocast."""
    images, tokens = torch.randn(5, 3, 64, 32), pairs()[1]
    for half in (False, True):
        made.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits = made.train()(images, tokens)
        logits.square().mean().backward()
        for key, parameter in made.named_parameters():
            if key.startswith(but):
                continue
            assert parameter.grad is not None, key
            assert parameter.grad.isfinite().all(), key
    assert made.image.grid == (4, 2)


def learn(
    made: PairwiseNetwork, regions: Tensor, tokens: Tensor, wanted: Tensor, steps: int, lr: float = 1e-2
) -> float:
    """Train on pairs with a sigmoid cross entropy; the last loss."""
    optimizer = torch.optim.AdamW([p for k, p in made.named_parameters() if "backbone" not in k], lr=lr)
    made.train()
    loss = torch.zeros(())
    for _ in range(steps):
        logits = made.pair_logits(regions, tokens)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    made.eval()
    return loss.item()


def coloured_maps(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Maps of 4 x 3 regions, of which only the left column decides.

    A region's vector says its colour (one of 4, places 0..3) and its column (places 4..6). The left column has one
    colour, every region elsewhere its own; a sentence names one colour, and is right if the left column has it.

    Returns:
        Regions (count, 12, WIDTH), tokens (count, 2) of a filler (word 9) and the colour (words 1 to 4), and whether
        it is right (count,), in half of the cases.
    """
    colours = torch.randint(0, 4, (count, 4, 3), generator=generator)
    left = colours[:, 0, 0]
    colours[:, :, 0] = left[:, None]
    other = (left + torch.randint(1, 4, (count,), generator=generator)) % 4
    wanted = torch.arange(count) % 2 == 0
    said = torch.where(wanted, left, other)
    regions = torch.randn(count, 4, 3, WIDTH, generator=generator) * 0.1
    regions[..., :4] += torch.nn.functional.one_hot(colours, 4)
    regions[..., 4:7] += torch.eye(3)
    return regions.flatten(1, 2), torch.stack([torch.full_like(said, 9), said + 1], dim=1), wanted.float()


def on_coloured_maps(made: PairwiseNetwork) -> tuple[float, float, float]:
    """Of fresh ones: share judged rightly, mean weight of the colour's word, share of its map on the left column."""
    regions, tokens, wanted = coloured_maps(200, torch.Generator().manual_seed(5))
    with torch.no_grad():
        right = ((made.pair_logits(regions, tokens) > 0) == wanted.bool()).float().mean()
        weights, maps = made.weights(regions, tokens)
    left = 0.0 if maps is None else float(maps[:, 1].unflatten(1, (4, 3))[..., 0].sum(dim=1).mean())
    return float(right), float(weights[:, 1].mean()), left
