"""The captioner: its probabilities are checked word by word, by sums over all sentences, and by what it says."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from pairwise_checks import WIDTH, WORDS, check_all, check_gradients, network, pairs

from reid.networks.beam import beam_search
from reid.networks.captioner import CaptionNetwork

KINDS = [{"attention": a, "ratio": r} for a in (True, False) for r in (True, False)]


def captioner(vocabulary: int = 20, **args: object) -> CaptionNetwork:
    made = network("captioner", vocabulary=vocabulary, hidden=12, slots=3, **args)
    assert isinstance(made, CaptionNetwork)
    torch.nn.init.normal_(made.added, std=0.7)  # so that what is learnt counts too
    torch.nn.init.normal_(made.common, std=0.7)
    return made


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_must_hold_for_every_network(kind: dict[str, bool]) -> None:
    check_all(captioner(**kind))
    check_gradients(captioner(**kind), but=() if kind["ratio"] else ("nothing",))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def slow_chances(made: CaptionNetwork, regions: np.ndarray, words: list[int]) -> list[tuple[int, float]]:
    """(class, its log-probability) at every place, from the formulas of an LSTM and of soft attention."""
    part = {name: parameter.detach().numpy() for name, parameter in made.named_parameters() if "image" not in name}
    vectors = (made.text.codes.float() * made.text.scales[:, None]).numpy()
    cell, hidden = np.zeros(12), np.zeros(12)

    def step(gates: np.ndarray) -> None:
        nonlocal cell, hidden
        enter, keep, candidate, show = np.split(gates, 4)
        cell = sigmoid(keep) * cell + sigmoid(enter) * np.tanh(candidate)
        hidden = sigmoid(show) * np.tanh(cell)

    bands = []
    for query in part["pool.queries"]:
        powers = np.exp(regions @ query / 4)
        bands.append((powers[:, None] * regions).sum(axis=0) / powers.sum())
    bands.append(regions.mean(axis=0))
    step(part["of_picture.weight"] @ np.concatenate(bands) + part["of_picture.bias"])
    found = []
    for place in range(len(words) + 1):
        entering = part["begin"] if place == 0 else vectors[words[place - 1]] * 10**0.5
        gates = part["of_word.weight"] @ entering + part["of_word.bias"] + part["of_state.weight"] @ hidden
        leaving = part["leave.bias"].copy()
        if made.attention:
            question = part["question.weight"] @ hidden
            scores = np.array([(part["key.weight"] @ r + part["key.bias"]) @ question / 12**0.5 for r in regions])
            looks = np.exp(scores) / np.exp(scores).sum()
            view = sum(look * region for look, region in zip(looks, regions, strict=True))
            gates = gates + part["of_view.weight"] @ view
            leaving += part["leave_view.weight"] @ view
        step(gates)
        leaving += part["leave.weight"] @ hidden
        count = made.vocabulary + 1
        logits = np.array([leaving @ (vectors[c] + part["added"][c]) + part["common"][c] for c in range(count)])
        target = words[place] if place < len(words) else 0
        if target < count:
            found.append((target, float(logits[target] - np.log(np.exp(logits).sum()))))
    return found


@pytest.mark.parametrize("attention", [True, False])
def test_likelihood_is_the_product_over_words_and_end(attention: bool) -> None:
    made = captioner(attention=attention)
    regions, tokens = pairs()
    assert (tokens > 20).any()  # words that cannot be said are passed over
    with torch.no_grad():
        mean, total = (made.log_likelihood(regions, tokens, normalised=n) for n in (True, False))
        prior, logits = made.prior(tokens), made.token_logits(regions, tokens)
    assert logits.shape == (5, 8, 21)
    chances = torch.log_softmax(logits, dim=2)
    for row in range(5):
        words = [int(t) for t in tokens[row] if t]
        slow = slow_chances(made, regions[row].numpy(), words)
        assert float(total[row]) == pytest.approx(sum(c for _, c in slow), abs=1e-4)
        assert float(mean[row]) == pytest.approx(np.mean([c for _, c in slow]), abs=1e-4)
        blind = slow_chances(made, made.nothing.detach().numpy(), words)
        assert float(prior[row]) == pytest.approx(np.mean([c for _, c in blind]), abs=1e-4)
        places = [t for t, word in enumerate([*words, 0]) if word <= 20]
        assert [float(chances[row, t, c]) for t, (c, _) in zip(places, slow, strict=True)] == pytest.approx(
            [c for _, c in slow], abs=1e-4
        )


def test_the_score_is_the_likelihood_or_its_ratio_to_the_prior() -> None:
    regions, tokens = pairs()
    plain, ratio = captioner(ratio=False), captioner(ratio=True)
    ratio.load_state_dict(plain.state_dict())
    with torch.no_grad():
        likelihood = plain.log_likelihood(regions, tokens)
        torch.testing.assert_close(plain.pair_logits(regions, tokens), likelihood)
        torch.testing.assert_close(ratio.pair_logits(regions, tokens), likelihood - plain.prior(tokens))


def test_what_was_said_before_matters_and_what_comes_after_does_not() -> None:
    made = captioner()
    regions = pairs()[0][:1]
    with torch.no_grad():
        one, other = (made.token_logits(regions, torch.tensor([t])) for t in ([3, 4, 5], [3, 4, 6]))
        before = made.token_logits(regions, torch.tensor([[7, 4, 5]]))
    torch.testing.assert_close(one[:, :3], other[:, :3])
    assert not torch.allclose(one[:, 3], other[:, 3], atol=1e-4)
    assert not torch.allclose(one[:, 2], before[:, 2], atol=1e-4)


@pytest.mark.parametrize("attention", [True, False])
def test_probabilities_of_all_sentences_sum_to_one(attention: bool) -> None:
    """Those of up to n words, and the beginnings of n words that do not end there."""
    made, regions = captioner(3, attention=attention), pairs()[0][:1]
    ended, open_ended, most = 0.0, 0.0, 4
    with torch.no_grad():
        for length in range(most + 1):
            sentences = torch.tensor(list(product((1, 2, 3), repeat=length)), dtype=torch.int64).reshape(
                3**length, length
            )
            tokens = torch.cat([sentences, torch.zeros(len(sentences), most - length + 1, dtype=torch.int64)], dim=1)
            same = regions.expand(len(tokens), -1, -1)
            chances = made.log_likelihood(same, tokens, normalised=False).exp()
            ended += float(chances.sum())
            if length == most:
                last = torch.log_softmax(made.token_logits(same, tokens)[:, length], dim=1)[:, 0].exp()
                open_ended = float((chances / last * (1 - last)).sum())
    assert 0 < ended < 1
    assert ended + open_ended == pytest.approx(1, abs=1e-5)


def best_of_all(made: CaptionNetwork, regions: torch.Tensor, most: int) -> list[int]:
    """The sentence of 1 to ``most`` words that is most probable per word, its end included, of all there are."""
    best, score = [], -np.inf
    for length in range(1, most + 1):
        sentences = torch.tensor(list(product(range(1, made.vocabulary + 1), repeat=length)))
        with torch.no_grad():
            logits = made.token_logits(regions.expand(len(sentences), -1, -1), sentences)
            chances = torch.log_softmax(logits, dim=2)
        said = chances[:, :-1].gather(2, sentences[..., None]).squeeze(2).sum(dim=1)
        whole = (said + chances[:, -1, 0]) / (length + 1)
        cut = said / length if length == most else torch.full_like(said, -np.inf)
        for values in (whole, cut):
            if float(values.max()) > score:
                best, score = sentences[values.argmax()].tolist(), float(values.max())
    return best


def test_a_wide_beam_finds_the_best_sentence_and_one_of_width_1_takes_the_best_word() -> None:
    made, regions = captioner(3), pairs()[0]
    with torch.no_grad():
        wide = made.generate(regions, 3, beam=60)
        greedy = made.generate(regions, 6)
    for row in range(5):
        assert [w for w in wide[row].tolist() if w] == best_of_all(made, regions[row : row + 1], 3)
        said: list[int] = []
        while len(said) < 6:
            tokens = torch.tensor([said or [0]])
            with torch.no_grad():
                scores = made.token_logits(regions[row : row + 1], tokens)[0, len(said)]
            scores[0] = scores[0] if said else -torch.inf
            if int(scores.argmax()) == 0:
                break
            said.append(int(scores.argmax()))
        assert [w for w in greedy[row].tolist() if w] == said
        assert said


def test_what_it_says_does_not_depend_on_neighbours_and_is_the_same_again() -> None:
    made, regions = captioner(), pairs()[0]
    with torch.no_grad():
        together = made.generate(regions, 8, beam=3)
        alone = torch.cat([made.generate(regions[i : i + 1], 8, beam=3) for i in range(5)])
        assert torch.equal(made.generate(regions, 8, beam=3), together)
    assert together.shape == (5, 8)
    assert torch.equal(together, alone)
    assert (together[:, 0] > 0).all()
    assert (together <= 20).all()
    for row in together.tolist():
        assert 0 not in row[: sum(w > 0 for w in row)]  # nothing after the end


def test_beams_that_have_ended_keep_their_score() -> None:
    """Word 1 then the end has 0.6 * 0.9; word 2 has 0.4 and cannot end, so each step makes it worse."""
    start = torch.tensor([1e-6, 0.6, 0.4]).log()
    after = {1: torch.tensor([0.9, 0.05, 0.05]).log(), 2: torch.tensor([1e-9, 0.5, 0.5]).log()}

    def step(
        words: torch.Tensor | None, state: tuple[torch.Tensor, ...]
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        if words is None:
            return start.expand(2, -1), state
        return torch.stack([after[int(w)] if int(w) else start for w in words]), state

    assert beam_search(step, (torch.zeros(2, 1),), 1, 5, 2).tolist() == [[1, 0, 0, 0, 0]]


def test_bad_settings_say_so() -> None:
    with pytest.raises(ValueError, match="vocabulary: expected 1 to 30 of the words, got 31"):
        network("captioner", vocabulary=WORDS + 1)
    assert WIDTH == 16


@pytest.mark.slow
@pytest.mark.parametrize("attention", [True, False])
def test_it_learns_pictures_by_heart_says_them_and_finds_them(attention: bool) -> None:
    made = captioner(ratio=True, attention=attention)
    regions, tokens = pairs()
    tokens = torch.where(tokens > 20, tokens - 10, tokens)
    optimizer = torch.optim.AdamW([p for k, p in made.named_parameters() if "backbone" not in k], lr=2e-2)
    made.train()
    for _ in range(150):
        loss = -made.log_likelihood(regions, tokens).mean() - 0.2 * made.prior(tokens).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    made.eval()
    with torch.no_grad():
        assert float(-made.log_likelihood(regions, tokens).mean()) < 0.05
        assert float(-made.prior(tokens).mean()) > 0.2  # it cannot know which of the five
        for beam in (1, 3):
            assert torch.equal(made.generate(regions, 7, beam), tokens)
        assert made.table(regions, tokens).argmax(dim=1).tolist() == list(range(5))
        assert made.table(regions, tokens).argmax(dim=0).tolist() == list(range(5))
