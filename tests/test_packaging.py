"""What is in the wheel, and that it works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("reidpipe-*.whl"))


def test_the_top_level_is_exactly_the_three_packages(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pipeline", "detectors", "reid"}


@pytest.mark.parametrize(
    "name",
    [
        "pipeline/configs/default.yaml",
        "pipeline/cli/report.html",
        "pipeline/migrations/versions/0001_first_tables.py",
        "detectors/weights/yolo26n.pt",
        "detectors/weights/yolo26n.json",
        "reid/weights/appearance/weights.safetensors",
        "reid/weights/appearance/card.json",
        "reid/weights/language/weights.safetensors",
        "reid/weights/language/words.txt",
        "reid/py.typed",
    ],
)
def test_what_is_needed_at_run_time_is_in_it(wheel: Path, name: str) -> None:
    assert name in zipfile.ZipFile(wheel).namelist()


def test_it_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import pipeline, sys; assert pipeline.__file__.startswith(sys.argv[1]), pipeline.__file__\n"
        "from pathlib import Path; from pipeline.config import load_settings\n"
        "settings = load_settings(None, {}); print(settings.sampling.fps)\n"
        "from reid import checkpoint, registry\n"
        "print([checkpoint.verify(registry.default_weights(kind)) for kind in ('appearance', 'language')])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "REIDPIPE_GALLERY": str(tmp_path / "g")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site")],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["5.0", "[None, None]"], done.stdout + done.stderr


def test_every_shipped_file_of_weights_is_small_enough() -> None:
    files = [p for folder in ("detectors", "reid") for p in (ROOT / folder / "weights").rglob("*") if p.is_file()]
    assert max(p.stat().st_size for p in files) < 20e6
    assert sum(p.stat().st_size for p in files) < 60e6
