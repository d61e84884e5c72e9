"""kill -9 at any moment leaves a sound gallery, and what comes after makes it the same as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from storage_child import BATCHES, NAMES, everything, little
from storage_samples import content, info

from pipeline.gallery import Gallery

KILLS = 18


def _run(what: str, gallery: Path, *numbers: int) -> Any:
    """What a script of processes that get killed has to say."""
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(here / "storage_child.py"), what, str(gallery), *map(str, numbers)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a gallery holds after an ingest that nobody killed."""
    path = tmp_path_factory.mktemp("undisturbed") / "g"
    everything(path)
    with Gallery.open(path) as gallery:
        assert gallery.count() == 2 * BATCHES * len(NAMES)
        return content(gallery)


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    outcome = _run("kills", tmp_path / "g", KILLS, 7)
    assert outcome["endings"] == [-signal.SIGKILL] * KILLS
    assert outcome["wrong"] == []
    assert outcome["last"] == 0
    with Gallery.open(tmp_path / "g") as gallery:
        assert gallery.verify() == []
        assert content(gallery) == undisturbed
        assert sorted(path.name for path in (gallery.path / "media").iterdir()) == sorted(undisturbed)
        assert not list(gallery.path.rglob("*.part"))


@pytest.mark.slow
def test_kills_at_the_moments_that_matter(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    little(tmp_path / "right")
    with Gallery.open(tmp_path / "right") as gallery:
        right = content(gallery)
    outcome = _run("points", tmp_path / "all")
    assert len(outcome) == 16
    for number, (point, (prepared, died, wrong, last, at_the_end)) in enumerate(outcome.items()):
        assert (point, prepared, died) == (point, 0, -signal.SIGKILL)
        assert (point, wrong, last, at_the_end) == (point, [], 0, [])
        with Gallery.open(tmp_path / "all" / str(number)) as gallery:
            held = content(gallery)
            hall = held.pop(info("hall").sha256, None)
            assert held == right, point
            assert (hall is not None) == any(word in point for word in ("remove", "rewrit", "ends it", "over"))


@pytest.mark.slow
def test_two_search_while_one_writes_and_another_is_refused(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    outcome = _run("crowd", tmp_path / "g")
    assert outcome["codes"] == [0, 0, 0]
    for sizes in outcome["sizes"]:
        assert sizes == sorted(sizes)
        assert sizes[-1] == 2 * BATCHES * len(NAMES)
        assert len(set(sizes)) > 3  # they saw it grow
    assert f"process {outcome['writer']} on" in outcome["busy"]
    with Gallery.open(tmp_path / "g") as gallery:
        assert gallery.verify() == []
        assert content(gallery) == undisturbed
