import json
import os
import re
import signal
from pathlib import Path

import pytest
from footage_factory import plain, regular, write_video
from ingest_parts import BlobDetector, film_street
from rich.console import Console
from rich.progress import Progress
from street_cli import film, with_small_parts

from pipeline import assemble
from pipeline.cli import main
from pipeline.cli.render_ingest import BarDisplay, PlainDisplay, left_s, told
from pipeline.gallery import Gallery
from pipeline.ingest_report import Progress as Step
from pipeline.video import probe


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return with_small_parts(monkeypatch)


@pytest.fixture(autouse=True)
def _own_gallery(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REIDPIPE_GALLERY", str(tmp_path / "gallery"))


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("street"))


@pytest.mark.usefixtures("opened")
def test_a_table_and_a_gallery(street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", str(street), "--camera", "corner"]) == 0
    out, err = capsys.readouterr()
    with Gallery.open(tmp_path / "gallery") as gallery:
        people = gallery.count()
        assert gallery.cameras() == ["corner"]
    row = next(line for line in out.splitlines() if "street.mp4" in line).split()
    assert row[:4] == ["street.mp4", "corner", "added", str(people)]
    assert f"1 in the gallery; {people} people; {tmp_path / 'gallery'}" in out
    assert err.startswith("[1/1] street.mp4: camera corner, 20 s\n")
    assert re.search(rf"street.mp4: {people} people in 20 s of footage, 100 frames looked at in .*x real time", err)


def test_one_bad_file_does_not_stop_the_others(
    opened: list[str], street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    assert main(["ingest", str(bad), str(tmp_path / "gone.mp4"), str(street), "--json"]) == 3
    out, err = capsys.readouterr()
    told_by = {Path(o["path"]).name: o for o in json.loads(out)["footage"]}
    assert told_by["bad.mp4"]["status"] == told_by["gone.mp4"]["status"] == "failed"
    assert "is not a video" in told_by["bad.mp4"]["error"]
    assert told_by["street.mp4"]["status"] == "added"
    assert told_by["street.mp4"]["tracklets"] > 4
    assert told_by["street.mp4"]["camera"] == "street"
    assert err.count("failed: ") == 2
    assert opened.count("detector") == 1


def test_nothing_is_made_or_loaded_for_bad_files_alone(
    opened: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["ingest", str(tmp_path / "empty"), str(tmp_path / "gone.mp4")]) == 3
    assert opened == []
    assert not (tmp_path / "gallery").exists()
    assert "no video file in this folder" in capsys.readouterr().err


@pytest.mark.usefixtures("opened")
def test_the_same_bytes_again(street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", str(street), "--json"]) == 0
    again = tmp_path / "renamed.mp4"
    again.write_bytes(street.read_bytes())
    capsys.readouterr()
    assert main(["ingest", str(again)]) == 0
    out, err = capsys.readouterr()
    assert "already there" in out
    assert "renamed.mp4: the same bytes are there already" in err


@pytest.mark.usefixtures("opened")
def test_ctrl_c_saves_and_the_same_command_goes_on(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Pressed(BlobDetector):
        def detect(self, images):  # type: ignore[no-untyped-def]
            if self.frames == 24:
                os.kill(os.getpid(), signal.SIGINT)
            return super().detect(images)

    more = film_street(tmp_path / "more.mp4", fps=2.0)
    with monkeypatch.context() as patch:
        patch.setattr(assemble, "build_detector", lambda _: Pressed())
        assert main(["ingest", str(street), str(more)]) == 130
    err = capsys.readouterr().err
    assert "error: street.mp4: stopped at" in err
    assert "run the same command again to go on" in err
    with Gallery.open(tmp_path / "gallery") as gallery:
        (record,) = gallery.footage()
        assert not record.complete
        assert 24 < record.frames_done <= 40
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert main(["ingest", str(street), str(more)]) == 0
    out, err = capsys.readouterr()
    assert "resumed" in out
    assert "went on from" in err


@pytest.mark.usefixtures("opened")
def test_an_odd_fault_of_one_file_costs_only_that_file(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Trips(BlobDetector):
        def detect(self, images):  # type: ignore[no-untyped-def]
            if images[0].shape[0] == 64:
                raise ZeroDivisionError("odd")
            return super().detect(images)

    monkeypatch.delenv("REIDPIPE_DEBUG", raising=False)
    monkeypatch.setattr(assemble, "build_detector", lambda _: Trips())
    odd = write_video(tmp_path / "odd.mp4", regular(5, 10), lambda _: plain(64, 64))
    assert main(["ingest", str(odd), str(street)]) == 3
    out, err = capsys.readouterr()
    assert "odd.mp4: unexpected ZeroDivisionError: odd" in err
    assert "1 in the gallery, 1 failed" in out


@pytest.mark.usefixtures("opened")
def test_a_gallery_that_somebody_writes_to(street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Gallery.open(tmp_path / "gallery", create=True) as other, other.writer():
        assert main(["ingest", str(street)]) == 5
    assert "is being written to by another process" in capsys.readouterr().err
    assert main(["ingest", str(street), "--wait", "5", "--json"]) == 0


@pytest.mark.usefixtures("opened")
def test_a_read_only_gallery(street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Closed(Gallery):
        @classmethod
        def open(cls, path, *, create=False, read_only=False):  # type: ignore[no-untyped-def]
            Gallery.open(path, create=True).close()
            return Gallery.open(path, read_only=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.gallery.Gallery", Closed)
        assert main(["ingest", str(street)]) == 5
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fps", "0"], "options: sampling.fps: input should be greater than 0"),
        (["--confidence", "1.5"], "options: detector.confidence: input should be less than 1"),
        (["--started-at", "yesterday"], "--started-at: 'yesterday' is no date and time"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: no such configuration file"),
    ],
)
def test_wrong_options(street: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", str(street), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_encoders_are_told_apart_by_their_cards(
    street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["ingest", str(street), "--encoder", str(tmp_path)]) == 6
    assert "--encoder: no checkpoint at" in capsys.readouterr().err
    seen = []
    monkeypatch.setattr(assemble, "build_ingestor", lambda settings, _: seen.append(settings.encoders) or 1 / 0)
    for kind in ("appearance", "language"):
        (tmp_path / kind).mkdir()
        card = {"kind": kind, "network": {}, "preprocess": {}, "files": {}}
        (tmp_path / kind / "card.json").write_text(json.dumps(card))
    both = [f"--encoder={tmp_path / 'language'}", f"--encoder={tmp_path / 'appearance'}"]
    assert main(["ingest", str(street), *both]) == 3
    assert (seen[0].appearance, seen[0].language) == (tmp_path / "appearance", tmp_path / "language")
    assert main(["ingest", str(street), both[0], both[0]]) == 2
    assert "are both for language" in capsys.readouterr().err


def test_a_step_in_words() -> None:
    step = Step(60, 12.0, 40.0, 5, 2.0, False)
    assert told(step) == "60 frames, 2.0x real time, 5 people, 14 s left"
    assert left_s(Step(60, 12.0, None, 1, 2.0, False)) is None
    assert told(Step(60, 12.0, None, 1, 2.0, False)) == "60 frames, 2.0x real time, 1 person"
    assert "going through what was done before" in told(Step(60, 12.0, 40.0, 5, 2.0, True))


def test_a_line_now_and_then(street: Path) -> None:
    console = Console(record=True, width=200, quiet=False, file=Path(os.devnull).open("w"))  # noqa: SIM115
    display = PlainDisplay(console, every_s=0.0)
    display.begin(probe(street), 1, 2)
    display.progress(Step(60, 12.0, 20.0, 5, 2.0, False))
    display.failed(None)
    display.failed("x.mp4: is not a video")
    assert console.export_text() == (
        "[1/2] street.mp4: camera street, 20 s\n"
        "street.mp4: 00:12 of 00:20, 60 frames, 2.0x real time, 5 people, 4 s left\n"
        "failed: x.mp4: is not a video\n"
    )


def test_the_bar(street: Path) -> None:
    console = Console(record=True, width=160, force_terminal=True, file=Path(os.devnull).open("w"))  # noqa: SIM115
    bars = Progress(console=console, auto_refresh=False)
    display = BarDisplay(bars)
    display.preparing()
    assert bars.tasks[0].total is None
    display.begin(probe(street), 1, 2)
    display.progress(Step(60, 12.0, 20.0, 5, 2.0, False))
    (task,) = bars.tasks
    assert task.description == "[1/2] street.mp4"
    assert task.percentage == pytest.approx(60, abs=1)
    assert task.fields["told"].startswith("60 frames, 2.0x")
    display.stopping()
    assert "Ctrl-C again" in bars.tasks[0].description
    display.failed("x.mp4: is not a video")
    assert bars.tasks == []
    assert "failed x.mp4: is not a video" in console.export_text()
