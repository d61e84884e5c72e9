"""Checkpoints of every kind that can be trained, tiny and untrained, from `ingest --encoder` to `query --matcher`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ingest_parts import BlobDetector, OverlapTracker
from street_cli import film

from pipeline import assemble
from pipeline.cli import main

WORDS = ["red", "blue", "green", "coat", "trousers", "man", "woman", "person", "bag", "with"]
OSNET = {"name": "osnet", "width": 0.25}
PREPROCESS = {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "flip": True}
APPEARANCE = {
    "global_pool": {"dim": 8},
    "independent_strips": {"dim": 8, "strips": 3},
    "strip_lstm": {"dim": 8, "strips": 4, "hidden": 8},
}
MATCHERS = {
    "gna_rnn": {"hidden": 8, "units": 8, "slots": 2},
    "spatial_attention": {},
    "captioner": {"hidden": 8, "vocabulary": 6},
}


def made(folder: Path, kind: str, name: str, args: dict) -> str:
    import torch

    from reid import checkpoint, registry

    torch.manual_seed(0)
    network = registry.build_network(name, args)
    if kind != "appearance":
        (network.text if kind == "language" else network).set_words(torch.randn(len(WORDS), 100))  # type: ignore[operator, union-attr]
    card = {"kind": kind, "network": {"name": name, "args": args}, "preprocess": PREPROCESS, "tokens": 16}
    texts = {} if kind == "appearance" else {"words.txt": "\n".join(WORDS) + "\n"}
    checkpoint.write(folder, network.state_dict(), card, texts)
    return str(folder)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(film(tmp_path_factory.mktemp("trained")))


@pytest.fixture(autouse=True)
def quick_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "build_detector", lambda _: BlobDetector())
    monkeypatch.setattr(assemble, "build_make_tracker", lambda _: OverlapTracker)


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> str:
    args = {"dim": 8, "words": len(WORDS), "image": {"backbone": OSNET}, "text": {"name": "textcnn", "maps": 4}}
    return made(tmp_path_factory.mktemp("language") / "dual", "language", "dual", args)


def json_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--json", "--runtime", "torch"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", APPEARANCE)
def test_footage_with_any_encoder(
    name: str, street: str, language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    appearance = made(tmp_path / name, "appearance", name, {**APPEARANCE[name], "backbone": OSNET})
    parts = ["--gallery", str(tmp_path / "gallery"), "--encoder", appearance, "--encoder", language]
    (told,) = json_of(capsys, "ingest", street, *parts)["footage"]
    assert told["tracklets"] == 7
    assert len(json_of(capsys, "query", "woman in a red coat", *parts)["hits"]) == 7


@pytest.fixture(scope="module")
def gallery(street: str, language: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Where the street is ingested, and with what, as options."""
    folder = tmp_path_factory.mktemp("matched")
    appearance = made(folder / "pool", "appearance", "global_pool", {"dim": 8, "backbone": OSNET})
    parts = ["--gallery", str(folder / "gallery"), "--encoder", appearance, "--encoder", language]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble, "build_detector", lambda _: BlobDetector())
        patch.setattr(assemble, "build_make_tracker", lambda _: OverlapTracker)
        assert main(["ingest", street, *parts, "--runtime", "torch"]) == 0
    return parts


@pytest.mark.parametrize("name", MATCHERS)
def test_a_query_with_any_matcher(
    name: str, gallery: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = {**MATCHERS[name], "words": len(WORDS), "image": {"backbone": OSNET, "width": 8}}
    matcher = made(tmp_path / name, "matcher", name, args)
    page = tmp_path / "answer.html"
    capsys.readouterr()
    answer = json_of(
        capsys, "query", "woman in a red coat", *gallery, "--matcher", matcher, "--report", str(page)
    )  # fmt: skip
    assert answer["query"]["matcher"] == name
    matches = [hit["matcher"] for hit in answer["hits"]]
    assert len(matches) == 7
    assert [match["score"] for match in matches] == sorted((match["score"] for match in matches), reverse=True)
    for match in matches:
        assert [word["word"] for word in match["words"]] == ["woman", "red", "coat"]
        assert sum(word["weight"] for word in match["words"]) == pytest.approx(1, abs=1e-3)
        assert (match["sentence"] is not None) == (name == "captioner")
    assert page.read_text().count('class="words"') == 7


def test_the_encoders_of_a_gallery_can_judge_too(
    gallery: list[str], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json_of(capsys, "query", "red coat", *gallery, "--matcher", language)
    assert answer["query"]["matcher"] == "dual"
    assert all(hit["matcher"]["words"] == [] for hit in answer["hits"])
