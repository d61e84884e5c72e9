"""`reidpipe calibrate` with the encoder that ships, on drawn people in the layout of PETA."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.cli import main
from reid.checkpoint import read_card, space_digest
from reid.evaluation.background import CARD_KEY, from_card
from reid.registry import default_weights, open_encoder


def picture(path: Path, who: np.random.Generator, noise: np.random.Generator) -> None:
    """Somebody in two colours of their own, before a noisy wall."""
    upper, lower = who.integers(0, 255, (2, 3))
    image = noise.integers(60, 180, (64, 32, 3)).astype(np.float64)
    image[12:34, 6:26], image[34:62, 8:24], image[3:12, 12:20] = upper, lower, (90, 120, 190)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.clip(image + noise.normal(0, 25, image.shape), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def peta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root, noise = tmp_path_factory.mktemp("peta"), np.random.default_rng(0)
    for subset, people, pictures in (("i-LID", 16, 3), ("3DPeS", 16, 3), ("CAVIAR4REID", 16, 3), ("SARC3D", 6, 1)):
        for number in range(1, people + 1):
            for view in range(pictures):
                name = root / subset / "archive" / f"{number:04d}_{view:03d}.png"
                picture(name, np.random.default_rng((len(subset), ord(subset[0]), number)), noise)
    for subset in ("MIT", "CUHK"):
        for number in range(4):
            picture(root / subset / "archive" / f"{number:04d}.png", np.random.default_rng((7, number)), noise)
    return root


@pytest.mark.slow
def test_a_checkpoint_is_calibrated_and_its_space_stays(
    peta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(default_weights("appearance"), folder)
    card = json.loads((folder / "card.json").read_text())
    old = space_digest(card)
    del card[CARD_KEY]
    (folder / "card.json").write_text(json.dumps(card))
    assert main(["calibrate", str(folder), "--data", f"peta:{peta}", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert CARD_KEY not in read_card(folder)
    assert main(["calibrate", str(folder), "--data", f"peta:{peta}"]) == 0
    out, err = capsys.readouterr()
    assert "PETA, the other half of the people" in out
    assert "a hit counts as found from" in out
    assert f"written into {folder / 'card.json'}" in err
    fresh = read_card(folder)
    found = from_card(fresh)
    assert found is not None
    assert found.as_card() == told["calibration"]  # the same data and seed, the same numbers
    assert space_digest(fresh) == old
    assert open_encoder(folder).background_calibration == found  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{appearance}"], 2, "is calibrated with --data peta:PATH"),
        (["{appearance}", "--data", "peta"], 2, "expected NAME:PATH"),
        (["{appearance}", "--data", "peta:nowhere"], 2, "no such folder"),
        (["{language}", "--data", "peta:nowhere"], 2, "is calibrated with --captions NAME:JSON"),
        (["nowhere"], 6, "no checkpoint at nowhere"),
    ],
)
def test_what_is_missing_is_named(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {f"{{{kind}}}": str(default_weights(kind)) for kind in ("appearance", "language")}
    assert main(["calibrate", *(places.get(each, each) for each in arguments)]) == code
    assert message in " ".join(capsys.readouterr().err.split())


def test_what_ships_is_calibrated() -> None:
    for kind, rivals in (("appearance", True), ("language", False)):
        found = from_card(read_card(default_weights(kind)))
        assert found is not None
        assert found.rivals is rivals
        assert 0.2 < found.found_at < 0.8
