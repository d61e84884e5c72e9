"""`reidpipe compare` from configurations to the document, on people that the test draws."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from pipeline.cli import main

TINY = {
    "task": "appearance",
    "network": {
        "name": "global_pool",
        "args": {"dim": 8, "backbone": {"name": "osnet", "width": 0.25}, "neck": False},
    },
    "input": {"height": 64, "width": 32},
    "data": {"labelled": ["market1501"]},
    "batch": {"people": 2, "pictures": 2},
    "augmentation": {"erase": 0.0, "blur": 0.0, "cut": 0.0},
    "losses": {"triplet": {"weight": 1.0}},
    "loop": {"epochs": 1, "warmup_steps": 1, "bf16": False, "seed": 3},
}


def market(root: Path) -> Path:
    """Market-1501's layout with four people to learn from and four others to find, two cameras each."""
    generator = np.random.default_rng(0)
    for folder, first in (("bounding_box_train", 1), ("query", 11), ("bounding_box_test", 11)):
        (root / folder).mkdir(parents=True)
        for identity in range(first, first + 4):
            colour = np.random.default_rng(identity).integers(0, 255, 3)
            for number in range(4 if folder == "bounding_box_train" else 1):
                camera = 1 + (number % 2 if folder == "bounding_box_train" else folder == "query")
                image = np.clip(colour + generator.integers(-9, 9, (64, 32, 3)), 0, 255).astype(np.uint8)
                cv2.imwrite(str(root / folder / f"{identity:04d}_c{camera}s1_{number:06d}_01.jpg"), image)
    return root


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with data, two configurations that work and two that do not."""
    root = tmp_path_factory.mktemp("compare")
    market(root / "market1501")
    configs = root / "configs" / "image"
    configs.mkdir(parents=True)
    first = "# Triplet loss on pairs of pairs (Somebody 2017): reid/losses/triplet.py.\n"
    (configs / "first.yaml").write_text(first + yaml.safe_dump(TINY))
    second = TINY | {"losses": {"identity": {"weight": 1.0}}}
    (configs / "second.yaml").write_text(yaml.safe_dump(second))
    (configs / "slip.yaml").write_text("# A slip: reid/losses/triplet.py\n" + yaml.safe_dump(TINY | {"lossses": {}}))
    (configs / "lacks.yaml").write_text(yaml.safe_dump(TINY | {"data": {"labelled": ["market1501", "cuhk01"]}}))
    return root


@pytest.fixture(autouse=True)
def in_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))


def compare(*more: str) -> int:
    arguments = ["compare", *sorted(str(p) for p in Path("configs/image").glob("*.yaml")), "--no-shipped"]
    return main([*arguments, "--data", f"market1501:{Path.cwd() / 'market1501'}", "--table", "TABLE.md", *more])


def rows_of(document: str) -> dict[str, dict[str, str]]:
    """Method -> column -> cell, of the document's first table."""
    for kept, plain in (("\u2011", "-"), ("\u00a0", " "), ("\u2060", "")):  # what keeps words on one line
        document = document.replace(kept, plain)
    lines = [line for line in document.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in cells}) == 1
    return {re.sub(r"\[(.*?)\].*", r"\1", row[0]): dict(zip(cells[0], row, strict=True)) for row in cells[2:]}


@pytest.mark.slow
def test_from_configurations_to_the_document(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "remarks.yaml").write_text("image/first: It has seen sixteen pictures.\n")
    assert compare("--remarks", "remarks.yaml", "--jobs", "2") == 0
    said = capsys.readouterr().out
    assert "image/first: training" in said
    assert "image/first: measured: rank-1" in said
    assert "image/lacks: training failed: " in said
    document = (home / "TABLE.md").read_text()
    rows = rows_of(document)
    assert list(rows) == ["first", "lacks", "second", "slip"]

    for name in ("first", "second"):
        folder = home / "runs" / "compare" / "image" / name
        content = json.loads((folder / "figures.json").read_text())
        assert (
            content["command"]
            == f"reidpipe evaluate runs/compare/image/{name}/checkpoint --data market1501:market1501 --json"
        )
        measures, row = content["figures"][0]["measures"], {k: v.replace("**", "") for k, v in rows[name].items()}
        value, low, high = (100 * measures["rank-1"][key] for key in ("value", "low", "high"))
        assert row["rank-1"] == f"{value:.1f}<br><sub>{low:.1f}–{high:.1f}</sub>"
        for measure in ("rank-5", "rank-10", "mAP", "mINP"):
            assert row[measure.replace("rank", "R")] == f"{100 * measures[measure]['value']:.1f}"
        cost = json.loads((folder / "cost.json").read_text())
        assert row["params"] == f"{cost['parameters'] / 1e6:.2f} M"
        assert row["GFLOPs"] == f"{cost['picture_flops'] / 1e9:.2f}"
        assert row["ms"] == f"{cost['picture_ms']:.1f}"
        assert cost["picture_flops"] > 1e6
        with (folder / "log.csv").open() as log:
            assert row["min"] == f"{float(list(csv.DictReader(log))[-1]['minutes']):.1f}"
        assert row["epochs"] == "1<br><sub>0 k</sub>"
    assert "epochs 1; seed 3." in document
    assert rows["lacks"]["rank-1"] == "training failed"
    assert rows["slip"]["rank-1"] == "configuration failed"
    assert rows["lacks"]["mAP"] == "–"

    assert re.search(r"^- \*\*first\*\*: It has seen sixteen pictures\.$", document, re.M)
    assert re.search(r"^- \*\*lacks\*\*: training failed: .*cuhk01", document, re.M)
    assert re.search(r"^- \*\*slip\*\*: configuration failed: .*'lossses'.*did you mean 'losses'", document, re.M)
    assert "reidpipe compare configs/image/*.yaml" in document
    assert "--data market1501:market1501" in document
    assert str(home) not in document
    # every link leads somewhere
    links = re.findall(r"\]\(([^)# ]+)", document)
    assert {"configs/image/first.yaml"} <= set(links)
    for link in set(links):
        assert (home / link).resolve().exists(), link

    # the same command again has nothing to do but to try what failed
    files = [file for name in ("first", "second") for file in (home / "runs/compare/image" / name).rglob("*.json")]
    before = [file.stat().st_mtime_ns for file in files]
    assert compare("--remarks", "remarks.yaml", "--jobs", "2") == 0
    said = capsys.readouterr().out
    assert "image/first: is trained already" in said
    assert "measured" not in said
    assert [file.stat().st_mtime_ns for file in files] == before
    # and --only-table does nothing but the document, of which the command stays that of the work
    (home / "TABLE.md").unlink()
    assert compare("--remarks", "remarks.yaml", "--only-table") == 0
    assert (home / "TABLE.md").read_text() == document


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["configs/image/none.yaml", "--table", "T.md"], 2, "no such configuration"),
        (["configs/image/first.yaml"], 2, "--table"),
        (["configs/image/first.yaml", "--table", "T.html"], 2, "Markdown, give FILE.md"),
        (["configs/image/first.yaml", "--table", "nowhere/T.md"], 2, "there is no folder"),
        (["configs/image/first.yaml", "--table", "T.md", "--data", "market1501:nowhere"], 2, "does not exist"),
        (["configs/image/first.yaml", "--table", "T.md", "--data", "market1501:configs"], 2, "no such folder"),
        (["configs/image/first.yaml", "--table", "T.md", "--captions", "cuhk_pedes:none.json"], 2, "none.json"),
        (["configs/image/first.yaml", "--table", "T.md", "--remarks", "none.yaml"], 2, "none.yaml: no such file"),
        (["configs/image/first.yaml", "configs/image/first.yaml", "--table", "T.md"], 2, "have the same name"),
        (["configs/image/first.yaml", "--table", "T.md", "--out", "empty", "--only-table"], 2, "no comparison"),
    ],
)
def test_slips_are_told_before_anything_is_trained(
    arguments: list[str], code: int, message: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert not (home / "T.md").exists()
