import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from reid.networks.mixture import KINDS, distances, fit_mixture, log_densities
from reid.networks.text_fisher import FisherVector

WORDS, LENGTH = 40, 9


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def fitted(mixture="gaussian", components=3, reduced=4, word_dim=6, **settings):
    torch.manual_seed(0)
    network = FisherVector(WORDS, word_dim, 5, components, reduced, mixture, **settings)
    network.set_words(torch.randn(WORDS, word_dim) ** 3)
    tokens = torch.randint(0, WORDS + 1, (60, LENGTH))
    network.fit(tokens)
    return network.eval(), tokens


def log_density(x, centre, spread, laplacian):
    if laplacian:
        return -abs(x - centre) / spread - math.log(2 * spread)
    return -((x - centre) ** 2) / (2 * spread**2) - math.log(spread) - math.log(2 * math.pi) / 2


def log_likelihood(points, weights, centres, spreads, laplacian):
    """Mean log-likelihood of points, in loops."""
    total = 0.0
    for point in points:
        joint = [
            math.log(w) + sum(log_density(*each) for each in zip(point, centre, spread, kinds, strict=True))
            for w, centre, spread, kinds in zip(weights, centres, spreads, laplacian, strict=True)
        ]
        total += max(joint) + math.log(sum(math.exp(j - max(joint)) for j in joint))
    return total / len(points)


def by_hand(network, sentence):
    """The gradients of one sentence in loops, and everything they are made of."""
    codes = network.codes.double() * network.scales.double()[:, None]
    points = ((codes[sentence[sentence > 0]] - network.middle.double()) @ network.axes.double()).tolist()
    parameters = [t.double().tolist() for t in (network.weights, network.centres, network.spreads)]
    kinds = network.laplacian.tolist()
    weights, centres, spreads = parameters
    out = np.zeros((2, len(weights), len(centres[0])))
    for point in points:
        joint = [
            w * math.exp(sum(log_density(*each) for each in zip(point, centre, spread, flags, strict=True)))
            for w, centre, spread, flags in zip(weights, centres, spreads, kinds, strict=True)
        ]
        for k, part in enumerate(joint):
            for d, x in enumerate(point):
                z = (x - centres[k][d]) / spreads[k][d]
                first, second = (
                    (min(1, max(-1, z / 0.01)), abs(z) - 1) if kinds[k][d] else (z, (z * z - 1) / math.sqrt(2))
                )
                share = part / sum(joint) / len(points) / math.sqrt(weights[k])
                out[:, k, d] += share * np.array([first, second])
    return out, points, weights, np.array(centres), np.array(spreads), kinds


@pytest.mark.parametrize("mixture", KINDS)
@pytest.mark.parametrize("reduced", [0, 4])
def test_gradients_equal_the_slow_loop(mixture, reduced):
    network, tokens = fitted(mixture, reduced=reduced)
    tokens = torch.cat([tokens[:4], torch.tensor([[7] + [0] * (LENGTH - 1)])])
    found = network.double().gradients(tokens).numpy()
    for row, sentence in zip(found, tokens, strict=True):
        np.testing.assert_allclose(row, by_hand(network, sentence)[0], atol=1e-6)


@pytest.mark.parametrize("mixture", KINDS)
def test_gradients_are_the_numerical_gradient_of_the_log_likelihood(mixture):
    network, tokens = fitted(mixture)
    found = network.double().gradients(tokens[:1])[0].numpy()
    _, points, weights, centres, spreads, kinds = by_hand(network, tokens[0])
    step, compared = 1e-6, 0
    for k in range(len(weights)):
        for d in range(centres.shape[1]):
            for which in range(2):
                if kinds[k][d] and any(abs(x[d] - centres[k][d]) < 0.011 * spreads[k][d] for x in points):
                    continue  # at a Laplacian's centre there is no gradient to compare with
                ends, compared = [], compared + 1
                for sign in (1, -1):
                    moved = [centres.copy(), spreads.copy()]
                    moved[which][k, d] += sign * step
                    ends.append(log_likelihood(points, weights, moved[0].tolist(), moved[1].tolist(), kinds))
                slope = (ends[0] - ends[1]) / (2 * step)
                information = weights[k] / spreads[k, d] ** 2 * (2 if which and not kinds[k][d] else 1)
                assert found[which, k, d] == pytest.approx(slope / math.sqrt(information), abs=1e-4)
    assert compared > len(weights) * centres.shape[1]


def test_power_and_norm():
    network, tokens = fitted()
    flat = network.gradients(tokens).flatten(1)
    powered = torch.stack([torch.tensor([math.copysign(math.sqrt(abs(x)), x) for x in row]) for row in flat.tolist()])
    torch.testing.assert_close(network.fisher(tokens), powered / powered.norm(dim=1, keepdim=True))
    assert network.fisher(tokens).shape == (60, 2 * 3 * 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_likelihood_never_falls_and_equals_the_slow_one(kind, seed):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(50, 3, generator=generator, dtype=torch.float64) ** 3
    counts = torch.randint(1, 9, (50,), generator=generator)
    mixture, history = fit_mixture(points, counts, 4, kind, seed)
    assert len(history) >= 2
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(history))
    assert history[-1] > history[0]
    repeated = points.repeat_interleave(counts, dim=0).tolist()
    parameters = [t.tolist() for t in (mixture.weights, mixture.centres, mixture.spreads, mixture.laplacian)]
    assert history[-1] == pytest.approx(log_likelihood(repeated, *parameters), abs=1e-9)
    assert mixture.weights.sum().item() == pytest.approx(1)


def slow_step(points, counts, weights, centres, spreads, laplacian):
    """One round of expectation maximisation in loops; the new weights, centres and spreads."""
    mass = []
    for point, count in zip(points, counts, strict=True):
        joint = [
            w * math.exp(sum(log_density(*each) for each in zip(point, c, s, kinds, strict=True)))
            for w, c, s, kinds in zip(weights, centres, spreads, laplacian, strict=True)
        ]
        mass.append([count * j / sum(joint) for j in joint])
    new_centres, new_spreads, totals = [], [], []
    for k in range(len(weights)):
        own = [row[k] for row in mass]
        totals.append(sum(own))
        new_centres.append([])
        new_spreads.append([])
        for d in range(len(points[0])):
            column = [point[d] for point in points]
            if laplacian[k][d]:
                ranked, passed = sorted(zip(column, own, strict=True)), 0.0
                for middle, m in ranked:  # noqa: B007 - the last one is kept
                    passed += m
                    if passed >= sum(own) / 2:
                        break
                spread = sum(m * abs(x - middle) for x, m in zip(column, own, strict=True)) / sum(own)
            else:
                middle = sum(m * x for x, m in zip(column, own, strict=True)) / sum(own)
                spread = math.sqrt(sum(m * (x - middle) ** 2 for x, m in zip(column, own, strict=True)) / sum(own))
            new_centres[-1].append(middle)
            new_spreads[-1].append(spread)
    return [t / sum(totals) for t in totals], new_centres, new_spreads


@pytest.mark.parametrize("kind", ["gaussian", "laplacian"])
def test_a_step_equals_the_slow_one(kind):
    generator = torch.Generator().manual_seed(1)
    points = torch.randn(30, 2, generator=generator, dtype=torch.float64)
    counts = torch.randint(1, 5, (30,), generator=generator)
    for steps in range(3):
        before = fit_mixture(points, counts, 2, kind, steps=steps)[0]
        after = fit_mixture(points, counts, 2, kind, steps=steps + 1)[0]
        old = [t.tolist() for t in (before.weights, before.centres, before.spreads, before.laplacian)]
        expected = slow_step(points.tolist(), counts.tolist(), *old)
        for found, wanted in zip((after.weights, after.centres, after.spreads), expected, strict=True):
            torch.testing.assert_close(found, torch.tensor(wanted, dtype=torch.float64))


def test_it_finds_the_mixture_that_made_the_points():
    generator = torch.Generator().manual_seed(0)
    true = torch.tensor([[-4.0, 0.0], [4.0, 1.0]], dtype=torch.float64)
    which = (torch.rand(4000, generator=generator) < 0.25).long()
    points = true[which] + torch.randn(4000, 2, generator=generator, dtype=torch.float64) * torch.tensor([1.0, 0.5])
    mixture = fit_mixture(points, torch.ones(4000), 2)[0]
    order = mixture.centres[:, 0].argsort()
    torch.testing.assert_close(mixture.centres[order], true, atol=0.1, rtol=0)
    assert mixture.weights[order].tolist() == pytest.approx([0.75, 0.25], abs=0.03)
    torch.testing.assert_close(mixture.spreads[order], torch.tensor([[1.0, 0.5]] * 2).double(), atol=0.05, rtol=0)


def test_a_hybrid_takes_of_each_dimension_what_is_likelier():
    generator = torch.Generator().manual_seed(0)
    gaussian = torch.randn(4000, generator=generator)
    laplacian = torch.empty(4000).exponential_(generator=generator) * (gaussian.roll(7).sign())
    points = torch.stack([gaussian, laplacian], dim=1)
    mixture, history = fit_mixture(points, torch.ones(4000), 1, "hybrid")
    assert mixture.laplacian.tolist() == [[False, True]]
    for kind in ("gaussian", "laplacian"):
        assert history[-1] > fit_mixture(points, torch.ones(4000), 1, kind)[1][-1]


def test_a_component_does_not_shrink_onto_one_word():
    points = torch.cat([torch.zeros(1, 2), torch.randn(20, 2) * 0.1 + 5])
    mixture = fit_mixture(points, torch.tensor([1000.0] + [1.0] * 20), 2)[0]
    z = distances(points.double(), mixture.centres, mixture.spreads)
    assert mixture.spreads.min() > 0.01
    assert torch.isfinite(log_densities(z, mixture.spreads, mixture.laplacian)).all()


def test_the_same_seed_gives_the_same_mixture():
    first, second = fitted()[0], fitted()[0]
    for name, tensor in first.state_dict().items():
        torch.testing.assert_close(tensor, second.state_dict()[name], rtol=0, atol=0)


def test_axes_are_those_of_the_largest_variance():
    network = FisherVector(WORDS, 4, 5, 2, 1)
    vectors = torch.randn(WORDS, 4) * torch.tensor([0.05, 1.0, 0.05, 0.05]) + torch.tensor([0.0, 0.0, 1.0, 0.0])
    network.set_words(vectors)
    network.fit(torch.arange(1, WORDS + 1)[None])
    assert network.axes[:, 0].abs().argmax() == 1


def test_an_unfitted_mixture_is_not_trained_on():
    network = FisherVector(WORDS, 6, 5, 3, 4)
    tokens = torch.randint(1, WORDS + 1, (2, LENGTH))
    with pytest.raises(RuntimeError, match="call fit"):
        network.train()(tokens)
    assert network.eval()(tokens).shape == (2, 5)


def test_what_it_is_fitted_on_survives_half_precision():
    network, tokens = fitted("hybrid")
    halves = {k: v.half().float() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    other = FisherVector(WORDS, 6, 5, 3, 4, "hybrid").eval()
    other.load_state_dict(halves)
    torch.testing.assert_close(other.fisher(tokens), network.fisher(tokens), rtol=0, atol=0)
    assert other.train()(tokens).shape == (60, 5)


def test_mixed_precision_does_not_reach_the_mixture():
    network, tokens = fitted()
    seen = []
    network.project.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    network(tokens)
    with torch.autocast("cpu", torch.bfloat16):
        network(tokens)
    torch.testing.assert_close(seen[0], seen[1], rtol=0, atol=0)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="gausian"):
        FisherVector(WORDS, mixture="gausian")
    with pytest.raises(ValueError, match=r"0\.\.6"):
        FisherVector(WORDS, 6, reduced=7)
    network = FisherVector(WORDS, 6, components=3, reduced=2)
    with pytest.raises(ValueError, match="3 components cannot be fitted to 2 different words"):
        network.fit(torch.tensor([[1, 2, 1, 0]]))
