"""Who walks through the clips: twelve people, each in clothes that no other wears."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outfit:
    """What somebody wears. `upper_garment` is t-shirt, sweater, jacket, coat or dress; `lower_garment` trousers, jeans,
    shorts, skirt, or dress when the dress is all; colours are names of paint.COLOURS."""

    upper_colour: str
    upper_garment: str
    lower_colour: str
    lower_garment: str
    shoes: str = "black"
    bag: str | None = None
    bag_colour: str | None = None
    hat: str | None = None

    @property
    def long_sleeves(self) -> bool:
        """Whether the sleeves reach to the wrists."""
        return self.upper_garment in ("sweater", "jacket", "coat", "shirt")


@dataclass(frozen=True, slots=True)
class Identity:
    """One person of the clips: whose pictures are used, how tall it is, how it is dressed and described."""

    id: str
    source: str
    side_panel: str
    gender: str
    hair: str
    height_m: float
    outfit: Outfit
    sentence: str

    def described(self) -> dict[str, Any]:
        """The plain JSON form for truth.json."""
        worn = {key: value for key, value in asdict(self.outfit).items() if key != "shoes"}
        worn["sleeves"] = "long" if self.outfit.long_sleeves else "short"
        return {
            "id": self.id,
            "sentence": self.sentence,
            "source": self.source,
            "clothes": {"gender": self.gender, "hair": self.hair, **worn},
        }


CAST: tuple[Identity, ...] = (
    Identity(
        "red-coat",
        "P003",
        "left",
        "female",
        "long",
        1.70,
        Outfit("red", "coat", "black", "trousers"),
        "a woman with long brown hair in a red coat and black trousers",
    ),
    Identity(
        "blue-jacket",
        "P005",
        "left",
        "male",
        "short",
        1.82,
        Outfit("blue", "jacket", "grey", "trousers", "brown"),
        "a man with a beard in a blue jacket and grey trousers",
    ),
    Identity(
        "yellow-dress",
        "P009",
        "left",
        "female",
        "long",
        1.72,
        Outfit("yellow", "dress", "yellow", "dress", "white"),
        "a woman with long black hair in a yellow dress",
    ),
    Identity(
        "green-tshirt",
        "P007",
        "left",
        "male",
        "short",
        1.74,
        Outfit("green", "t-shirt", "brown", "shorts", "white"),
        "a man with curly hair in a green t-shirt and brown shorts",
    ),
    Identity(
        "white-tshirt",
        "P008",
        "right",
        "male",
        "long",
        1.80,
        Outfit("white", "t-shirt", "denim", "jeans", "brown", "backpack", "black"),
        "a man with long hair in a white t-shirt and blue jeans with a black backpack",
    ),
    Identity(
        "purple-sweater",
        "P006",
        "left",
        "female",
        "short",
        1.73,
        Outfit("purple", "sweater", "white", "trousers"),
        "a woman in a purple sweater and white trousers",
    ),
    Identity(
        "pink-tshirt",
        "P010",
        "left",
        "female",
        "short",
        1.68,
        Outfit("pink", "t-shirt", "denim", "jeans", "white"),
        "a woman in a pink t-shirt and blue jeans",
    ),
    Identity(
        "black-jacket",
        "P002",
        "left",
        "female",
        "short",
        1.62,
        Outfit("black", "jacket", "red", "skirt", "black"),
        "a woman with curly hair in a black jacket and a red skirt",
    ),
    Identity(
        "orange-tshirt",
        "P001",
        "left",
        "female",
        "short",
        1.76,
        Outfit("orange", "t-shirt", "black", "shorts", "white"),
        "a woman with short hair in an orange t-shirt and black shorts",
    ),
    Identity(
        "grey-sweater",
        "P004",
        "left",
        "female",
        "short",
        1.68,
        Outfit("grey", "sweater", "green", "trousers", "brown", "handbag", "brown"),
        "a woman in a grey sweater and green trousers with a brown handbag",
    ),
    Identity(
        "brown-coat",
        "P005",
        "right",
        "male",
        "short",
        1.80,
        Outfit("brown", "coat", "denim", "jeans", "black", None, None, "black"),
        "a man with a black hat in a brown coat and blue jeans",
    ),
    Identity(
        "black-tshirt",
        "P007",
        "right",
        "male",
        "short",
        1.76,
        Outfit("black", "t-shirt", "beige", "trousers", "brown", "backpack", "red"),
        "a man with curly hair in a black t-shirt and beige trousers with a red backpack",
    ),
)
