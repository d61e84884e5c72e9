"""What two data sets say about people, in one vocabulary: 1 is yes, 0 is no, -1 is not told.

Market-1501's attributes: Lin et al., "Improving person re-identification by attribute and identity learning", Pattern
Recognition 2019. PETA: Deng et al., "Pedestrian attribute recognition at far distance", ACM MM 2014.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid.data.datasets import PETA_STRIDE, PETA_SUBSETS

Labels = NDArray[np.int8]  # (..., A), values -1, 0, 1
YES, NO, UNKNOWN = 1, 0, -1

COLOURS = ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
PARTS = ("upper", "lower", "shoes")
_UPPER = ("long_sleeves", "tshirt", "jacket", "sweater", "suit", "plaid", "stripes", "logo")
_LOWER = ("long_lower", "trousers", "jeans", "shorts", "skirt")
_HAIR = ("long_hair", "bald", "hair_black", "hair_brown", "hair_grey", "hair_blonde")
_WORN = ("hat", "glasses", "scarf", "headphones", "hair_band")
_CARRIED = ("backpack", "shoulder_bag", "hand_bag", "suitcase", "folder", "umbrella", "empty_handed")
_FOOTWEAR = ("sneakers", "boots", "sandals", "leather_shoes")
ATTRIBUTES = (
    *("female", "young", "old"),
    *(f"{part}_{colour}" for part in PARTS for colour in COLOURS),
    *_UPPER,
    *_LOWER,
    *_HAIR,
    *_WORN,
    *_CARRIED,
    *_FOOTWEAR,
)
INDEX: Mapping[str, int] = {name: position for position, name in enumerate(ATTRIBUTES)}


def unknown() -> Labels:
    """(A,) of -1."""
    return np.full(len(ATTRIBUTES), UNKNOWN, np.int8)


def _fill(row: Labels, group: Sequence[str], chosen: set[str]) -> None:
    """Set a group of which at least one is known to hold: the chosen to yes, the others to no."""
    if chosen:
        for name in group:
            row[INDEX[name]] = YES if name in chosen else NO


_MARKET_UPPER = ("black", "white", "red", "purple", "yellow", "grey", "blue", "green")
_MARKET_LOWER = ("black", "white", "pink", "purple", "yellow", "grey", "blue", "green", "brown")


def market_row(values: Mapping[str, int]) -> Labels:
    """One identity of Market-1501 from its 27 numbers (most are 1 for no and 2 for yes), see `market1501`."""
    row = unknown()
    row[INDEX["female"]] = values["gender"] == 2
    row[INDEX["long_hair"]] = values["hair"] == 2
    row[INDEX["long_sleeves"]] = values["up"] == 1
    row[INDEX["long_lower"]] = values["down"] == 1
    row[INDEX["skirt"]] = values["clothes"] == 1
    row[INDEX["hat"]] = values["hat"] == 2
    row[INDEX["young"]] = values["age"] <= 2
    row[INDEX["old"]] = values["age"] == 4
    bags = {"backpack": "backpack", "bag": "shoulder_bag", "handbag": "hand_bag"}
    for source, name in bags.items():
        row[INDEX[name]] = values[source] == 2
    row[INDEX["empty_handed"]] = not any(values[source] == 2 for source in bags)
    for part, prefix, listed in (("upper", "up", _MARKET_UPPER), ("lower", "down", _MARKET_LOWER)):
        names = {colour: f"{part}_{colour}" for colour in listed}
        chosen = {name for colour, name in names.items() if values[prefix + colour.replace("grey", "gray")] == 2}
        if chosen:
            _fill(row, [f"{part}_{colour}" for colour in COLOURS], chosen)
        else:  # a colour that is not on their list
            row[[INDEX[name] for name in names.values()]] = NO
    return row


def market1501(root: Path, split: str = "train") -> dict[int, Labels]:
    """Identity -> attributes from `ROOT/market_attribute.mat`.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if it is another kind of file.
    """
    from scipy.io import loadmat

    path = root / "market_attribute.mat"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; the attributes of Market-1501 are published on their own")
    try:
        table = loadmat(path, simplify_cells=True)["market_attribute"][split]
        columns = {name: np.asarray(values) for name, values in table.items() if name != "image_index"}
        identities = [int(text) for text in table["image_index"]]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ValueError(f"{path} does not hold the attributes of Market-1501 ({error})") from None
    return {
        identity: market_row({name: int(column[position]) for name, column in columns.items()})
        for position, identity in enumerate(identities)
    }


_PETA_FLAGS: Mapping[str, str] = {
    "upperBodyTshirt": "tshirt",
    "upperBodyJacket": "jacket",
    "upperBodySweater": "sweater",
    "upperBodySuit": "suit",
    "upperBodyPlaid": "plaid",
    "upperBodyThinStripes": "stripes",
    "upperBodyThickStripes": "stripes",
    "upperBodyLogo": "logo",
    "lowerBodyTrousers": "trousers",
    "lowerBodySuits": "trousers",
    "lowerBodyJeans": "jeans",
    "lowerBodyShorts": "shorts",
    "lowerBodyHotPants": "shorts",
    "lowerBodyCapri": "shorts",
    "lowerBodyShortSkirt": "skirt",
    "lowerBodyLongSkirt": "skirt",
    "hairBlack": "hair_black",
    "hairBrown": "hair_brown",
    "hairGrey": "hair_grey",
    "hairWhite": "hair_grey",
    "hairYellow": "hair_blonde",
    "accessoryHat": "hat",
    "accessorySunglasses": "glasses",
    "accessoryMuffler": "scarf",
    "accessoryShawl": "scarf",
    "accessoryHeadphone": "headphones",
    "accessoryHairBand": "hair_band",
    "carryingBackpack": "backpack",
    "carryingMessengerBag": "shoulder_bag",
    "carryingPlasticBags": "hand_bag",
    "carryingSuitcase": "suitcase",
    "carryingLuggageCase": "suitcase",
    "carryingFolder": "folder",
    "carryingUmbrella": "umbrella",
    "carryingNothing": "empty_handed",
    "footwearSneakers": "sneakers",
    "footwearBoots": "boots",
    "footwearSandals": "sandals",
    "footwearLeatherShoes": "leather_shoes",
}
_PETA_HAIR_COLOURS = ("hair_black", "hair_brown", "hair_grey", "hair_blonde")


def peta_row(tokens: Sequence[str]) -> Labels:
    """One row of a PETA `Label.txt`, without its first word."""
    row, said = unknown(), set(tokens)
    flags = {_PETA_FLAGS[token] for token in tokens if token in _PETA_FLAGS}
    for yes, no, name in (
        ("personalFemale", "personalMale", "female"),
        ("hairLong", "hairShort", "long_hair"),
        ("upperBodyLongSleeve", "upperBodyShortSleeve", "long_sleeves"),
    ):
        if {yes, no} & said:
            row[INDEX[name]] = yes in said
    if "upperBodyNoSleeve" in said:
        row[INDEX["long_sleeves"]] = NO
    ages = [token for token in tokens if token.startswith("personalLess") or token == "personalLarger60"]
    if ages:
        row[INDEX["young"]] = bool({"personalLess15", "personalLess30"} & said)
        row[INDEX["old"]] = "personalLarger60" in said
    for part, prefix in (("upper", "upperBody"), ("lower", "lowerBody"), ("shoes", "footwear")):
        chosen = {f"{part}_{colour}" for colour in COLOURS if prefix + colour.capitalize() in said}
        _fill(row, [f"{part}_{colour}" for colour in COLOURS], chosen)
    for group in (_PETA_HAIR_COLOURS, _LOWER[1:], _FOOTWEAR, _CARRIED):
        _fill(row, group, flags & set(group))
    if {"carryingOther"} & said and not flags & set(_CARRIED):
        row[INDEX["empty_handed"]] = NO
    if flags & {"trousers", "jeans"} or "lowerBodyLongSkirt" in said:
        row[INDEX["long_lower"]] = YES
    elif flags & {"shorts", "skirt"}:
        row[INDEX["long_lower"]] = NO
    # Told garments hold; what is not told is often there all the same, so only a T-shirt excludes the others.
    for name in ("tshirt", "jacket", "sweater", "suit"):
        if name in flags:
            row[INDEX[name]] = YES
    if "tshirt" in flags:
        row[[INDEX["jacket"], INDEX["sweater"], INDEX["suit"]]] = NO
    for name in ("plaid", "stripes", "logo", "hat", "glasses", "scarf", "headphones"):
        row[INDEX[name]] = name in flags
    if "hair_band" in flags:
        row[INDEX["hair_band"]] = YES
    row[INDEX["bald"]] = "hairBald" in said
    return row


def peta(root: Path, subset: str) -> dict[int, Labels]:
    """Number of a person (in CUHK and MIT of a picture) -> attributes, from `ROOT/SUBSET/archive/Label.txt`.

    The number is the one that a picture's file name starts with.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if a row does not start with a number.
    """
    path = root / subset / "archive" / "Label.txt"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; PETA is half unpacked")
    rows: dict[int, Labels] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        head, *tokens = line.split() or [""]
        digits = head.split(".")[0]
        if not head:
            continue
        if not digits.isdigit():
            raise ValueError(f"{path}: expected a row to start with a number, got {head!r}")
        rows[int(digits)] = peta_row(tokens)
    return rows


def peta_base(subset: str) -> int:
    """What `datasets.peta` adds to a subset's numbers."""
    return PETA_SUBSETS.index(subset) * PETA_STRIDE
