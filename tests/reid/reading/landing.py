"""Words that people type, with the trained term that each must land nearest to among others of its kind."""

from __future__ import annotations

# kind -> (sentence, competing trained terms, term -> words)
KINDS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "colour": (
        "woman in a {} coat",
        ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"),
        {
            "black": "jet-black, ebony, onyx, pitch black",
            "white": "cream, ivory, off-white, eggshell, pearl",
            "grey": "gray, charcoal, silver, slate, graphite, gunmetal, ash",
            "red": "scarlet, maroon, crimson, burgundy, ruby, cherry, vermilion, claret, brick red, wine",
            "orange": "peach, coral, tangerine, apricot, terracotta, amber",
            "yellow": "mustard, gold, golden, lemon, saffron, ochre, canary yellow",
            "green": "olive, lime, emerald, jade, mint, teal, bottle green, moss green, forest green",
            "blue": "turquoise, navy, cyan, azure, cobalt, indigo, sapphire, aquamarine, midnight blue, navy blue",
            "purple": "violet, lilac, mauve, lavender, magenta, fuchsia, aubergine, plum",
            "pink": "salmon, rose, blush pink, raspberry, hot pink",
            "brown": "khaki, beige, tan, taupe, chocolate, coffee, chestnut, mahogany, camel, rust, bronze, mocha",
        },
    ),
    "upper body": (
        "man wearing a red {}",
        ("shirt", "t-shirt", "jacket", "sweater", "coat", "suit", "dress", "blouse"),
        {
            "coat": "overcoat, trenchcoat, cloak, cape, mackintosh, peacoat, duffle coat, greatcoat",
            "jacket": "parka, bomber, puffer, windcheater, gilet, body warmer, cagoule, blazer, windbreaker, waistcoat",
            "sweater": "jumper, pullover, fleece, turtleneck, cardigan, hoodie, sweatshirt",
            "t-shirt": "tee, singlet, tank top, crop top, tshirt",
            "suit": "tuxedo, pinstripe suit",
            "dress": "gown, frock, sundress",
        },
    ),
    "lower body": (
        "man with black {}",
        ("trousers", "jeans", "shorts", "skirt", "leggings"),
        {
            "trousers": "pants, slacks, chinos, joggers, sweatpants, cargo pants, corduroys, tracksuit bottoms",
            "jeans": "denim, denims, jeggings",
            "shorts": "bermudas, hot pants, cut-offs, swimming trunks",
            "skirt": "miniskirt, kilt, tutu",
            "leggings": "tights, stockings",
        },
    ),
    "bag": (
        "woman carrying a {}",
        ("backpack", "shoulder bag", "handbag", "suitcase", "umbrella", "folder", "plastic bag"),
        {
            "backpack": "rucksack, knapsack, haversack, schoolbag, daypack",
            "shoulder bag": "satchel, holdall, duffel bag, sling bag, gym bag, bumbag",
            "handbag": "purse, clutch, tote, pocketbook",
            "suitcase": "valise, luggage, baggage, briefcase, pram, pushchair, stroller, trolley",
            "umbrella": "brolly, parasol",
            "folder": "binder, clipboard, newspaper, magazine",
        },
    ),
    "shoes": (
        "man with white {}",
        ("sneakers", "boots", "sandals", "leather shoes", "shoes"),
        {
            "sneakers": "trainers, runners, plimsolls, gym shoes, high-tops",
            "boots": "wellingtons, wellies, galoshes, uggs, hiking boots",
            "sandals": "flip-flops, crocs, slippers, espadrilles",
            "leather shoes": "brogues, loafers, moccasins, dress shoes",
            "shoes": "heels, stilettos, high heels, footwear",
        },
    ),
    "head": (
        "man with a {}",
        ("hat", "scarf", "sunglasses", "headphones", "headband"),
        {
            "hat": "cap, beanie, beret, helmet, turban, fedora, bobble hat, baseball cap, trilby",
            "scarf": "shawl, muffler, bandana, snood, headscarf, hijab",
            "sunglasses": "shades, goggles, aviators",
            "headphones": "earphones, earbuds, headset, airpods",
            "headband": "hairband, tiara, alice band",
        },
    ),
    "person": (
        "{} in a red coat",
        ("woman", "man", "person"),
        {
            "woman": "lady, gal, mum, grandma, policewoman, girl, lass, schoolgirl, housewife, waitress",
            "man": "gentleman, bloke, chap, lad, dude, guy, fella, grandpa, husband, policeman, schoolboy",
            "person": "pedestrian, individual, passer-by, somebody, stranger, cyclist, suspect",
        },
    ),
    "age": (
        "{} in a red coat",
        ("young person", "old person"),
        {
            "young person": "toddler, child, kid, teenager, infant, youngster, adolescent, student",
            "old person": "pensioner, senior citizen, oap, retiree",
        },
    ),
    "hair": (
        "woman with {} hair",
        ("black", "brown", "grey", "blonde"),
        {
            "black": "jet-black, raven, dark",
            "brown": "brunette, auburn, ginger, chestnut, red",
            "grey": "silver, white, salt-and-pepper, greying",
            "blonde": "blond, golden, platinum, fair, flaxen",
        },
    ),
}


def words() -> list[tuple[str, str, str]]:
    """(kind, word, trained term)."""
    return [
        (kind, word, term)
        for kind, (_, _, table) in KINDS.items()
        for term, listed in table.items()
        for word in listed.split(", ")
    ]
