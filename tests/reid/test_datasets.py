from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid.data import datasets
from reid.data.datasets import PETA_STRIDE, PETA_SUBSETS, load, read_kept_apart, shortfall, without
from reid.types import PersonSample


def fill(folder: Path, *names: str) -> Path:
    """Files with a byte in them; the loaders open no picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def rows(samples):
    return [(sample.path.name, sample.identity, sample.camera) for sample in samples]


@pytest.fixture
def market(tmp_path):
    fill(tmp_path / "bounding_box_train", "0007_c3s2_000451_03.jpg", "0002_c1s1_000451_03.jpg", "Thumbs.db")
    fill(tmp_path / "query", "0001_c1s1_001051_00.jpg", "1488_c6s3_094992_00.jpg.jpg")
    fill(
        tmp_path / "bounding_box_test",
        "-1_c1s1_000401_03.jpg",
        "0000_c5s1_000151_01.jpg",
        "0001_c2s1_000301_00.jpg",
        "1488_c1s6_023021_01.jpg",
    )
    return tmp_path


def test_market1501(market):
    assert rows(load("market1501", market, "train")) == [
        ("0002_c1s1_000451_03.jpg", 2, 1),
        ("0007_c3s2_000451_03.jpg", 7, 3),
    ]
    assert rows(load("market1501", market, "query"))[1] == ("1488_c6s3_094992_00.jpg.jpg", 1488, 6)
    gallery = load("market1501", str(market), "gallery")
    assert [(s.identity, s.camera) for s in gallery] == [(-1, 1), (0, 5), (1, 2), (1488, 1)]
    assert {s.dataset for s in gallery} == {"market1501"}
    assert all(s.path.is_file() for s in gallery)


def test_cuhk03_numbers_the_published_way(tmp_path):
    fill(tmp_path / "labeled/train", "0000_00.jpg", "0000_05.jpg", "0742_04.jpg")
    fill(tmp_path / "labeled/val", "0000_09.jpg", "0099_00.jpg")
    assert rows(load("cuhk03", tmp_path, "train")) == [
        ("0000_00.jpg", 1, 1),
        ("0000_05.jpg", 1, 2),
        ("0742_04.jpg", 743, 1),
    ]
    assert rows(load("cuhk03", tmp_path, "val")) == [("0000_09.jpg", 744, 2), ("0099_00.jpg", 843, 1)]
    assert len(load("cuhk03", tmp_path, "all")) == 5


def test_cuhk01(tmp_path):
    fill(tmp_path / "campus", *(f"0971{picture:03d}.png" for picture in range(1, 5)))
    assert [(s.identity, s.camera) for s in load("cuhk01", tmp_path, "train")] == [
        (971, 1),
        (971, 1),
        (971, 2),
        (971, 2),
    ]


def test_pku_reid_leaves_the_repeated_pictures_out(tmp_path):
    fill(tmp_path / "train/003", "01_1.png", "02_8.png")
    fill(tmp_path / "val/all_imgs/004", "01_1.png")
    fill(tmp_path / "val/query/004", "01_1.png")
    fill(tmp_path / "val/gallery/004", "01_1.png")
    assert rows(load("pku_reid", tmp_path, "train")) == [("01_1.png", 3, 1), ("02_8.png", 3, 2)]
    assert rows(load("pku_reid", tmp_path, "val")) == [("01_1.png", 4, 1)]


@pytest.fixture
def peta(tmp_path):
    fill(tmp_path / "3DPeS/archive", "100_3_FRAME_26_RGB.bmp", "7_B_1_FRAME_2_RGB.bmp", "Label.txt")
    fill(tmp_path / "CAVIAR4REID/archive", "0072_010.jpg")
    fill(tmp_path / "CUHK/archive", "4564.png")
    fill(tmp_path / "MIT/archive", "00001_male_back.jpg")
    fill(tmp_path / "SARC3D/archive", "001_Right.bmp")
    fill(tmp_path / "i-LID/archive", "0120_001.jpg")
    fill(tmp_path / "TownCentre/archive", "230_17.jpg")
    fill(tmp_path / "VIPeR/archive", "000_45_1.bmp", "000_45_2.bmp", "873_0_1.bmp", "873_180_2.bmp")
    fill(tmp_path / "PRID/archive", "0001_a.png", "0001_b.png", "0201_a.png", "0386_b.png", "1385_b.png")
    fill(
        tmp_path / "GRID/archive",
        "0001_1_25004_107_32_106_221.jpeg",
        "0001_2_25023_116_134_128_330.jpeg",
        "0250_5_33216_138_144_103_292.jpeg",
        "0250_4_33188_356_100_91_265.jpeg",
        "1025_5_32855_4_109_81_303.jpeg",
    )
    return tmp_path


def test_peta_trains_without_the_sets_for_measuring(peta):
    samples = load("peta", peta, "train")
    subsets = {sample.path.parts[-3] for sample in samples}
    assert subsets == {"3DPeS", "CAVIAR4REID", "CUHK", "MIT", "SARC3D", "i-LID"}
    assert not {subset.lower() for subset in subsets} & datasets.NEVER_TRAINED
    numbers = {sample.path.name: sample.identity for sample in samples}
    assert numbers["100_3_FRAME_26_RGB.bmp"] == PETA_SUBSETS.index("3DPeS") * PETA_STRIDE + 100
    assert numbers["7_B_1_FRAME_2_RGB.bmp"] == PETA_SUBSETS.index("3DPeS") * PETA_STRIDE + 7
    assert numbers["0120_001.jpg"] == PETA_SUBSETS.index("i-LID") * PETA_STRIDE + 120
    assert numbers["4564.png"] == numbers["00001_male_back.jpg"] == -1
    assert {sample.camera for sample in samples} == {-1}
    assert rows(load("peta", peta, "SARC3D")) == [("001_Right.bmp", 600_001, -1)]


@pytest.mark.parametrize("subset", ["VIPeR", "PRID", "GRID", "TownCentre"])
def test_peta_does_not_offer_the_sets_for_measuring_by_name(peta, subset):
    with pytest.raises(ValueError, match=f"no split '{subset}'"):
        load("peta", peta, subset)


@pytest.mark.parametrize("name", ["viper", "prid", "grid", "towncentre", "TownCentre", "VIPeR"])
def test_sets_for_measuring_are_never_trained_on(peta, name):
    with pytest.raises(ValueError, match="for measuring only"):
        load(name, peta, "train")


@pytest.mark.parametrize("below", ["", "VIPeR", "VIPeR/archive"])
def test_viper(peta, below):
    assert rows(load("viper", peta / below, "query")) == [("000_45_1.bmp", 1, 1), ("873_0_1.bmp", 874, 1)]
    assert rows(load("viper", peta / below, "gallery")) == [("000_45_2.bmp", 1, 2), ("873_180_2.bmp", 874, 2)]


def test_viper_names_a_person_who_lacks_a_camera(peta):
    (peta / "VIPeR/archive/873_180_2.bmp").unlink()
    with pytest.raises(ValueError, match=r"VIPeR/archive: half unpacked\? identity 874"):
        load("viper", peta, "query")


def test_prid_asks_for_those_whom_both_cameras_saw(peta):
    assert rows(load("prid", peta, "query")) == [("0001_a.png", 1, 1)]
    assert rows(load("prid", peta, "gallery")) == [
        ("0001_b.png", 1, 2),
        ("0386_b.png", 386, 2),
        ("1385_b.png", 1385, 2),
    ]


def test_grid_takes_the_lower_camera_as_query_and_single_people_as_distractors(peta):
    assert [(s.identity, s.camera) for s in load("grid", peta, "query")] == [(1, 1), (250, 4)]
    assert [(s.identity, s.camera) for s in load("grid", peta, "gallery")] == [(1, 2), (250, 5), (0, 5)]


def test_clothing_coparsing_knows_nobody(tmp_path):
    fill(tmp_path / "photos", "0001.jpg", "2098.jpg")
    assert rows(load("clothing_coparsing", tmp_path, "train")) == [("0001.jpg", -1, -1), ("2098.jpg", -1, -1)]


@pytest.mark.parametrize(
    ("name", "split", "folder"),
    [
        ("market1501", "train", "bounding_box_train"),
        ("market1501", "query", "query"),
        ("market1501", "gallery", "bounding_box_test"),
        ("cuhk03", "train", "labeled/train"),
        ("cuhk03", "all", "labeled/train"),
        ("cuhk01", "train", "campus"),
        ("pku_reid", "train", "train"),
        ("pku_reid", "val", "val/all_imgs"),
        ("peta", "train", "3DPeS/archive"),
        ("viper", "query", "VIPeR/archive"),
        ("prid", "gallery", "PRID/archive"),
        ("grid", "query", "GRID/archive"),
        ("clothing_coparsing", "train", "photos"),
    ],
)
def test_a_missing_or_empty_folder_is_named_exactly(tmp_path, name, split, folder):
    with pytest.raises(FileNotFoundError, match="no such folder") as missing:
        load(name, tmp_path, split)
    assert str(tmp_path / folder) in str(missing.value)
    fill(tmp_path / folder, "Thumbs.db")
    with pytest.raises(FileNotFoundError, match="half unpacked") as empty:
        load(name, tmp_path, split)
    assert str(tmp_path / folder) in str(empty.value)


def test_a_foreign_picture_is_named_exactly(market):
    fill(market / "query", "holiday.jpg")
    with pytest.raises(ValueError, match=r"query/holiday\.jpg: unexpected name"):
        load("market1501", market, "query")


def test_an_empty_file_is_named_exactly(market):
    (market / "query/0001_c1s1_001051_00.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"0001_c1s1_001051_00\.jpg: empty file"):
        load("market1501", market, "query")


def test_a_grid_without_pairs_and_one_with_triples_are_refused(peta):
    archive = peta / "GRID/archive"
    fill(archive, "0001_3_25024_116_134_128_330.jpeg")
    with pytest.raises(ValueError, match="at most two pictures"):
        load("grid", peta, "query")
    for path in archive.glob("0*"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match="no picture of grid query"):
        load("grid", peta, "query")


def test_unknown_names_and_splits_are_answered_with_the_known_ones(market):
    with pytest.raises(ValueError, match="unknown data set 'marked'; known are market1501, cuhk03"):
        load("marked", market, "train")
    with pytest.raises(ValueError, match="market1501 has no split 'test'; it has train, query, gallery"):
        load("market1501", market, "test")
    with pytest.raises(ValueError, match="unknown data set"):
        datasets.splits("marked")
    assert datasets.splits("viper") == ("query", "gallery")
    assert "market1501" in datasets.names()


def test_an_incomplete_set_says_what_it_lacks(market):
    samples = load("market1501", market, "query")
    notice = shortfall("market1501", "query", samples)
    assert notice is not None
    assert f"2 of 3,368 published pictures in {market / 'query'}" in notice
    whole = [PersonSample(Path(f"x/{n}.bmp"), n, 1, "viper") for n in range(632)]
    assert shortfall("viper", "query", whole) is None


def test_kept_apart_takes_people_out_of_their_own_set_only(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text(json.dumps({"about": "12 remarks", "market1501": ["0004", "0015"], "cuhk03": [4]}))
    kept = read_kept_apart(path)
    assert kept == {"market1501": frozenset({4, 15}), "cuhk03": frozenset({4})}
    samples = [
        PersonSample(Path(f"{n}"), identity, 1, dataset)
        for n, (identity, dataset) in enumerate(
            [(4, "market1501"), (5, "market1501"), (4, "cuhk01"), (4, "cuhk03"), (15, "market1501"), (-1, "peta")]
        )
    ]
    assert [s.path.name for s in without(samples, kept)] == ["1", "2", "5"]


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"market1501": 4}', '{"market1501": ["four"]}', '{"merket": [1]}'])
def test_a_kept_apart_file_that_is_something_else_is_refused(tmp_path, text):
    path = tmp_path / "kept.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"kept\.json: "):
        read_kept_apart(path)
    with pytest.raises(FileNotFoundError, match=r"gone\.json: no such file"):
        read_kept_apart(tmp_path / "gone.json")
