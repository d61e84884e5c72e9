import subprocess
import sys
from pathlib import Path

import pytest

from detectors.types import Tracker
from pipeline import assemble
from pipeline.config import load_settings
from pipeline.errors import ConfigError, GalleryNotFound, ModelError
from pipeline.types import APPEARANCE, LANGUAGE


def test_an_unknown_detector_is_told_in_one_line(tmp_path: Path) -> None:
    settings = load_settings(None, {"detector": {"name": str(tmp_path / "none.pt")}})
    with pytest.raises(ModelError, match=r"^detector: .*none\.pt") as caught:
        assemble.build_detector(settings)
    assert "\n" not in str(caught.value)


def test_an_unknown_tracker_is_told_before_the_first_footage() -> None:
    settings = load_settings(None, {"tracker": {"name": "wombat"}})
    with pytest.raises(ConfigError, match=r"^tracker: tracker 'wombat' is unknown; use one of botsort, bytetrack"):
        assemble.build_make_tracker(settings)


def test_every_call_makes_a_new_tracker() -> None:
    make = assemble.build_make_tracker(load_settings())
    first, second = make(5.0), make(5.0)
    assert isinstance(first, Tracker)
    assert first is not second


@pytest.mark.parametrize("kind", [APPEARANCE, LANGUAGE])
def test_a_folder_without_a_checkpoint(tmp_path: Path, kind: str) -> None:
    settings = load_settings(None, {"encoders": {kind: tmp_path}})
    with pytest.raises(ModelError, match=f"^{kind} encoder: no checkpoint at {tmp_path}"):
        assemble.build_image_encoder(settings, kind)


def test_a_text_encoder_from_a_checkpoint_for_pictures() -> None:
    settings = load_settings(None, {"encoders": {LANGUAGE: assemble.encoder_folder(load_settings(), APPEARANCE)}})
    with pytest.raises(ModelError, match="understands no sentences"):
        assemble.build_text_encoder(settings)


def test_the_settings_folder_is_used() -> None:
    settings = load_settings(None, {"encoders": {"appearance": "mine"}})
    assert assemble.encoder_folder(settings, APPEARANCE) == Path("mine")
    assert assemble.encoder_folder(settings, LANGUAGE).parts[-3:] == ("reid", "weights", "language")


def test_no_pose_estimator_unless_asked_for() -> None:
    assert assemble.build_pose(load_settings()) is None


def test_a_gallery_that_is_not_there(tmp_path: Path) -> None:
    settings = load_settings(None, {"gallery": tmp_path / "none"})
    with pytest.raises(GalleryNotFound):
        assemble.build_gallery(settings)
    with assemble.build_gallery(settings, create=True) as opened:
        assert opened.path == tmp_path / "none"
        assert opened.path.stat().st_mode & 0o777 == 0o700


def test_no_more_is_opened_than_a_question_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(assemble, "build_text_encoder", lambda _: opened.append("text"))
    monkeypatch.setattr(assemble, "build_image_encoder", lambda _, kind: opened.append(kind))
    monkeypatch.setattr(assemble, "build_pose", lambda _: opened.append("pose"))
    gallery: object = object()
    assemble.build_searcher(load_settings(), gallery, words=True, pictures=False)  # type: ignore[arg-type]
    assert opened == ["text"]
    opened.clear()
    assemble.build_searcher(load_settings(), gallery, words=False, pictures=True)  # type: ignore[arg-type]
    assert opened == [APPEARANCE, "pose"]


def test_importing_it_loads_no_network() -> None:
    code = (
        "import sys, pipeline.assemble; "
        "heavy = ('torch', 'cv2', 'faiss', 'ultralytics', 'openvino', 'av', 'sqlalchemy'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
