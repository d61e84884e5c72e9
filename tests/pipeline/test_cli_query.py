import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from ingest_parts import street
from street_cli import filled, with_small_parts

from pipeline import assemble
from pipeline.cli import main
from pipeline.gallery import Gallery


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("query"))


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch, gallery: Path) -> list[str]:
    monkeypatch.setenv("REIDPIPE_GALLERY", str(gallery))
    return with_small_parts(monkeypatch)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """The red person among others, as a camera saw it."""
    path = tmp_path / "probe.png"
    cv2.imwrite(str(path), street(1.0)[:, :, ::-1])
    return path


def hits_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return list(json.loads(capsys.readouterr().out)["hits"])


def colour_of(hit: dict[str, object]) -> tuple[int, ...]:
    image = cv2.imread(str(hit["crop"]))
    assert image is not None
    return tuple(image[:, :, ::-1].reshape(-1, 3).mean(axis=0).astype(int).tolist())


def test_words_with_and_without_quotes(opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "person in a red coat and red trousers", "--json"]) == 0
    quoted = hits_of(capsys)
    assert main(["query", "person", "in", "a", "red", "coat", "and", "red", "trousers", "--json"]) == 0
    assert hits_of(capsys) == quoted
    red, green, blue = colour_of(quoted[0])
    assert red > 150
    assert max(green, blue) < 80
    assert set(opened) == {"text"}  # neither the detector nor the other encoder


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "blue", "--top", "3"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ["rank", "score", "probability", "camera", "seen", "wall", "clock", "footage", "tracklet"]
    assert [line[0] for line in lines[2:]] == ["1", "2", "3"]
    assert {"street", "street.mp4", "%", "2025-05-01"} <= set(lines[2])


def test_table_json_and_report_tell_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["query", "blue", "--json", "--report", str(tmp_path / "a.html")]) == 0
    out, err = capsys.readouterr()
    first = json.loads(out)["hits"][0]
    assert err == f"note: report written to {tmp_path / 'a.html'}\n"
    assert main(["query", "blue"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["1"])
    assert f"{first['score']:.3f}" in row
    assert row.split()[-1] == str(first["tracklet"])
    text = (tmp_path / "a.html").read_text()
    assert f"score {first['score']:.3f}" in text
    assert text.count("<video") == min(10, len(json.loads(out)["hits"]))


def test_a_picture(opened: list[str], picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Gallery.open(Path(os.environ["REIDPIPE_GALLERY"]), read_only=True) as held:
        crop = held.tracklets([1])[0].crops[0]
    box = ",".join(str(round(v)) for v in crop.box)
    copy = picture.with_name("scene.png")
    frame = street(crop.time_s)
    cv2.imwrite(str(copy), frame[:, :, ::-1])
    assert main(["query", "--image", str(copy), "--box", box, "--json"]) == 0
    assert hits_of(capsys)[0]["tracklet_id"] == 1
    assert set(opened) == {"appearance"}  # the box made the detector needless
    opened.clear()
    assert main(["query", "--image", str(picture), "--json"]) == 0
    assert set(opened) == {"detector", "appearance"}


def test_words_and_pictures_together(opened: list[str], picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["query", "red", "--image", str(picture), "--image", str(picture), "--json"]
    assert main(arguments) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["query"] == {
        "text": "red", "images": [str(picture)] * 2, "cameras": [], "from": None, "to": None, "top": 10,
        "attributes": [], "min_probability": None, "matcher": None, "shortlist": None,
    }  # fmt: skip
    assert set(opened) == {"detector", "appearance", "text"}
    probabilities = [hit["probability"] for hit in content["hits"]]
    assert probabilities == sorted(probabilities, reverse=True)


def test_a_picture_of_nobody_is_used_whole_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((60, 60, 3), 128, np.uint8))
    assert main(["query", "--image", str(tmp_path / "grey.png")]) == 0
    assert "no person was found in it, so the whole picture is used" in capsys.readouterr().err


def test_times_and_cameras(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "red", "--json", "--from", "0:02", "--to", "3.5"]) == 0
    for hit in hits_of(capsys):
        assert float(str(hit["start_s"])) <= 3.5
        assert float(str(hit["end_s"])) >= 2
    assert main(["query", "red", "--json", "--from", "2025-05-01T14:30:05", "--to", "2025-05-01"]) == 0
    assert all(float(str(hit["end_s"])) >= 5 for hit in hits_of(capsys))
    assert main(["query", "red", "--camera", "street", "--json"]) == 0


def test_nobody_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "red", "--from", "1:00:00"]) == 1
    assert capsys.readouterr().out == "nobody was found\n"
    assert main(["query", "red", "--from", "1:00:00", "--json"]) == 1
    assert hits_of(capsys) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 4, "nothing to search for; give words, a picture with --image, or an --attr"),
        ([""], 4, "the query is empty"),
        (["!?"], 4, "the query is empty"),
        (["wombat", "zzz"], 4, "no known word in the query ('wombat', 'zzz')"),
        (["红色外套"], 4, "English words only"),
        (["red"] * 81, 4, "the query has 81 words"),
        (["red", "--camera", "streat"], 4, "did you mean 'street'?"),
        (["red", "--from", "soon"], 4, "--from/--to: 'soon' is no time"),
        (["red", "--from", "20", "--to", "10"], 4, "the time window is empty"),
        (["--image", "nowhere.jpg"], 4, "nowhere.jpg: no such picture file"),
        (["--image", "pyproject.toml"], 4, "pyproject.toml: is not a picture"),
        (["--image", "{picture}", "--box", "1,2,3"], 4, "expected four numbers"),
        (["--image", "{picture}", "--box", "900,900,950,990"], 4, "lies outside of"),
        (["red", "--box", "1,2,30,40"], 2, "there are more --box than --image"),
        (["red", "--top", "0"], 2, "--top"),
        (["red", "--report", "nowhere/a.html"], 2, "--report: there is no folder"),
        (["red", "--gallery", "nowhere"], 5, "there is no gallery at"),
    ],
)
def test_bad_questions(
    arguments: list[str], code: int, message: str, opened: list[str], picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", *(a.replace("{picture}", str(picture)) for a in arguments)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert set(opened) <= {"text", "appearance"}


def test_ignored_words_are_told_on_stderr_and_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "red", "wombat", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["ignored_words"] == ["wombat"]
    assert content["read_as"] is None  # these words are taken as they are
    assert main(["query", "red", "wombat"]) == 0
    assert "note: ignored, not known to the text encoder: wombat" in capsys.readouterr().err


def test_another_model(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from colours import ColourWords

    monkeypatch.setattr(assemble, "build_text_encoder", lambda _: ColourWords("another"))
    assert main(["query", "red"]) == 5
    err = capsys.readouterr().err
    assert "was made with language encoder colours language, but the query uses another" in err
    assert err.count("\n") == 1


def test_an_empty_gallery(tmp_path: Path, opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Gallery.open(tmp_path / "empty", create=True).close()
    assert main(["query", "red", "--gallery", str(tmp_path / "empty")]) == 5
    assert "nobody is in this gallery yet" in capsys.readouterr().err
    assert opened == []


def test_footage_is_listed_shown_and_removed(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Path(shutil.copytree(gallery, tmp_path / "gallery"))
    monkeypatch.setenv("REIDPIPE_GALLERY", str(mine))
    assert main(["footage", "list", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["camera"], record["complete"], record["started_at"]) == ("street", True, "2025-05-01T14:30:00")
    assert main(["footage", "list"]) == 0
    assert "complete" in capsys.readouterr().out
    for which in ("1", "street.mp4", record["sha256"][:8]):
        assert main(["footage", "show", which]) == 0
        assert record["sha256"] in capsys.readouterr().out
    assert main(["footage", "show", "wombat"]) == 3
    capsys.readouterr()
    # who does not answer yes keeps it
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    assert main(["footage", "remove", "1"]) == 130
    assert len(json_list(capsys)) == 1
    assert main(["footage", "remove", "street.mp4", "--yes"]) == 0
    assert f"removed street.mp4 and {record['tracklets']} tracklets" in capsys.readouterr().out
    assert json_list(capsys) == []
    assert main(["footage", "list"]) == 0
    assert "no footage yet" in capsys.readouterr().out
    assert not list((mine / "media").rglob("*.jpg"))


def json_list(capsys: pytest.CaptureFixture[str]) -> list[object]:
    capsys.readouterr()
    main(["footage", "list", "--json"])
    return list(json.loads(capsys.readouterr().out))


def test_names_cannot_command_the_terminal(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(gallery.parent.glob("*.mp4"))
    evil = tmp_path / "\x1b[2J[red]\udcffx.mp4"
    shutil.copy(path, evil)
    monkeypatch.setenv("REIDPIPE_GALLERY", str(tmp_path / "gallery"))
    assert main(["ingest", str(evil)]) == 0
    assert main(["query", "red"]) == 0
    assert main(["footage", "show", "1"]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "�[2J[red]�x.mp4" in out
    assert main(["query", "red", "--json"]) == 0
    assert hits_of(capsys)[0]["footage"] == str(evil)


def test_who_is_not_sure_enough_is_a_guess_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from colours import ColourWords

    from reid.evaluation.background import BackgroundCalibration

    def calibrated(_: object) -> ColourWords:
        words = ColourWords("colours language", (9.0, -4.0))
        numbers = {"score": 9.0, "unusual": 0.3, "size": 0.0, "bias": -4.0, "usual_median": 0.3, "usual_spread": 0.2}
        words.background_calibration = BackgroundCalibration(**numbers, expected=1.0, found_at=0.01)  # type: ignore[attr-defined]
        return words

    monkeypatch.setattr(assemble, "build_text_encoder", calibrated)
    assert main(["query", "red", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["found"] is True
    assert main(["query", "red", "--json", "--min-probability", "1"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["found"] is False
    assert content["query"]["min_probability"] == 1
    assert [hit["below"] for hit in content["hits"]] == [True] * len(content["hits"])
    assert main(["query", "red", "--min-probability", "1"]) == 1
    assert capsys.readouterr().out.startswith("nobody in this footage matches: no hit is")
    assert main(["query", "red", "--min-probability", "2"]) == 2
