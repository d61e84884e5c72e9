import numpy as np
import pytest

from reid.data.attributes import COLOURS, INDEX, unknown
from reid.data.recolour import rarity, recoloured


def dressed(colour):
    row = unknown()
    row[[INDEX[f"upper_{name}"] for name in COLOURS]] = 0
    row[INDEX[f"upper_{colour}"]] = 1
    return row


def test_every_part_gets_one_colour_and_all_colours_are_as_frequent():
    labels = np.stack([dressed("black")] * 2200)
    result = recoloured(labels, np.random.default_rng(0))
    for part in ("upper", "lower", "shoes"):
        columns = [INDEX[f"{part}_{colour}"] for colour in COLOURS]
        assert (result[:, columns].sum(axis=1) == 1).all()
        assert result[:, columns].sum(axis=0) == pytest.approx(np.full(11, 200), abs=50)
    others = [i for name, i in INDEX.items() if name.split("_")[0] not in ("upper", "lower", "shoes")]
    assert (result[:, others] == labels[:, others]).all()
    assert (labels == np.stack([dressed("black")] * 2200)).all()


def test_rare_colours_are_drawn_more_often():
    weights = rarity(np.stack([dressed("black")] * 99 + [dressed("pink")]))
    assert weights.sum() == pytest.approx(1)
    assert weights[99] / weights[0] == pytest.approx(np.sqrt(100 / 2), rel=0.01)


def test_people_without_a_known_colour_are_drawn_too():
    assert (rarity(np.stack([unknown(), dressed("red")])) > 0).all()
