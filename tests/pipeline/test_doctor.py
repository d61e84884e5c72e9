import json
import shutil
import sys
from pathlib import Path

import pytest
from street_cli import filled

from pipeline.cli import checks, main
from pipeline.cli.checks import foreign_packages
from pipeline.config import Settings, load_settings


@pytest.fixture(autouse=True)
def _own_gallery(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REIDPIPE_GALLERY", str(tmp_path / "gallery"))


def states(found: object) -> dict[str, str]:
    return {check.name: check.state for check in found}  # type: ignore[attr-defined]


def test_all_is_well_here(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [check for check in found if check["state"] == "wrong"] == []
    assert code == 0
    assert {check["section"] for check in found} == {
        "versions", "packages", "runtimes", "weights", "folders", "gallery",
    }  # fmt: skip
    assert {"torch", "openvino", "faiss-cpu", "appearance", "language", "yolo26n"} <= {check["name"] for check in found}


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "weights\n" in out
    assert "none yet at" in out
    assert out.endswith("all is well\n")


def test_a_sound_and_a_damaged_gallery(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gallery = filled(tmp_path)
    settings = load_settings(None, {"gallery": gallery})
    found = list(checks.gallery(settings))
    assert states(found) == {
        "folder": "ok", "integrity": "ok", "footage": "ok", "cameras": "ok",
        "appearance space": "ok", "language space": "ok",
    }  # fmt: skip
    next((gallery / "media").rglob("*.jpg")).unlink()
    capsys.readouterr()
    assert main(["doctor", "--gallery", str(gallery)]) == 1
    out, err = capsys.readouterr()
    assert "!! integrity" in out
    assert "checks failed" in err


def test_a_gallery_that_is_no_gallery(tmp_path: Path) -> None:
    (tmp_path / "gallery").write_text("a file")
    assert states(checks.gallery(Settings())) == {"folder": "wrong"}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The detectors' weights, small and somewhere else, to be damaged."""
    package = tmp_path / "site" / "pipeline" / "cli"
    weights = tmp_path / "site" / "detectors" / "weights"
    weights.mkdir(parents=True)
    monkeypatch.setattr(checks, "__file__", str(package / "checks.py"))
    (weights / "small.pt").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (weights / "small.json").write_text(json.dumps({"sha256": digest}))
    return weights


def test_weights_against_their_cards(copied: Path) -> None:
    assert states(checks.weights(Settings()))["small"] == "ok"
    (copied / "small.pt").write_bytes(b"abd")
    damaged = next(check for check in checks.weights(Settings()) if check.name == "small")
    assert damaged.state == "wrong"
    assert "is damaged (checksum)" in damaged.detail
    (copied / "small.pt").unlink()
    assert "is missing" in next(check for check in checks.weights(Settings()) if check.name == "small").detail


@pytest.mark.usefixtures("copied")
def test_a_checkpoint_of_the_settings_is_checked(tmp_path: Path) -> None:
    settings = load_settings(None, {"encoders": {"appearance": tmp_path}})
    assert states(checks.weights(settings))["appearance"] == "wrong"


def test_nobody_else_has_our_names() -> None:
    assert foreign_packages() == []


def test_another_distribution_with_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"pipeline": ["reidpipe", "data-pipeline"], "reid": ["reidpipe"]}
    monkeypatch.setattr(checks.metadata, "packages_distributions", lambda: owners)
    (line,) = foreign_packages()
    assert line.startswith("package data-pipeline also installs a module 'pipeline': pip uninstall data-pipeline")
    assert states(checks.packages()) == {"names": "wrong"}


def test_a_folder_that_stands_in_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reid").mkdir()
    (tmp_path / "reid" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "reid"]:
        monkeypatch.delitem(sys.modules, name)
    (line,) = foreign_packages()
    assert line.startswith(f"module 'reid' comes from {tmp_path / 'reid'} and not from")


def test_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks.metadata.version

    def version(name: str) -> str:
        if name in ("av", "faiss-cpu"):
            raise checks.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(checks.metadata, "version", version)
    found = {check.name: check for check in checks.versions()}
    assert found["av"].state == "wrong"
    assert "pip install av" in found["av"].detail
    assert found["faiss-cpu"].state == "ok"  # the module is there, from another build of it


def test_a_check_that_breaks_is_itself_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("libopenvino.so: cannot open shared object file")

    monkeypatch.setattr(checks, "runtimes", broken)
    monkeypatch.setattr(checks, "weights", lambda _: iter(()))
    found = [check for check in checks.examine(Settings()) if check.state == "wrong"]
    assert [(check.name, "libopenvino.so" in check.detail) for check in found] == [("runtimes", True)]


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    assert "made when it is needed" in next(checks.folders()).detail
    (tmp_path / "cache").mkdir()
    shutil.copy(__file__, tmp_path / "cache" / "file")
    assert next(checks.folders()).state == "ok"
    monkeypatch.setattr("os.access", lambda *_: False)
    assert next(checks.folders()).state == "note"
