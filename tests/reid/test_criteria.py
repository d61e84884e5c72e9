"""The criteria on a tiny network: what each is computed from, and who takes part."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from reid.losses.attributes import choice_loss
from reid.losses.contrastive import contrastive
from reid.losses.distillation import cosine_distillation, similarity_distillation
from reid.losses.margin_sample_mining import margin_sample_mining
from reid.losses.quadruplet import quadruplet
from reid.losses.triplet import batch_all_triplet, batch_hard_triplet
from reid.networks.features import PictureFeatures
from reid.training.criteria import CRITERIA, Trained, build_criteria
from reid.training.criterion import Batch, Criterion, Facts, in_full_precision, rows_of

FACTS = Facts(dim=6, strips=3, part_dim=4, identities=5, questions=(2, 3), taught=6)
LABELS = torch.tensor([0, 0, 1, 1, 4, 4, 2])


def features(seed: int = 0) -> PictureFeatures:
    generator = torch.Generator().manual_seed(seed)

    def made(*shape: int) -> Tensor:
        return torch.randn(len(LABELS), *shape, generator=generator).requires_grad_()

    visible = torch.ones(len(LABELS), 3)
    visible[0, 2] = visible[3, 1] = 0
    return PictureFeatures(made(6), made(6), made(3, 4), visible)


def batch() -> Batch:
    answers = torch.tensor([[0, 2], [1, -1], [0, 0], [-1, -1], [1, 1], [1, 2], [0, 1]])
    taught = torch.randn(len(LABELS), 6, generator=torch.Generator().manual_seed(9))
    return Batch(torch.zeros(len(LABELS), 3, 2, 2), LABELS, answers, taught)


def built(name: str, **settings: object) -> Criterion:
    return build_criteria({name: settings}, FACTS)[0][name]


def unit(vectors: Tensor) -> Tensor:
    return nn.functional.normalize(vectors, dim=1)


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_gives_a_scalar_and_a_finite_gradient(name: str) -> None:
    criterion, seen = built(name), features()
    loss = criterion(seen, batch())
    assert loss.shape == ()
    loss.backward()
    gradients = [v.grad for v in (seen.before, seen.after) if v.grad is not None]
    assert gradients
    assert all(torch.isfinite(g).all() for g in gradients)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in criterion.parameters())


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("contrastive", {}, lambda f: contrastive(unit(f.before), LABELS, 1.0)),
        ("contrastive", {"at": "after", "margin": 0.2}, lambda f: contrastive(unit(f.after), LABELS, 0.2)),
        ("triplet", {}, lambda f: batch_hard_triplet(f.before, LABELS, 0.3)),
        ("triplet", {"margin": "soft"}, lambda f: batch_hard_triplet(f.before, LABELS, None)),
        ("triplet", {"mining": "all", "margin": 1}, lambda f: batch_all_triplet(f.before, LABELS, 1.0)),
        ("triplet", {"normalise": True}, lambda f: batch_hard_triplet(unit(f.before), LABELS, 0.3)),
        ("quadruplet", {}, lambda f: quadruplet(unit(f.before), LABELS, 1.0, 0.5)),
        ("quadruplet", {"mining": "hard"}, lambda f: quadruplet(unit(f.before), LABELS, 1.0, 0.5, hard=True)),
        ("margin_sample_mining", {}, lambda f: margin_sample_mining(unit(f.before), LABELS, 0.3)),
        ("cosine", {}, lambda f: cosine_distillation(f.after, batch().taught)),
        ("similarity", {"at": "before"}, lambda f: similarity_distillation(f.before, batch().taught)),
    ],
)
def test_settings_reach_the_loss(name: str, settings: dict[str, object], expected: object) -> None:
    seen = features()
    loss = built(name, **settings)(seen, batch())
    assert loss.item() == pytest.approx(expected(seen).item(), abs=1e-6)  # type: ignore[operator]


def test_random_triplets_are_drawn_by_torch_s_own_state() -> None:
    seen, criterion = features(), built("triplet", mining="random")
    torch.manual_seed(4)
    losses = [criterion(seen, batch()).item() for _ in range(6)]
    torch.manual_seed(4)
    assert [criterion(seen, batch()).item() for _ in range(6)] == losses
    assert len(set(losses)) > 1


@pytest.mark.parametrize("place", ["after", "before"])
def test_identity_classifies_the_chosen_vector(place: str) -> None:
    seen, criterion = features(), built("identity", at=place, smoothing=0.2)
    logits = getattr(seen, place) @ criterion.classifier.weight.T
    expected = nn.functional.cross_entropy(logits, LABELS, label_smoothing=0.2)
    assert criterion(seen, batch()).item() == pytest.approx(expected.item(), abs=1e-6)


def test_each_strip_has_a_classifier_and_hidden_ones_do_not_count() -> None:
    seen, criterion = features(), built("identity", at="parts", smoothing=0.0)
    criterion(seen, batch()).backward()
    assert len(criterion.strips) == 3
    assert seen.parts is not None
    assert seen.parts.grad is not None
    assert not seen.parts.grad[0, 2].any()
    assert seen.parts.grad[0, 1].any()


def test_attributes_alone_and_with_the_re_weighted_identity() -> None:
    seen, criterion = features(), built("attributes")
    logits = criterion.head(seen.after)
    expected = choice_loss(logits, batch().answers, (2, 3))
    assert criterion(seen, batch()).item() == pytest.approx(expected.item(), abs=1e-6)
    assert not hasattr(criterion, "classifier")
    whole = built("attributes", identity=2.0, smoothing=0.0)
    logits = whole.head(seen.after)
    scores = torch.cat([logits[:, :2].softmax(1), logits[:, 2:].softmax(1)], 1)
    believed = scores * torch.sigmoid(whole.belief(scores))
    people = nn.functional.cross_entropy(whole.classifier(torch.cat([seen.after, believed], 1)), LABELS)
    expected = choice_loss(logits, batch().answers, (2, 3)) + 2 * people
    assert whole(seen, batch()).item() == pytest.approx(expected.item(), abs=1e-5)


def test_verification_learns_to_tell_pairs_apart() -> None:
    torch.manual_seed(0)
    points = nn.Parameter(torch.randn(len(LABELS), 6))
    criterion = built("verification")
    optimizer = torch.optim.Adam([points, *criterion.parameters()], lr=0.05)
    for _ in range(150):
        loss = criterion(PictureFeatures(points, points), batch())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_weights_are_read_and_a_weight_of_zero_leaves_out() -> None:
    criteria, weights = build_criteria({"identity": {"weight": 2}, "triplet": {}, "cosine": {"weight": 0}}, FACTS)
    assert weights == {"identity": 2.0, "triplet": 1.0}
    assert list(criteria) == ["identity", "triplet"]
    with pytest.raises(ValueError, match="every weight is 0"):
        build_criteria({"triplet": {"weight": 0}}, FACTS)


@pytest.mark.parametrize(
    ("name", "settings", "facts", "said"),
    [
        ("identity", {"at": "parts"}, Facts(6, None, None, 5), "network with strips"),
        ("attributes", {}, Facts(6, None, None, 5), "market1501"),
        ("cosine", {}, Facts(6, None, None, 5), "--data teacher"),
        ("similarity", {}, Facts(6, None, None, 5), "--data teacher"),
        ("cosine", {}, Facts(6, None, None, 5, taught=7), "length 7, the network's 6"),
    ],
)
def test_what_does_not_go_together_is_told(name: str, settings: dict[str, object], facts: Facts, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build_criteria({name: settings}, facts)


def test_rows_and_precision_reach_every_tensor() -> None:
    seen = in_full_precision(PictureFeatures(*(v.detach().bfloat16() for v in vars_of(features()))))
    assert all(v.dtype == torch.float32 for v in vars_of(seen))
    rows = torch.tensor([True, False, True, False, False, False, False])
    assert all(len(v) == 2 for v in vars_of(rows_of(seen, rows)))
    part = batch().of(rows)
    assert part.labels.tolist() == [0, 1]
    assert part.bounds is None
    assert part.taught is not None
    assert len(part.taught) == len(part.inputs) == 2


def vars_of(seen: PictureFeatures) -> list[Tensor]:
    assert seen.parts is not None
    assert seen.visible is not None
    return [seen.before, seen.after, seen.parts, seen.visible]


def test_only_the_network_is_exported() -> None:
    trained = Trained(nn.Linear(2, 2), build_criteria({"identity": {}}, FACTS)[0])
    assert set(trained.embed.state_dict()) == {"weight", "bias"}
    assert any(name.startswith("criteria.identity") for name in trained.state_dict())
