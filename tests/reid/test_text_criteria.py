from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from reid.losses.cmpc import cmpc
from reid.losses.cmpm import cmpm
from reid.losses.instance import identity_loss, instance_loss
from reid.losses.matching import matching_loss
from reid.losses.ranking import bidirectional_ranking
from reid.losses.sdm import sdm
from reid.training.text_criteria import TEXT_CRITERIA

DIM, IDENTITIES, INSTANCES = 8, 5, 12


@dataclass(frozen=True)
class Batch:
    """The part of a caption batch that criteria read."""

    people: Tensor
    instances: Tensor
    positive: Tensor
    negative: Tensor


def batch_of(people, instances):
    people = torch.tensor(people)
    positive = people[:, None] == people[None]
    return Batch(people, torch.tensor(instances), positive, (~positive).float())


BATCH = batch_of([0, 0, 3, 4, 2, 3], [0, 1, 7, 11, 4, 8])


@pytest.fixture
def vectors():
    return torch.randn(2, 6, DIM, generator=torch.Generator().manual_seed(0)) * 3


def build(name, **settings):
    torch.manual_seed(1)
    return TEXT_CRITERIA[name](DIM, IDENTITIES, INSTANCES, **settings)


def test_the_names():
    assert set(TEXT_CRITERIA) == {"ranking", "instance", "identity", "cmpm", "cmpc", "sdm", "infonce"}


def test_each_is_its_loss_on_what_it_needs_of_the_batch(vectors):
    image, text = vectors
    scores = functional.normalize(text, dim=1) @ functional.normalize(image, dim=1).T
    people, instances = BATCH.people, BATCH.instances
    expected = {
        "ranking": bidirectional_ranking(scores, people, people, 0.2),
        "cmpm": cmpm(image, text, people),
        "sdm": sdm(image, text, people, 50.0),
        "infonce": matching_loss(scores / 0.07, BATCH.positive, BATCH.negative),
    }
    for name, value in expected.items():
        torch.testing.assert_close(build(name)(image, text, BATCH), value, atol=1e-4, rtol=1e-5)
    for name, loss, labels in (
        ("instance", instance_loss, instances),
        ("identity", identity_loss, people),
        ("cmpc", cmpc, people),
    ):
        criterion = build(name)
        torch.testing.assert_close(criterion(image, text, BATCH), loss(image, text, criterion.classes, labels))


def test_settings_reach_the_loss(vectors):
    image, text = vectors
    people = BATCH.people
    scores = functional.normalize(text, dim=1) @ functional.normalize(image, dim=1).T
    found = build("ranking", margin=0.5, hardest=True)(image, text, BATCH)
    torch.testing.assert_close(found, bidirectional_ranking(scores, people, people, 0.5, hardest=True))
    found = build("ranking", reduction="sum")(image, text, BATCH)
    torch.testing.assert_close(found, bidirectional_ranking(scores, people, people, reduction="sum"))
    torch.testing.assert_close(build("sdm", temperature=0.5)(image, text, BATCH), sdm(image, text, people, 2.0))
    smooth = build("instance", smoothing=0.2)
    expected = instance_loss(image, text, smooth.classes, BATCH.instances, 0.2)
    torch.testing.assert_close(smooth(image, text, BATCH), expected)
    assert build("infonce", learn=False).log_scale.requires_grad is False


def test_ranking_can_leave_alone_what_contradicts_nothing(vectors):
    image, text = vectors
    negative = BATCH.negative.clone()
    negative[0] = 0
    batch = Batch(BATCH.people, BATCH.instances, BATCH.positive, negative)
    scores = functional.normalize(text, dim=1) @ functional.normalize(image, dim=1).T
    expected = bidirectional_ranking(scores, BATCH.people, BATCH.people, allowed=negative > 0)
    torch.testing.assert_close(build("ranking", contradicting=True)(image, text, batch), expected)
    assert not torch.isclose(build("ranking")(image, text, batch), expected)


def test_instances_and_identities_have_a_class_each_for_both_paths():
    assert build("instance").classes.shape == (INSTANCES, DIM)
    assert build("identity").classes.shape == build("cmpc").classes.shape == (IDENTITIES, DIM)
    for name, criterion in ((name, build(name)) for name in TEXT_CRITERIA):
        learnt = [parameter.shape for parameter in criterion.parameters()]
        assert len(learnt) == (name in ("instance", "identity", "cmpc", "infonce")), name


@pytest.mark.parametrize("name", TEXT_CRITERIA)
def test_a_batch_of_one_and_of_one_person_has_a_finite_gradient(name, vectors):
    for rows in (1, 6):
        image, text = (v[:rows].clone().requires_grad_(True) for v in vectors)
        loss = build(name)(image, text, batch_of([1] * rows, list(range(rows))))
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(image.grad).all()
        assert torch.isfinite(text.grad).all()


@pytest.mark.parametrize("name", TEXT_CRITERIA)
def test_mixed_precision_does_not_reach_into_a_loss(name, vectors):
    image, text = vectors
    criterion = build(name)
    plain = criterion(image, text, BATCH)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = criterion(image, text, BATCH)
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, plain, rtol=0, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_CRITERIA)
def test_it_brings_sixteen_pairs_together(name):
    """Two small networks over random vectors: every sentence finds a picture of its person, and the loss falls to near
    nothing. CMPC is trained beside CMPM, as published; SDM with a temperature that suits a random start."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    people = list(range(16)) if name == "instance" else [0, 0, 1, 1, *range(2, 14)]
    batch = batch_of(people, list(range(16)))
    seen, read = torch.randn(2, 16, 20)
    paths = nn.ModuleList(
        nn.Sequential(nn.Linear(20, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32)) for _ in range(2)
    )
    criterion = TEXT_CRITERIA[name](32, 16, 16, **({"temperature": 0.1} if name == "sdm" else {}))
    beside = TEXT_CRITERIA["cmpm"](32, 16, 16)
    optimizer = torch.optim.Adam([*paths.parameters(), *criterion.parameters()], lr=3e-3)
    for _ in range(500):
        image, text = paths[0](seen), paths[1](read)
        loss = criterion(image, text, batch)
        optimizer.zero_grad()
        (loss + (beside(image, text, batch) if name == "cmpc" else 0)).backward()
        optimizer.step()
    assert loss.item() < 0.2
    scores = functional.normalize(text, dim=1) @ functional.normalize(image, dim=1).T
    assert batch.people[scores.argmax(dim=1)].tolist() == people
