import pytest
import torch
from torch import nn

from reid.networks.centre import Centre
from reid.networks.crossmodal import CrossModalNetwork
from reid.networks.halves import Halves


def unit(rows: int, dim: int) -> torch.Tensor:
    return nn.functional.normalize(torch.randn(rows, dim) + torch.tensor([2.0] + [0.0] * (dim - 1)), dim=1)


def test_it_learns_the_mean_and_takes_it_off() -> None:
    torch.manual_seed(0)
    centre, vectors = Centre(6, momentum=0.1), unit(500, 6)
    for _ in range(200):
        centre(vectors)
    torch.testing.assert_close(centre.mean, vectors.mean(dim=0), atol=1e-4, rtol=0)
    centre.eval()
    expected = torch.stack([(row - vectors.mean(dim=0)) / (row - vectors.mean(dim=0)).norm() for row in vectors])
    torch.testing.assert_close(centre(vectors), expected, atol=1e-3, rtol=0)


def test_in_use_a_vector_does_not_depend_on_its_neighbours() -> None:
    centre, vectors = Centre(4).eval(), unit(9, 4)
    torch.testing.assert_close(centre(vectors)[3:4], centre(vectors[3:4]))
    assert not centre.mean.any()


def test_a_hub_is_no_longer_near_to_everyone() -> None:
    """Sentences lie around a direction of their own; a picture in that direction beats the right ones until it goes."""
    torch.manual_seed(1)
    right = nn.functional.normalize(torch.randn(40, 16), dim=1)
    common = nn.functional.normalize(torch.randn(1, 16), dim=1)
    sentences = nn.functional.normalize(right + 2 * common, dim=1)
    pictures = torch.cat([nn.functional.normalize(right + 0.1 * torch.randn(40, 16), dim=1), common])
    assert ((sentences @ pictures.T).argmax(dim=1) == 40).float().mean() > 0.9
    centre = Centre(16, momentum=1.0)
    centre(sentences)
    found = (centre.eval()(sentences) @ pictures.T).argmax(dim=1)
    assert (found == torch.arange(40)).float().mean() > 0.9


@pytest.mark.parametrize("centred", [False, True])
def test_both_halves_weigh_the_same(centred: bool) -> None:
    halves = Halves(7, 3, centred)
    for _ in range(20):
        halves(torch.randn(8, 7) + 1, torch.randn(8, 3) + 1)
    vectors = halves.eval()(torch.randn(5, 7) * 9, torch.randn(5, 3))
    torch.testing.assert_close(vectors[:, :7].norm(dim=1), torch.full((5,), 0.5**0.5))
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(5))


def test_weights_from_before_have_no_centre_and_still_load() -> None:
    plain = CrossModalNetwork(24, 8, 5, {"bands": 2, "reduce": 8, "width": 16}, {"word_dim": 10, "width": 16})
    assert not [name for name in plain.state_dict() if name.endswith(".mean")]
    centred = CrossModalNetwork(
        24, 8, 5, {"bands": 2, "reduce": 8, "width": 16}, {"word_dim": 10, "width": 16}, centred=True
    )
    means = [name for name in centred.state_dict() if name.endswith(".mean")]
    assert sorted(means) == [
        "image.halves.attributes.mean",
        "image.halves.meaning.mean",
        "text.halves.attributes.mean",
        "text.halves.meaning.mean",
    ]
