"""Names of colours that the grammar does not use, by the trained name that they come nearest to.

Names that the grammar uses are left alone (scarlet, maroon, khaki ...), but for three that the shipped network has not
learnt to the end: of "gold", "golden" and "navy" it makes green, purple and black. Measured by
tests/reid/reading/test_synonyms.py.
"""

from __future__ import annotations

from collections.abc import Mapping

# trained term -> names
NAMES: Mapping[str, str] = {
    "black": "jet black, pitch black, coal black, ebony, onyx, inky, blackish, sable",
    "white": "ivory, off-white, offwhite, eggshell, alabaster, pearl white, snow white, snowy, ecru, whitish",
    "grey": "slate grey, slate, graphite, gunmetal, pewter, ash grey, smoky grey, steel grey, stone grey, "
    "anthracite, silvery, leaden, mouse grey",
    "light grey": "pale grey, dove grey, heather grey",
    "dark grey": "deep grey",
    "red": "vermilion, vermillion, blood red, cherry red, ruby, ruby red, brick red, wine red, cardinal red, "
    "fire red, fiery red, tomato red, reddish, carmine, deep red, rust red",
    "burgundy": "claret, oxblood, bordeaux, wine coloured",
    "orange": "tangerine, apricot, terracotta, terra cotta, burnt orange, orangey, orangish, amber",
    "yellow": "gold, golden, lemon yellow, canary yellow, primrose, saffron, straw coloured, yellowish, "
    "sunflower yellow, ochre, high visibility, fluorescent yellow, neon yellow, luminous yellow",
    "green": "emerald, emerald green, jade, jade green, moss green, sage green, pistachio, viridian, "
    "grass green, kelly green, greenish, sea green, fluorescent green, neon green, pea green, apple green",
    "dark green": "bottle green, forest green, hunter green, racing green, british racing green, fir green",
    "light green": "pale green, mint green, pastel green",
    "olive": "olive green, olive drab",
    "lime green": "chartreuse",
    "blue": "cyan, azure, cobalt, cobalt blue, cerulean, ultramarine, sapphire, sapphire blue, "
    "cornflower blue, cornflower, electric blue, petrol blue, indigo, bluish, periwinkle, ocean blue, "
    "teal blue, denim blue, steel blue, slate blue, french blue, bleu",
    "light blue": "baby blue, powder blue, pale blue, ice blue, duck egg blue",
    "dark blue": "midnight blue, prussian blue, deep blue, oxford blue",
    "navy blue": "navy, navy coloured",
    "turquoise": "aquamarine",
    "purple": "lilac, mauve, aubergine, amethyst, heliotrope, mulberry, purplish, grape coloured, "
    "eggplant coloured, puce, royal purple, deep purple",
    "magenta": "fuchsia, fuschia, cerise",
    "pink": "blush pink, baby pink, rose pink, salmon pink, coral pink, rosy, bubblegum pink, pinkish, "
    "pale pink, dusty pink, neon pink, raspberry, peony pink, shocking pink",
    "brown": "taupe, chestnut brown, chocolate brown, coffee brown, mahogany, mocha, sienna, umber, tawny, "
    "cinnamon, nut brown, brownish, sepia, bronze, bronzed, copper coloured, rust, rust coloured, rusty, "
    "caramel, toffee, walnut brown, reddish brown",
    "dark brown": "deep brown, espresso brown",
    "light brown": "pale brown, sandy brown, fawn",
    "beige": "buff, sand coloured, oatmeal, biscuit coloured, sandy, nude coloured",
    "dark": "dark hued, darkish, gloomy",
    "light colored": "pale, pastel, light hued, lightly coloured, light toned",
}

# Things that are colours only where they stand before what is worn or carried: "a cherry coat", not "a cherry".
THINGS: Mapping[str, str] = {
    "black": "jet, raven, coal, ink, soot",
    "white": "pearl, snow, chalk, bone, linen, vanilla, magnolia",
    "grey": "ash, smoke, steel, iron, lead, stone, titanium",
    "red": "cherry, blood, brick, strawberry, tomato, cardinal, poppy",
    "burgundy": "wine",
    "yellow": "lemon, canary, straw, honey, sunflower, banana",
    "green": "moss, sage, fern, forest, grass, pea, camouflage, camo, camouflaged, army, military, combat",
    "purple": "grape, eggplant, orchid",
    "pink": "bubblegum, blush",
    "brown": "chocolate, coffee, mahogany, chestnut, walnut, cocoa, hazel, copper, ginger",
    "dark blue": "midnight",
    "beige": "sand, biscuit",
}

# Before "hair" colours have other names; see `trained.HAIR_COLOURS`.
HAIR: Mapping[str, str] = {
    "black": "jet black, raven, raven black, ebony, darkest",
    "brown": "brunette, chestnut, auburn, ginger, copper, red, reddish, hazel, mousy, mousey, chocolate, "
    "chestnut brown, reddish brown, strawberry blonde, carroty, titian",
    "light brown": "sandy, dirty blonde, dark blonde, mouse coloured",
    "grey": "silver, silvery, white, greying, salt and pepper, snow white, snowy, steel grey, ashen",
    "blonde": "blond, platinum, platinum blonde, flaxen, fair, straw coloured, ash blonde, honey blonde, "
    "golden blonde, bleached, peroxide, yellowish, bleached blonde",
}
