"""British, American and joined spellings: to the one that the grammar or the vocabulary uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reid.data.words import Vocabulary

# as typed -> as read; "gray" and "coloured" are unified by `reid.data.words` for every network
SPELLINGS: Mapping[str, str] = dict(
    pair.split("=")
    for pair in """
    gray=grey grayish=greyish coloured=colored colour=color colours=colors colourful=colorful multicolour=multicolored
    multicoloured=multicolored light-coloured=light-colored
    dark-coloured=dark-colored jewellery=jewelry pyjamas=pajamas pyjama=pajama pjs=pajamas moustache=mustache
    moustached=mustached woollen=woolen wooly=woolen woolly=woolen travelling=traveling centre=center plough=plow
    sandalled=sandaled labelled=labeled panelled=paneled jewelled=jeweled fibre=fiber cosy=cozy tyre=tire
    spectacled=spectacles blond=blonde brunet=brunette hoody=hoodie hoodies=hoodie tshirt=t-shirt tshirts=t-shirt
    teeshirt=t-shirt teeshirts=t-shirt tee-shirts=t-shirt longsleeved=long-sleeved shortsleeved=short-sleeved
    longsleeve=long-sleeve shortsleeve=short-sleeve trenchcoat=trench-coat rain-coat=raincoat over-coat=overcoat
    sun-glasses=sunglasses hand-bag=handbag handbags=handbag back-pack=backpack back-packs=backpacks ruck-sack=rucksack
    sweat-shirt=sweatshirt head-phones=headphones ear-phones=earphones mini-skirt=miniskirt under-shirt=undershirt
    suit-case=suitcase brief-case=briefcase foot-wear=footwear sports-wear=sportswear
    zipup=zip-up offwhite=off-white navyblue=navy-blue darkblue=dark-blue lightblue=light-blue darkgreen=dark-green
    lightgreen=light-green darkgrey=dark-grey darkgray=dark-grey lightgrey=light-grey lightgray=light-grey
    darkred=dark-red darkbrown=dark-brown lightbrown=light-brown skyblue=sky-blue hotpink=hot-pink
    """.split()
)


def respelt(words: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Tokens in the spelling of the grammar, as far as the vocabulary holds it or not even the one that was typed."""
    return [
        SPELLINGS[word] if word in SPELLINGS and (SPELLINGS[word] in vocabulary or word not in vocabulary) else word
        for word in words
    ]
