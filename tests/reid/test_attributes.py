import numpy as np
import pytest
from scipy.io import savemat

from reid.data import attributes
from reid.data.attributes import ATTRIBUTES, COLOURS, INDEX

MARKET = {
    **dict.fromkeys(["backpack", "bag", "handbag", "clothes", "down", "up", "hair", "hat", "gender"], 1),
    **{"up" + c: 1 for c in ("black", "white", "red", "purple", "yellow", "gray", "blue", "green")},
    **{"down" + c: 1 for c in ("black", "white", "pink", "purple", "yellow", "gray", "blue", "green", "brown")},
    "age": 3,
}


def said(row, name):
    return int(row[INDEX[name]])


def test_no_attribute_is_named_twice():
    assert len(set(ATTRIBUTES)) == len(ATTRIBUTES) == len(attributes.unknown())


def test_market_row_reads_yes_no_and_unknown():
    row = attributes.market_row({**MARKET, "gender": 2, "upgray": 2, "backpack": 2, "down": 2, "clothes": 2})
    assert said(row, "female") == 1
    assert said(row, "upper_grey") == 1
    assert said(row, "upper_orange") == 0  # not on their list, but they say which colour it is
    assert said(row, "backpack") == 1
    assert said(row, "empty_handed") == 0
    assert said(row, "long_sleeves") == 1
    assert said(row, "long_lower") == 0
    assert said(row, "skirt") == 0
    assert said(row, "shoes_black") == -1
    assert said(row, "jacket") == -1


def test_market_colour_that_is_not_on_their_list_stays_unknown():
    row = attributes.market_row(MARKET)
    assert said(row, "upper_orange") == said(row, "upper_brown") == -1
    assert said(row, "upper_red") == 0
    assert said(row, "empty_handed") == 1


def test_market_file_is_read_by_identity(tmp_path):
    columns = {name: np.array([value, value], np.uint8) for name, value in MARKET.items()}
    columns["upred"] = np.array([1, 2], np.uint8)
    names = np.array(["0007", "0012"], object)
    savemat(tmp_path / "market_attribute.mat", {"market_attribute": {"train": {**columns, "image_index": names}}})
    table = attributes.market1501(tmp_path)
    assert sorted(table) == [7, 12]
    assert said(table[7], "upper_red") == 0
    assert said(table[12], "upper_red") == 1


def test_missing_or_strange_market_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="market_attribute"):
        attributes.market1501(tmp_path)
    savemat(tmp_path / "market_attribute.mat", {"something": 1})
    with pytest.raises(ValueError, match="does not hold the attributes"):
        attributes.market1501(tmp_path)


def test_peta_row():
    row = attributes.peta_row(
        """
        upperBodyBlack upperBodyRed lowerBodyBlue lowerBodyJeans hairShort hairBrown personalMale
        personalLess45 upperBodyLongSleeve upperBodyPlaid footwearWhite footwearSneakers carryingBackpack
        """.split()  # noqa: SIM905 - a literal of so many strings reads worse
    )
    colours = {c for c in COLOURS if said(row, f"upper_{c}") == 1}
    assert colours == {"black", "red"}
    assert said(row, "upper_green") == 0
    assert (said(row, "female"), said(row, "young"), said(row, "old")) == (0, 0, 0)
    assert (said(row, "jeans"), said(row, "trousers"), said(row, "long_lower")) == (1, 0, 1)
    assert (said(row, "plaid"), said(row, "stripes"), said(row, "hat")) == (1, 0, 0)
    assert (said(row, "backpack"), said(row, "empty_handed")) == (1, 0)
    assert said(row, "jacket") == -1  # what is not told may be there


def test_peta_skirt_is_short_unless_long():
    assert said(attributes.peta_row(["lowerBodyShortSkirt"]), "long_lower") == 0
    assert said(attributes.peta_row(["lowerBodyLongSkirt"]), "long_lower") == 1


def test_peta_label_file(tmp_path):
    folder = tmp_path / "MIT" / "archive"
    folder.mkdir(parents=True)
    (folder / "Label.txt").write_text("00007 upperBodyRed personalFemale\r\n\n0012.png upperBodyBlue\n")
    table = attributes.peta(tmp_path, "MIT")
    assert sorted(table) == [7, 12]
    assert said(table[7], "upper_red") == 1
    (folder / "Label.txt").write_text("someone upperBodyRed\n")
    with pytest.raises(ValueError, match="someone"):
        attributes.peta(tmp_path, "MIT")
    with pytest.raises(FileNotFoundError, match=r"CUHK.*Label"):
        attributes.peta(tmp_path, "CUHK")
