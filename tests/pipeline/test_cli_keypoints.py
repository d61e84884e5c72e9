"""`reidpipe keypoints` with a pose estimator that knows where everybody is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from detectors.types import Keypoints
from pipeline.cli import main
from pipeline.cli.keypoints import keypoints
from pipeline.errors import ConfigError, ModelError
from reid.data import datasets
from reid.data.keypoints import KeypointStore


class Pose:
    """Sees a body in bright pictures only, with its 17 points on one line, and counts what it was asked."""

    fingerprint = "fake"

    def __init__(self) -> None:
        self.asked = 0

    def estimate(self, crops):
        self.asked += len(crops)
        xy, sure = np.zeros((len(crops), 17, 2), np.float32), np.zeros((len(crops), 17), np.float32)
        for row, crop in enumerate(crops):
            if crop.mean() > 100:
                xy[row, :, 0] = crop.shape[1] / 2
                xy[row, :, 1] = np.linspace(0, crop.shape[0], 17)
                sure[row] = 0.9
        return Keypoints(xy, sure)


@pytest.fixture
def pose(monkeypatch):
    made = Pose()
    monkeypatch.setattr("detectors.registry.open_pose", lambda name, *, runtime: made)
    return made


@pytest.fixture
def market(tmp_path):
    for folder, count in (("bounding_box_train", 3), ("query", 2)):
        (tmp_path / "m" / folder).mkdir(parents=True)
        for number in range(count):
            picture = np.full((100 + number, 50, 3), 50 if number == 1 else 200, np.uint8)
            cv2.imwrite(str(tmp_path / "m" / folder / f"000{number}_c1s1_00000{number}_01.jpg"), picture)
    return tmp_path / "m"


def run(*arguments):
    return CliRunner().invoke(keypoints, [str(argument) for argument in arguments], standalone_mode=False)


def test_keypoints_and_heights_are_kept_for_every_picture(pose, market, tmp_path):
    result = run(f"market1501:{market}", "--out", tmp_path / "k.npz")
    assert result.exception is None
    assert "2 of 3 pictures show a body" in result.stdout
    samples = datasets.load("market1501", market, "train")
    store = KeypointStore.load(tmp_path / "k.npz")
    assert store.heights_of(samples).tolist() == [100, 101, 102]
    found = store.of(samples)
    assert found[2, :, 1] == pytest.approx(np.linspace(0, 102, 17))
    assert found[:, 0, 2].tolist() == pytest.approx([0.9, 0, 0.9])


def test_splits_come_together_in_one_file_and_what_is_known_is_not_looked_at_again(pose, market, tmp_path):
    out = tmp_path / "k.npz"
    run(f"market1501:{market}", "--out", out)
    result = run(f"market1501:{market}", "--split", "train", "--split", "query", "--out", out)
    assert result.exception is None
    assert pose.asked == 5
    assert len(KeypointStore.load(out)) == 5
    assert "3 of 5 pictures show a body; 5 pictures in" in result.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("data", "said"), [("market1501", "expected NAME:PATH"), ("marked:x", "unknown data set"), ("viper:x", "viper")]
)
def test_mistakes_are_told(pose, tmp_path, data, said):
    result = run(data, "--out", tmp_path / "k.npz")
    assert isinstance(result.exception, ConfigError)
    assert said in str(result.exception)
    assert not (tmp_path / "k.npz").exists()


def test_a_file_of_something_else_is_not_overwritten(pose, market, tmp_path):
    (tmp_path / "k.npz").write_text("my diary")
    result = run(f"market1501:{market}", "--out", tmp_path / "k.npz")
    assert isinstance(result.exception, ConfigError)
    assert (tmp_path / "k.npz").read_text() == "my diary"


def test_a_pose_network_that_does_not_exist_is_told(market, tmp_path):
    result = run(f"market1501:{market}", "--out", tmp_path / "k.npz", "--pose", "no-such-weights.pt")
    assert isinstance(result.exception, ModelError)


def test_the_command_is_in_the_table(capsys):
    assert main(["keypoints", "--help"]) == 0
    assert "strip_lstm_aligned" in capsys.readouterr().out
