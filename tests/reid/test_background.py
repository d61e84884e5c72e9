import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reid.checkpoint import CheckpointError, add_to_card, read_card, space_digest
from reid.evaluation.background import (
    CARD_KEY,
    FEW,
    Background,
    BackgroundCalibration,
    against,
    from_card,
    prior,
    sigmoid,
)

CALIBRATION = BackgroundCalibration(
    score=10.0, unusual=0.5, size=0.2, bias=-5.0, usual_median=0.3, usual_spread=0.1, expected=0.75, found_at=0.4,
    twin_score=20.0, twin_bias=-15.0,
)  # fmt: skip


def test_evidence_is_what_the_docstring_says() -> None:
    told = CALIBRATION.evidence(np.array([0.8, 0.2]), Background(0.1, 0.2, 50))
    expected = [10 * c + 0.5 * (c - 0.1) / 0.2 + 0.2 * math.log(50) - 5 for c in (0.8, 0.2)]
    assert told.tolist() == pytest.approx(expected)
    assert prior([CALIBRATION, replace(CALIBRATION, expected=1.25)], 100) == pytest.approx(math.log(1 / 100))


def test_the_background_of_a_gallery_is_robust_and_that_of_few_is_the_usual_one() -> None:
    strangers = np.linspace(0.0, 0.2, 1000)
    large = CALIBRATION.background(np.append(strangers, [0.99] * 20))
    assert large.median == pytest.approx(0.1, abs=0.01)
    assert large.spread == pytest.approx(1.4826 * 0.05, abs=0.003)
    assert large.size == 1020
    one = CALIBRATION.background(np.array([0.9]))
    assert one.median == pytest.approx((0.9 + FEW * 0.3) / (1 + FEW))
    assert one.spread == pytest.approx(FEW * 0.1 / (1 + FEW))
    assert CALIBRATION.background(strangers, 7).size == 7
    # a gallery of copies has no spread, and nothing is divided by it
    assert np.isfinite(CALIBRATION.evidence(np.ones(3), CALIBRATION.background(np.full(5000, 0.5)))).all()


def test_different_people_and_nobody_share_one_certainty() -> None:
    own = np.array([1.0, 0.5, -2.0])
    different = 1 - np.eye(3)
    told = sigmoid(against(own, own, different))
    nobody = 1 / (1 + np.exp(own).sum())
    assert told.sum() + nobody == pytest.approx(1)
    assert told.tolist() == pytest.approx((np.exp(own) * nobody).tolist())


def test_the_same_person_twice_does_not_speak_against_itself() -> None:
    vectors = np.array([[1.0, 0.0], [0.999, 0.045], [0.0, 1.0]], np.float32)
    different = CALIBRATION.different(vectors, vectors[:2])
    assert different.shape == (3, 2)
    assert different[0, 0] == different[1, 1] == 0
    assert different[0, 1] < 0.02
    assert different[2, 0] > 0.99
    own = np.array([3.0, 3.0, -5.0])
    assert sigmoid(against(own, own[:2], different))[:2].min() > 0.9
    assert not replace(CALIBRATION, twin_score=None, twin_bias=None).rivals


def test_a_card_remembers_and_its_space_does_not_change(tmp_path: Path) -> None:
    card = {"kind": "appearance", "network": {"name": "x"}, "preprocess": {}, "files": {}, "seed": 3}
    (tmp_path / "card.json").write_text(json.dumps(card))
    assert from_card(card) is None
    add_to_card(tmp_path, {CARD_KEY: CALIBRATION.as_card()})
    again = read_card(tmp_path)
    assert from_card(again) == CALIBRATION
    assert again["seed"] == 3
    assert space_digest(again) == space_digest(card)
    with pytest.raises(ValueError, match="network: not to be changed"):
        add_to_card(tmp_path, {"network": {}})


@pytest.mark.parametrize("entry", [[1.0, 2.0], {"score": 1.0}, {**CALIBRATION.as_card(), "score": "much"}])
def test_a_damaged_entry_is_named(entry: object) -> None:
    with pytest.raises(CheckpointError, match="background_calibration of the card"):
        from_card({CARD_KEY: entry})
