from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from reid.data import datasets
from reid.data.caption_files import FORMATS, Row, locate, of_split, read_rows
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


def fill_msmt17(root: Path, train: str = "train", test: str = "test") -> Path:
    fill(root / train / "0000", "0000_000_01_0303morning_0015_0.jpg", "0000_001_14_0303noon_0016_0.jpg")
    fill(root / train / "1040", "1040_000_05_0113noon_0016_0_ex.jpg")
    fill(root / test / "0000", "0000_000_01_0303morning_0015_0.jpg", "0000_001_02_0303morning_0016_0.jpg")
    fill(root / test / "3059", "3059_000_15_0303morning_0016_0.jpg")
    (root / "list_train.txt").write_text(
        "0000/0000_000_01_0303morning_0015_0.jpg 0\n1040/1040_000_05_0113noon_0016_0_ex.jpg 1040\n"
    )
    (root / "list_val.txt").write_text("0000/0000_001_14_0303noon_0016_0.jpg 0\n\n")
    (root / "list_query.txt").write_text("0000/0000_000_01_0303morning_0015_0.jpg 0\n")
    (root / "list_gallery.txt").write_text(
        "0000/0000_001_02_0303morning_0016_0.jpg 0\n3059/3059_000_15_0303morning_0016_0.jpg 3059\n"
    )
    return root


@pytest.mark.parametrize("below", ["", "MSMT17_V1", "MSMT17_V2"])
@pytest.mark.parametrize("folders", [("train", "test"), ("mask_train_v2", "mask_test_v2")])
def test_msmt17(tmp_path, below, folders):
    fill_msmt17(tmp_path / below, *folders)
    assert [(s.identity, s.camera) for s in load("msmt17", tmp_path, "train")] == [(1, 1), (1041, 5)]
    assert [(s.identity, s.camera) for s in load("msmt17", tmp_path, "val")] == [(1, 14)]
    assert len(load("msmt17", tmp_path, "trainval")) == 3
    # the labels start at 0 once more, for other people; and 0 would be a distractor
    assert [(s.identity, s.camera) for s in load("msmt17", tmp_path, "query")] == [(1042, 1)]
    assert [(s.identity, s.camera) for s in load("msmt17", tmp_path, "gallery")] == [(1042, 2), (4101, 15)]


def test_msmt17_names_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="test: no such folder, nor mask_test_v2"):
        load("msmt17", tmp_path, "query")
    fill_msmt17(tmp_path)
    (tmp_path / "test/3059/3059_000_15_0303morning_0016_0.jpg").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"3059_000_15_\S+jpg: no such file; 1 of the 2 pictures in list_gallery"
    ):
        load("msmt17", tmp_path, "gallery")
    (tmp_path / "list_query.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"list_query\.txt: no such file"):
        load("msmt17", tmp_path, "query")
    (tmp_path / "train/0000/0000_001_14_0303noon_0016_0.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"0000_001_14_\S+jpg: empty file"):
        load("msmt17", tmp_path, "val")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        ("0000/0000_000_01_x.jpg\n", "line 1: expected NNNN/"),
        ("0000/0000_000_01_a.jpg 0\n0000/picture.jpg 0\n", "line 2: expected NNNN/"),
        ("0000/0000_000_01_x.jpg zero\n", "line 1: expected NNNN/"),
    ],
)
def test_msmt17_names_a_line_that_is_something_else(tmp_path, text, message):
    fill_msmt17(tmp_path)
    fill(tmp_path / "test/0000", "0000_000_01_a.jpg")
    (tmp_path / "list_query.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"list_query\.txt: {message}"):
        load("msmt17", tmp_path, "query")


CUHK03_NEW = ["1_001_1_01.png", "1_001_2_06.png", "5_010_1_01.png", "5_010_2_06.png", "2_843_1_10.png"]


def new_protocol(root: Path, form: str, boxes: str) -> None:
    """A split with two pictures to train on, one query, two to search."""
    parts = {"train": [2, 3], "query": [0], "gallery": [1, 4]}
    if form == "json":
        rows = {part: [[f"/old/place/{CUHK03_NEW[n]}", 7, 0] for n in numbers] for part, numbers in parts.items()}
        (root / f"splits_new_{boxes}.json").write_text(json.dumps([rows]))
    else:
        content = {f"{part}_idx": np.array(numbers)[:, None] + 1.0 for part, numbers in parts.items()}
        files = np.array(CUHK03_NEW, object)[:, None]
        savemat(root / f"cuhk03_new_protocol_config_{boxes}.mat", {**content, "filelist": files})


@pytest.mark.parametrize("boxes", ["labeled", "detected"])
@pytest.mark.parametrize("form", ["json", "mat"])
@pytest.mark.parametrize("folder", ["images_", ""])
def test_cuhk03_by_the_new_protocol(tmp_path, boxes, form, folder):
    fill(tmp_path / f"{folder}{boxes}", *CUHK03_NEW)
    new_protocol(tmp_path, form, boxes)
    name = f"cuhk03_{boxes}"
    assert rows(load(name, tmp_path, "train")) == [("5_010_1_01.png", 5010, 1), ("5_010_2_06.png", 5010, 2)]
    assert rows(load(name, tmp_path, "query")) == [("1_001_1_01.png", 1001, 1)]
    assert rows(load(name, tmp_path, "gallery")) == [("1_001_2_06.png", 1001, 2), ("2_843_1_10.png", 2843, 1)]
    assert {s.dataset for s in load(name, tmp_path, "train")} == {name}


def test_cuhk03_names_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"images_labeled: no such folder$"):
        load("cuhk03_labeled", tmp_path, "query")
    fill(tmp_path / "cuhk03_release", "cuhk-03.mat")
    with pytest.raises(FileNotFoundError, match=r"cuhk-03\.mat has to be converted"):
        load("cuhk03_labeled", tmp_path, "query")
    fill(tmp_path / "images_labeled", *CUHK03_NEW)
    with pytest.raises(FileNotFoundError, match=r"splits_new_labeled\.json: no such file, nor cuhk03_new_protocol"):
        load("cuhk03_labeled", tmp_path, "query")
    new_protocol(tmp_path, "json", "labeled")
    (tmp_path / "images_labeled/1_001_2_06.png").unlink()
    assert len(load("cuhk03_labeled", tmp_path, "query")) == 1
    with pytest.raises(FileNotFoundError, match=r"1_001_2_06\.png: no such file; 1 of the 2 pictures of gallery"):
        load("cuhk03_labeled", tmp_path, "gallery")
    fill(tmp_path / "images_labeled", "0001_c1s1_000451_03.jpg")
    with pytest.raises(ValueError, match=r"0001_c1s1_000451_03\.jpg: unexpected name"):
        load("cuhk03_labeled", tmp_path, "query")


@pytest.mark.parametrize("text", ["{", "[]", "[{}]", '[{"query": 3}]', '[{"query": [[]]}]', "3"])
def test_a_split_of_cuhk03_that_is_something_else_is_refused(tmp_path, text):
    fill(tmp_path / "images_labeled", *CUHK03_NEW)
    (tmp_path / "splits_new_labeled.json").write_text(text)
    with pytest.raises(ValueError, match=r"splits_new_labeled\.json: not a split file of CUHK03"):
        load("cuhk03_labeled", tmp_path, "query")


def test_a_mat_split_of_cuhk03_that_is_something_else_is_refused(tmp_path):
    fill(tmp_path / "images_labeled", *CUHK03_NEW)
    path = tmp_path / "cuhk03_new_protocol_config_labeled.mat"
    for content in (b"no mat at all", b""):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"config_labeled\.mat: not a split file"):
            load("cuhk03_labeled", tmp_path, "query")
    savemat(path, {"filelist": np.array(["1_001_1_01.png"], object), "query_idx": np.array([2.0])})
    with pytest.raises(ValueError, match="expected numbers of 1 to 1"):
        load("cuhk03_labeled", tmp_path, "query")


@pytest.mark.parametrize("below", ["", "VIPeR"])
def test_viper_as_published(tmp_path, below):
    fill(tmp_path / "VIPeR/cam_a", "000_45.bmp", "873_0.bmp", "Thumbs.db")
    fill(tmp_path / "VIPeR/cam_b", "000_90.bmp", "873_180.bmp")
    assert rows(load("viper", tmp_path / below, "query")) == [("000_45.bmp", 1, 1), ("873_0.bmp", 874, 1)]
    assert rows(load("viper", tmp_path / below, "gallery")) == [("000_90.bmp", 1, 2), ("873_180.bmp", 874, 2)]


def test_viper_as_published_but_half_unpacked(tmp_path):
    fill(tmp_path / "cam_a", "000_45.bmp", "001_0.bmp")
    with pytest.raises(FileNotFoundError, match="cam_b: no such folder"):
        load("viper", tmp_path, "query")
    fill(tmp_path / "cam_b", "000_90.bmp")
    with pytest.raises(ValueError, match=r"half unpacked\? identity 2 is seen by cameras \[1\]"):
        load("viper", tmp_path, "query")
    fill(tmp_path / "cam_b", "001_45_2.bmp")
    with pytest.raises(ValueError, match=r"cam_b/001_45_2\.bmp: unexpected name"):
        load("viper", tmp_path, "query")


def test_rows_of_caption_files(tmp_path):
    path = tmp_path / "reid_raw.json"
    path.write_text(
        json.dumps(
            [
                {"id": 3, "file_path": "a/1.png", "captions": ["x", "y"], "split": "train", "processed_tokens": []},
                {"id": "4", "img_path": "a/2.png", "captions": "z"},
            ]
        )
    )
    for form in FORMATS:
        assert read_rows(path, form) == [Row(3, "a/1.png", ("x", "y"), "train"), Row(4, "a/2.png", ("z",), None)]
    found = read_rows(path, "rstp_reid")
    assert of_split(found, "train") == found[:1]
    assert of_split(found[1:], "test") == found[1:]  # the file tells no split
    assert of_split(found, "test") == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (3, "entry 2: expected an object"),
        ({"id": 1, "captions": "x"}, "entry 2: lacks img_path"),
        ({"img_path": "a", "captions": "x"}, "entry 2: lacks id"),
        ({"id": 1, "img_path": "a"}, "entry 2: lacks captions"),
        ({"id": 1, "img_path": 7, "captions": "x"}, "entry 2: expected img_path to be a text"),
        ({"id": "one", "img_path": "a", "captions": "x"}, "entry 2: expected id to be a whole number"),
        ({"id": 1, "img_path": "a", "captions": []}, "entry 2: expected captions"),
        ({"id": 1, "img_path": "a", "captions": [1]}, "entry 2: expected captions"),
        ({"id": 1, "img_path": "a", "captions": "x", "split": "dev"}, "entry 2: unknown split 'dev'"),
    ],
)
def test_an_entry_of_a_caption_file_that_is_something_else_is_named(tmp_path, entry, message):
    path = tmp_path / "data_captions.json"
    path.write_text(json.dumps([{"id": 1, "img_path": "a", "captions": "x"}, entry]))
    with pytest.raises(ValueError, match=message):
        read_rows(path, "rstp_reid")


def test_caption_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="a folder; give the JSON file of icfg_pedes in it"):
        read_rows(tmp_path, "icfg_pedes")
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_rows(tmp_path / "gone.json", "icfg_pedes")
    with pytest.raises(ValueError, match="unknown caption format 'flickr'; known are cuhk_pedes"):
        read_rows(tmp_path / "gone.json", "flickr")


def test_pictures_of_captions_are_located_once_and_the_lost_are_named(tmp_path):
    fill(tmp_path / "imgs/a", "1.png")
    fill(tmp_path / "elsewhere/b", "2.png")
    fill(tmp_path / "VIPeR/cam_a", "190_0.bmp")
    found = [
        Row(1, "a/1.png", ("x",)),
        Row(1, "a/1.png", ("y",)),
        Row(2, "b/2.png", ("z",)),
        Row(3, "gone.png", ("q",)),
    ]
    found.append(Row(4, "cam_a/190_0.bmp", ("v",)))
    located = locate(found, tmp_path / "file.json", [tmp_path / "elsewhere"])
    assert [path.name for path in located.pictures] == ["1.png", "1.png", "2.png", "190_0.bmp"]
    assert [row.captions for row in located.rows] == [("x",), ("y",), ("z",), ("v",)]
    assert located.lost == ("gone.png",)
    with pytest.raises(FileNotFoundError, match=r"none of its 1 pictures found in .*imgs.*\(gone\.png, \.\.\.\)"):
        locate(found[3:4], tmp_path / "file.json")
