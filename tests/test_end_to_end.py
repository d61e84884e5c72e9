"""The real command line on the sample footage, with the real networks, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import platformdirs
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
COMMAND = [sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main())"]
Run = Callable[..., subprocess.CompletedProcess[str]]


def runner(home: Path, gallery: Path) -> Run:
    """Runs reidpipe as a user with an empty home; converted networks may come from the cache of this machine."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("YOLO_", "REIDPIPE_", "XDG_"))},
        "HOME": str(home),
        "XDG_CACHE_HOME": str(platformdirs.user_cache_path("reidpipe").parent),
        "REIDPIPE_GALLERY": str(gallery),
        "PYTHONPATH": str(ROOT),
    }

    def run(*arguments: object, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env={**environment, **more}, cwd=home)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two clips and a file that is none."""
    folder = tmp_path_factory.mktemp("footage")
    for clip in SAMPLES.glob("*.mp4"):
        shutil.copy(clip, folder)
    (folder / "broken.mp4").write_bytes((folder / "plaza_north.mp4").read_bytes()[:20_000])
    return folder


@pytest.fixture(scope="module")
def ingested(home: Path, footage: Path) -> tuple[Run, dict[str, Any]]:
    run = runner(home, home / "gallery")
    done = run("ingest", footage, "--json", "--started-at", "2025-05-01T14:30:00", code=3)
    return run, {"out": done.stdout, "err": done.stderr}


@pytest.fixture
def run(ingested: tuple[Run, dict[str, Any]]) -> Run:
    return ingested[0]


def test_good_files_are_in_and_the_bad_one_is_told(ingested: tuple[Run, dict[str, Any]]) -> None:
    outcome = {Path(o["path"]).name: o for o in json.loads(ingested[1]["out"])["footage"]}
    assert outcome["broken.mp4"]["status"] == "failed"
    for clip in ("plaza_north.mp4", "plaza_south.mp4"):
        told = outcome[clip]
        assert (told["status"], told["frames_decoded"], told["frames_sampled"]) == ("added", 750, 150)
        assert told["camera"] == Path(clip).stem
        assert told["tracklets"] >= 8


def test_nobody_else_speaks_and_nothing_is_left_at_home(ingested: tuple[Run, dict[str, Any]], home: Path) -> None:
    ours = ("[", "plaza_", "failed: ")
    assert all(line.startswith(ours) for line in ingested[1]["err"].splitlines()), ingested[1]["err"]
    assert {path.name for path in home.iterdir()} <= {"gallery"}
    assert (home / "gallery").stat().st_mode & 0o777 == 0o700


def hits(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return list(json.loads(done.stdout)["hits"])


def test_words_find_the_red_coat(run: Run) -> None:
    first = hits(run("query", "a woman in a red coat and black trousers", "--json"))[0]
    crop = cv2.imread(first["crop"])
    assert crop is not None
    chest = crop[crop.shape[0] // 4 : crop.shape[0] // 2, crop.shape[1] // 3 : -crop.shape[1] // 3]
    blue, green, red = chest.reshape(-1, 3).mean(axis=0)
    assert red > 1.8 * max(green, blue)
    assert 0 < first["probability"] < 1


def test_each_probe_finds_its_person_before_the_other_camera(run: Run) -> None:
    truth = json.loads((SAMPLES / "truth.json").read_text())
    people = {person["id"]: person["tracks"] for person in truth["identities"]}
    for probe in truth["probes"]:
        other = next(c["name"] for c in truth["cameras"] if c["name"] != probe["camera"])
        found = hits(run("query", "--image", SAMPLES / probe["file"], "--camera", other, "--top", 2, "--json"))
        tracks = {int(row[0]): row[2:6] for row in people[probe["id"]][other]}
        assert any(overlap(hit["box"], tracks.get(hit["frame_index"])) > 0.4 for hit in found)


def overlap(a: list[float], b: list[float] | None) -> float:
    if b is None:
        return 0.0
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def test_every_hit_s_box_shows_its_crop_in_that_very_frame(run: Run) -> None:
    found = hits(run("query", "person", "--top", 100, "--min-probability", 0, "--json"))
    assert len(found) >= 16
    frames: dict[tuple[str, int], tuple[float, np.ndarray]] = {}
    for clip in {hit["footage"] for hit in found}:
        wanted = {hit["frame_index"] for hit in found if hit["footage"] == clip}
        with av.open(clip) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if index in wanted:
                    frames[clip, index] = float(frame.time), frame.to_ndarray(format="bgr24")
    for hit in found:
        time_s, frame = frames[hit["footage"], hit["frame_index"]]
        assert hit["time_s"] == pytest.approx(time_s, abs=0.002)
        x1, y1, x2, y2 = (round(v) for v in hit["box"])
        stored = cv2.imread(hit["crop"])
        there = cv2.resize(frame[max(y1, 0) : y2, max(x1, 0) : x2], stored.shape[1::-1])  # type: ignore[union-attr]
        assert np.abs(there.astype(int) - stored).mean() < 10


def test_words_and_picture_with_a_report(run: Run, home: Path, tmp_path: Path) -> None:
    report = tmp_path / "answer.html"
    arguments = ["query", "woman", "in", "a", "red", "coat", "--image", SAMPLES / "probe_red_coat.jpg"]
    done = run(*arguments, "--top", 3, "--report", report)
    rows = [line for line in done.stdout.splitlines() if ".mp4" in line]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    text = report.read_text(encoding="utf-8")
    assert text.count("<video") == text.count('type="video/mp4"') == 3
    assert "2025-05-01 14:30" in text


def test_the_same_bytes_again_do_nothing(run: Run, footage: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(footage / "plaza_south.mp4", tmp_path / "renamed.mp4"))
    before = json.loads(run("footage", "list", "--json").stdout)
    done = run("ingest", copy, "--json")
    assert json.loads(done.stdout)["footage"][0]["status"] == "already there"
    assert json.loads(run("footage", "list", "--json").stdout) == before


def test_the_doctor_finds_all_well(run: Run) -> None:
    found = json.loads(run("doctor", "--json").stdout)
    assert [check for check in found if check["state"] == "wrong"] == []
    assert any(check["name"] == "integrity" and check["state"] == "ok" for check in found)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ingest", "{footage}/broken.mp4"], 3, "broken.mp4"),
        (["ingest", "{footage}", "--detector", "nowhere.pt"], 6, "nowhere.pt"),
        (["ingest", "{footage}", "--tracker", "wombat"], 2, "tracker 'wombat' is unknown"),
        (["query", "xyzzyq", "qwrtpl"], 4, "no known word in the query"),
        (["query", "красное пальто"], 4, "only English and Chinese"),
        (["query", "--image", "{footage}/broken.mp4"], 4, "is not a picture"),
        (["query", "red", "--encoder", "{footage}"], 6, "no checkpoint"),
    ],
)
def test_bad_input(run: Run, footage: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(*(argument.replace("{footage}", str(footage)) for argument in arguments), code=code)
    assert message in done.stderr


def test_removed_footage_is_found_no_more(home: Path, run: Run, tmp_path: Path) -> None:
    mine = shutil.copytree(home / "gallery", tmp_path / "gallery")
    run("footage", "remove", "plaza_north.mp4", "--yes", "--gallery", mine)
    found = hits(run("query", "person", "--top", 100, "--min-probability", 0, "--json", "--gallery", mine))
    assert {hit["camera"] for hit in found} == {"plaza_south"}
    assert len(json.loads(run("footage", "list", "--json").stdout)) == 2
