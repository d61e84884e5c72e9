from pathlib import Path

import pytest
import yaml

from pipeline import config
from pipeline.config import Settings, config_folder, default_gallery, find_config, load_settings
from pipeline.errors import ConfigError


def test_the_shipped_file_says_what_the_code_does() -> None:
    written = yaml.safe_load((config_folder() / "default.yaml").read_text())
    assert written == Settings().model_dump(mode="json")
    assert load_settings(Path("default")) == load_settings(None) == Settings()


def test_file_over_defaults_and_options_over_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("sampling: {fps: 10}\ndetector: {confidence: 0.4, batch: 2}\n")
    settings = load_settings(file, {"detector": {"confidence": 0.6, "name": None}, "gallery": None})
    assert settings.sampling.fps == 10
    assert (settings.detector.confidence, settings.detector.batch, settings.detector.name) == (0.6, 2, "yolo26n")


def test_an_empty_file_and_an_empty_section_mean_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("# nothing\n")
    assert load_settings(file) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sampling: {fsp: 3}", "unknown setting 'sampling.fsp'; did you mean 'sampling.fps'?"),
        ("fps: 3", "unknown setting 'fps'; did you mean 'sampling.fps'?"),
        ("detectr: {name: x}", "unknown setting 'detectr'; did you mean 'detector.name'?"),
        ("encoders: {runtimes: torch}", "unknown setting 'encoders.runtimes'; did you mean 'encoders.runtime'?"),
        ("wombat: 1", "known settings: crops.min_height_px"),
        ("sampling: {fps: 0}", "sampling.fps: input should be greater than 0, got 0"),
        ("sampling: {fps: .inf}", "sampling.fps"),
        ("sampling: {fps: fast}", "sampling.fps: input should be a valid number"),
        ("sampling: 5", "sampling: input should be a valid dictionary"),
        ("detector: {confidence: 1.5}", "detector.confidence: input should be less than 1, got 1.5"),
        ("detector: {imgsz: 641}", "detector.imgsz: input should be a multiple of 32, got 641"),
        ("crops: {per_tracklet: 0}", "crops.per_tracklet"),
        ("encoders: {align: hips}", "encoders.align: input should be 'none' or 'pose', got 'hips'"),
        ("- a list", "expected sections such as 'sampling:', got list"),
        ("a: [", "not valid YAML in line 1"),
        ("a: \x07", "not valid YAML"),
    ],
)
def test_mistakes_are_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    told = str(caught.value)
    assert message in told
    assert told.startswith(str(file))
    assert "\n" not in told


def test_a_wrong_option_is_not_blamed_on_the_file() -> None:
    with pytest.raises(ConfigError, match=r"^options: sampling\.fps: input should be greater than 0, got -1"):
        load_settings(Path("default"), {"sampling": {"fps": -1.0}})


def test_a_missing_file_names_those_that_ship(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such configuration file; those that ship.*default"):
        load_settings(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="no such configuration file"):
        find_config("nowhere")


def test_a_binary_file_is_no_configuration(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(file)


def test_a_wheel_keeps_its_files_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "__file__", str(tmp_path / "pipeline" / "config.py"))
    assert config_folder() == tmp_path / "configs"
    (tmp_path / "pipeline" / "configs").mkdir(parents=True)
    assert config_folder() == tmp_path / "pipeline" / "configs"


def test_where_the_gallery_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REIDPIPE_GALLERY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_gallery().name == "gallery"
    assert "reidpipe" in default_gallery().parts
    monkeypatch.setenv("REIDPIPE_GALLERY", "~/people")
    assert default_gallery() == Path.home() / "people"
    assert Settings().gallery_path == Path.home() / "people"
    assert load_settings(None, {"gallery": "~/other"}).gallery_path == Path.home() / "other"
    assert load_settings(None, {"gallery": "here"}).gallery_path == Path.cwd() / "here"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().sampling.fps = 3  # type: ignore[misc]
