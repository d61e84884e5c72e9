"""How people say what the attributes mean: the words that the caption grammar chooses from.

A colour word names the label it is said of, and further labels that would be no surprise: annotators and witnesses
disagree about navy and black, or khaki and brown. Weights say how often a word is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping

# label -> (phrase, weight, other labels that fit the phrase as well)
COLOUR_WORDS: Mapping[str, tuple[tuple[str, float, tuple[str, ...]], ...]] = {
    "black": (
        ("black", 10, ()),
        ("dark", 1.5, ("blue", "grey", "brown")),
        ("dark colored", 1, ("blue", "grey", "brown")),
        ("dark blue", 0.7, ("blue",)),
        ("navy", 0.4, ("blue",)),
        ("dark grey", 0.8, ("grey",)),
    ),
    "white": (
        ("white", 10, ()),
        ("light colored", 1, ("grey", "yellow", "pink")),
        ("cream", 0.5, ("yellow",)),
        ("cream colored", 0.3, ("yellow",)),
        ("off white", 0.4, ("grey",)),
        ("light grey", 0.7, ("grey",)),
        ("beige", 0.3, ("brown", "yellow")),
    ),
    "grey": (
        ("grey", 10, ()),
        ("dark grey", 1.5, ("black",)),
        ("light grey", 1.5, ("white",)),
        ("charcoal", 0.4, ("black",)),
        ("silver", 0.3, ("white",)),
        ("greyish", 0.3, ()),
        ("tan", 0.3, ("brown", "yellow")),
        ("light colored", 0.4, ("white",)),
    ),
    "red": (
        ("red", 10, ()),
        ("bright red", 1, ()),
        ("dark red", 1, ("brown", "purple")),
        ("maroon", 0.6, ("purple", "brown")),
        ("burgundy", 0.4, ("purple", "brown")),
        ("crimson", 0.2, ()),
        ("scarlet", 0.2, ("orange",)),
    ),
    "orange": (
        ("orange", 10, ()),
        ("bright orange", 1, ()),
        ("peach", 0.5, ("pink",)),
        ("coral", 0.5, ("pink", "red")),
    ),
    "yellow": (
        ("yellow", 10, ()),
        ("bright yellow", 1, ()),
        ("light yellow", 0.7, ("white",)),
        ("gold", 0.4, ("orange",)),
        ("mustard", 0.3, ("brown",)),
        ("cream", 0.3, ("white",)),
        ("beige", 0.5, ("brown", "white")),
        ("tan", 0.5, ("brown",)),
    ),
    "green": (
        ("green", 10, ()),
        ("dark green", 1.2, ()),
        ("light green", 1, ()),
        ("olive", 0.5, ("brown",)),
        ("lime green", 0.4, ("yellow",)),
        ("khaki", 0.2, ("brown",)),
        ("teal", 0.4, ("blue",)),
        ("mint", 0.2, ("blue",)),
        ("army green", 0.2, ()),
    ),
    "blue": (
        ("blue", 10, ()),
        ("dark blue", 2, ("black",)),
        ("light blue", 2, ()),
        ("navy blue", 0.8, ("black",)),
        ("navy", 0.6, ("black",)),
        ("bright blue", 0.5, ()),
        ("royal blue", 0.3, ("purple",)),
        ("sky blue", 0.3, ()),
        ("turquoise", 0.3, ("green",)),
        ("aqua", 0.2, ("green",)),
    ),
    "purple": (
        ("purple", 10, ()),
        ("violet", 0.6, ("blue",)),
        ("lavender", 0.6, ("pink",)),
        ("magenta", 0.4, ("pink", "red")),
        ("plum", 0.2, ("red",)),
    ),
    "pink": (
        ("pink", 10, ()),
        ("light pink", 1, ("white",)),
        ("hot pink", 0.7, ("red",)),
        ("rose", 0.3, ("red",)),
        ("salmon", 0.3, ("orange",)),
    ),
    "brown": (
        ("brown", 10, ()),
        ("tan", 1, ("yellow", "grey")),
        ("khaki", 1, ("green", "grey", "yellow")),
        ("beige", 1, ("yellow", "white", "grey")),
        ("light brown", 0.8, ()),
        ("dark brown", 0.8, ("black",)),
        ("camel", 0.2, ("yellow",)),
    ),
}

# Labels that are so often taken for each other that one of them hardly contradicts the other.
NEAR: Mapping[str, tuple[str, ...]] = {
    "black": ("blue", "grey"),
    "white": ("grey",),
    "grey": ("black", "white", "blue", "brown"),
    "red": ("pink", "orange"),
    "orange": ("red", "yellow", "brown"),
    "yellow": ("orange", "brown", "white", "green"),
    "green": ("blue",),
    "blue": ("black", "purple", "grey", "green"),
    "purple": ("pink", "blue", "red"),
    "pink": ("purple", "red"),
    "brown": ("grey", "yellow", "orange", "black"),
}

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "female": ("woman", "woman", "woman", "lady", "female", "girl"),
    "male": ("man", "man", "man", "guy", "male", "boy", "gentleman"),
    "any": ("person", "person", "pedestrian", "individual", "someone"),
}

SHORT_SLEEVED: tuple[str, ...] = (
    "t-shirt",
    "t-shirt",
    "t shirt",
    "tee shirt",
    "tee",
    "polo shirt",
    "short sleeved shirt",
)
SHORT_SLEEVED += ("short sleeve shirt", "short sleeved top", "short sleeve t-shirt", "shirt with short sleeves")
LONG_SLEEVED: tuple[str, ...] = (
    "long sleeved shirt",
    "long sleeve shirt",
    "long sleeved top",
    "long sleeve top",
    "jacket",
    "jacket",
)
LONG_SLEEVED += ("coat", "coat", "sweater", "hoodie", "sweatshirt", "pullover", "cardigan", "long sleeves", "jumper")
JACKETS: tuple[str, ...] = (
    "jacket",
    "jacket",
    "coat",
    "coat",
    "zip up jacket",
    "hooded jacket",
    "overcoat",
    "blazer",
    "parka",
    "windbreaker",
)
JACKETS += (
    "hooded coat",
    "puffy jacket",
    "long coat",
    "winter coat",
    "anorak",
    "raincoat",
    "trench coat",
    "leather jacket",
)
SWEATERS = ("sweater", "sweater", "pullover", "cardigan", "jumper", "sweatshirt", "hoodie")
SUITS = ("suit", "suit jacket", "business suit", "suit coat", "blazer")
ANY_TOP = ("shirt", "shirt", "shirt", "top", "top")
WOMENS_TOP = ("blouse", "top", "tunic")

TROUSERS = ("pants", "pants", "pants", "trousers", "trousers", "slacks", "long pants", "long trousers")
JEANS = ("jeans", "jeans", "denim jeans", "denim pants")
TIGHTS = ("leggings", "tight pants", "skinny jeans", "tights", "tight jeans")
SHORTS = ("shorts", "shorts", "shorts", "short pants", "knee length shorts", "capri pants", "bermuda shorts")
SKIRTS = ("skirt", "skirt", "short skirt", "dress", "miniskirt")
LONG_SKIRTS = ("long skirt", "skirt", "long dress", "maxi skirt")

SHOES = ("shoes", "shoes", "shoes", "footwear", "pair of shoes")
FOOTWEAR: Mapping[str, tuple[str, ...]] = {
    "sneakers": ("sneakers", "sneakers", "tennis shoes", "running shoes", "sports shoes", "trainers", "athletic shoes"),
    "boots": ("boots", "boots", "ankle boots", "high boots"),
    "sandals": ("sandals", "sandals", "flip flops", "slippers"),
    "leather_shoes": ("leather shoes", "dress shoes", "loafers"),
}

BAGS: Mapping[str, tuple[str, ...]] = {
    "backpack": ("backpack", "backpack", "backpack", "rucksack", "book bag", "back pack", "knapsack", "school bag"),
    "shoulder_bag": (
        "shoulder bag",
        "messenger bag",
        "bag over shoulder",
        "bag on shoulder",
        "crossbody bag",
        "satchel",
    ),
    "hand_bag": ("handbag", "hand bag", "plastic bag", "tote bag", "shopping bag", "bag in hand", "carrier bag"),
    "suitcase": ("suitcase", "luggage", "rolling suitcase", "briefcase", "trolley case"),
    "folder": ("folder", "book", "some papers", "file", "notebook"),
    "umbrella": ("umbrella",),
}
WORN: Mapping[str, tuple[str, ...]] = {
    "hat": ("hat", "cap", "hat", "baseball cap", "beanie", "woolen hat"),
    "glasses": ("sunglasses", "glasses", "sun glasses", "dark glasses"),
    "scarf": ("scarf", "shawl", "muffler"),
    "headphones": ("headphones", "earphones", "headset"),
    "hair_band": ("hair band", "headband"),
}
HAIR_COLOURS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "hair_black": (("black", ()), ("black", ()), ("dark", ("hair_brown",)), ("dark colored", ("hair_brown",))),
    "hair_brown": (
        ("brown", ()),
        ("brown", ()),
        ("dark brown", ("hair_black",)),
        ("light brown", ("hair_blonde",)),
        ("brunette", ()),
    ),
    "hair_grey": (("grey", ()), ("white", ()), ("silver", ())),
    "hair_blonde": (("blonde", ()), ("blond", ()), ("yellow", ()), ("light", ("hair_grey",)), ("golden", ())),
}

# What captions talk about and no label says; a network must learn to pass over it.
SCENERY = (
    "walking away from the camera",
    "walking towards the camera",
    "walking forward",
    "walking down the street",
    "standing still",
    "talking on a cell phone",
    "looking at the phone",
    "facing left",
    "facing the camera",
    "seen from behind",
    "looking to the right",
    "with arms by the side",
    "with one foot in front of the other",
    "looking down",
    "in mid stride",
    "riding a bicycle",
    "holding a phone in one hand",
    "holding a bottle",
    "with both hands in the pockets",
)
TRIMMINGS: tuple[str, ...] = (
    "with a zipper",
    "with a hood",
    "with buttons",
    "with a collar",
    "with {c} trim",
    "with {c} sleeves",
)
TRIMMINGS += ("with a design on the front", "over a {c} shirt", "with a {c} belt", "with {c} lettering", "with pockets")

# Words around people and clothes that ship with the vocabulary even if they are rare elsewhere.
FURTHER_WORDS = tuple(
    """
    bloke chap lad lads lass dude gal fellow mum mom dad grandma grandpa grandmother grandfather granny schoolgirl
    schoolboy student worker policeman policewoman cyclist jogger bermuda bermudas slacks pantsuit trench peacoat
    anorak bomber puffer windbreaker fleece parka gilet poncho cape cloak tunic robe kimono sari hijab turban beanie
    bandana beret visor helmet balaclava corduroy denim flannel leather suede velvet woolen knitted crochet lace
    satin silk cotton nylon camouflage camo tartan checkered checked gingham paisley polka-dot dotted floral striped
    stripy pinstripe plaid patterned printed plain fuchsia mauve lilac indigo cyan aquamarine turquoise teal azure
    cobalt navy crimson scarlet burgundy maroon rust copper bronze gold silver ivory cream beige tan khaki taupe
    ochre mustard lemon lime olive emerald jade mint charcoal ash jet ebony pale dark light bright neon fluorescent
    sleeveless sleeved long-sleeved short-sleeved v-neck turtleneck collared hooded zipped zip-up button-down knee-
    length ankle-length baggy skinny slim loose tight ripped faded jogger joggers sweatpants tracksuit overalls
    dungarees jumpsuit romper leggings tights stockings culottes chinos cargo breeches kilt miniskirt pinafore gown
    sundress swimsuit uniform apron vest waistcoat cardigan pullover jumper sweatshirt hoodie blouse polo jersey
    singlet camisole blazer tuxedo sneakers trainers loafers moccasins brogues heels stilettos pumps flats clogs
    crocs flip-flops slippers sandals boots wellingtons galoshes socks rucksack backpack knapsack satchel messenger
    duffel duffle holdall tote handbag purse clutch briefcase suitcase luggage trolley stroller pram pushchair
    umbrella parasol walking-stick cane crutch wheelchair skateboard scooter bicycle sunglasses spectacles
    eyeglasses goggles earphones headphones earbuds headset scarf shawl muffler necktie bowtie gloves mittens
    wristwatch bracelet necklace earrings lanyard ponytail pigtails braid braided braids bun bob afro dreadlocks
    cornrows mohawk curly wavy straight shaved bald balding blond blonde brunette redhead ginger auburn beard
    bearded moustache mustache goatee stubble toddler infant child kid teen teenager adolescent youth adult elderly
    senior middle-aged slim slender chubby plump overweight obese tall short stocky muscular petite hoodies jackets
    coats shirts dresses skirts backpacks bags hats caps jeans trousers
    """.split()  # noqa: SIM905 - a literal of so many strings reads worse
)
