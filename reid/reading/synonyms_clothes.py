"""Names of what is worn and carried, by the term that the grammar was trained with."""

from __future__ import annotations

from collections.abc import Mapping

# trained term -> names
NAMES: Mapping[str, str] = {
    # above the waist
    "coat": "mackintosh, mac coat, greatcoat, topcoat, peacoat, pea coat, duffle coat, duffel coat, "
    "duster coat, cloak, cape, fur coat, wool coat, woollen coat, trenchcoat, lab coat, quilted coat, "
    "afghan coat, frock coat, car coat, crombie, overcoat, trench coat",
    "jacket": "windcheater, cagoule, kagool, bomber, bomber jacket, puffer, puffer jacket, down jacket, "
    "padded jacket, parka, windbreaker, blazer, denim vest, quilted jacket, body warmer, bodywarmer, gilet, "
    "waistcoat, blouson, biker jacket, fleece jacket, sports jacket, sport jacket, track jacket, "
    "tracksuit top, tracksuit jacket, softshell, rain jacket, ski jacket, donkey jacket, parka jacket, "
    "varsity jacket, shell jacket, outerwear, puffa jacket, puffa, dinner jacket, windproof jacket, "
    "life jacket, anorak jacket",
    "raincoat": "cagoul, rainmac, rain coat, oilskin, oilskins, waterproof, waterproofs, pac a mac, poncho",
    "sweater": "fleece, turtleneck, turtle neck, polo neck, jersey sweater, jumper, knitwear, knitted top, "
    "guernsey, sweat shirt, woolly jumper, woolly, knitted jumper, christmas jumper, crewneck, twinset",
    "cardigan": "cardi, cardie, cardy",
    "hoodie": "hoody, hooded top, hooded sweatshirt, hooded sweater, hooded jumper, zip up hoodie, hooded fleece",
    "t-shirt": "tees, tee shirts, singlet, tank top, tanktop, tank, crop top, croptop, polo neck t shirt, "
    "football shirt, football jersey, soccer shirt, soccer jersey, jersey, camisole, halter top, halterneck, "
    "undershirt, string vest, sports shirt, basketball vest, cropped top, cami, sleeveless top",
    "polo shirt": "polo",
    "shirt": "button down, button down shirt, button up shirt, dress shirt, collared shirt, hawaiian shirt, jerkin",
    "suit": "tuxedo, dinner suit, pinstripe suit, pin stripe suit, trouser suit, pantsuit, three piece suit, "
    "two piece suit, lounge suit, black tie, morning suit",
    "blouse": "camisole top, peasant top, chemise",
    # below it
    "trousers": "chinos, joggers, jogging bottoms, jogging pants, jogger pants, sweatpants, sweat pants, "
    "cargo pants, cargo trousers, cargos, corduroys, cords, corduroy trousers, khakis, breeches, jodhpurs, "
    "trackies, track pants, tracksuit bottoms, tracksuit pants, pantaloons, flannels, culottes, "
    "palazzo pants, pyjama bottoms, yoga pants, suit trousers, combat trousers, combats, tracky bottoms, "
    "dungarees, overalls, salopettes, bell bottoms, flares, trouser, pant, drainpipes, waterproof trousers, "
    "capris trousers",
    "jeans": "denims, jeggings, blue denims, levis, levi's, dungaree jeans, denim trousers, denim, denim overalls",
    "shorts": "bermudas, hotpants, hot pants, cut offs, cutoffs, capris, trunks, swimming trunks, "
    "board shorts, boardshorts, boxers, gym shorts, running shorts, three quarter trousers, "
    "cropped trousers, cycling shorts, denim shorts, jean shorts",
    "skirt": "kilt, tutu, mini skirt, pencil skirt, pleated skirt, minidress, mini dress, a line skirt, "
    "skater skirt, denim skirt, leather skirt",
    "dress": "gown, frock, sundress, sun dress, pinafore, evening dress, summer dress, ball gown, "
    "shift dress, ballgown, cocktail dress",
    "long dress": "maxi dress, sari, saree, abaya, robe, kaftan, caftan, burka, burqa, kimono, cheongsam, qipao",
    "long skirt": "sarong, midi skirt, floor length skirt",
    "leggings": "stockings, pantyhose, treggings, nylons",
    # on the feet
    "sneakers": "trainers, runners, plimsolls, converse, gym shoes, sport shoes, sneaker, trainer shoes, "
    "high tops, pumps, canvas shoes, basketball shoes, football boots, skate shoes, trainer, chucks, nikes",
    "boots": "wellingtons, wellington boots, wellies, welly boots, gumboots, rubber boots, galoshes, "
    "booties, uggs, ugg boots, knee boots, knee high boots, cowboy boots, hiking boots, walking boots, "
    "combat boots, doc martens, work boots, chelsea boots, rain boots, riding boots, desert boots",
    "sandals": "flip flops, flipflops, flip-flop, crocs, sliders, thongs, espadrilles, mules, jandals, "
    "birkenstocks, gladiators, slippers",
    "leather shoes": "dress shoes, brogues, oxfords, oxford shoes, moccasins, derbies, office shoes, "
    "formal shoes, smart shoes, lace ups, patent shoes, business shoes",
    "shoes": "high heels, heels, stilettos, high heeled shoes, flats, ballet flats, court shoes, clogs, "
    "footgear, ballerinas, shoe, platforms, heeled shoes, stiletto heels",
    # on the head, the neck, the ears
    "hat": "beret, helmet, turban, bonnet, fedora, stetson, sombrero, panama hat, trilby, bowler, "
    "bowler hat, balaclava, toque, tuque, bobble hat, snapback, flat cap, peaked cap, visor, sun hat, "
    "sunhat, straw hat, bucket hat, cowboy hat, woolly hat, wooly hat, fur hat, headgear, skullcap, "
    "bike helmet, crash helmet, cycle helmet, hard hat, hardhat, top hat, baseball hat, skull cap, "
    "deerstalker, boater, ball cap, cap, beanie, baseball cap, knit cap, knitted hat, trucker hat, kippah, "
    "caps",
    "sunglasses": "shades, aviators, raybans, ray bans, goggles, ray ban sunglasses",
    "glasses": "spectacles, specs, eyeglasses, eye glasses, bifocals, reading glasses, eyewear, bespectacled",
    "scarf": "shawl, muffler, neckerchief, snood, pashmina, headscarf, head scarf, hijab, bandana, bandanna, "
    "foulard, neck scarf, neckwarmer, cravat, keffiyeh, scarves",
    "headphones": "earphones, ear phones, earbuds, ear buds, headset, airpods, earpods, earpiece, "
    "head phones, walkman, ear pods",
    "headband": "hairband, alice band, tiara, head band, sweatband, hair ribbon, scrunchie, bandeau",
    # in the hand, on the back
    "backpack": "haversack, daypack, day pack, schoolbag, bookbag, bergen, backbag, back bag, rucksack bag, "
    "hiking pack, knap sack, rucsac, ruck sack, backpacks, laptop backpack, sports backpack",
    "shoulder bag": "sling bag, cross body bag, courier bag, laptop bag, man bag, manbag, bum bag, bumbag, "
    "fanny pack, waist bag, hip bag, duffel bag, duffle bag, gym bag, sports bag, sport bag, sportsbag, "
    "weekend bag, weekender, satchel, side bag, diaper bag, changing bag, bag slung over the shoulder, "
    "bag across the body, camera bag, bag strap, holdall, hold all, kitbag, kit bag, duffel, duffle, "
    "duffel sack, pouch, crossbody",
    "handbag": "clutch, clutch bag, pocketbook, tote, evening bag, wristlet, handbags, wallet, tote handbag, "
    "hand held bag, ladies' bag, lady's bag, leather handbag",
    "plastic bag": "grocery bag, groceries, carryall, paper bag, sack, bin bag, shoppers, shopping, "
    "bag for life, canvas bag, cloth bag, plastic sack, polythene bag",
    "suitcase": "valise, portmanteau, trolley bag, wheeled suitcase, wheelie bag, wheelie case, luggage, "
    "baggage, travel bag, travel case, hand luggage, cabin bag, carry on, attache case, attache, suitcases, "
    "roller bag, cabin case, pilot case, luggage trolley, wheeled bag, flight case",
    "folder": "binder, ring binder, clipboard, portfolio, document wallet, dossier, documents, paperwork, "
    "leaflet, files, newspaper, magazine, papers, clip board, folders, books",
    "umbrella": "brolly, parasol, sunshade, umbrellas, gamp",
}

# No network was taught these. Read as the nearest thing that it was, which is told: in PETA pictures of 3DPeS,
# CAVIAR4REID, i-LID, MIT and SARC3D the shipped network sees more of a suitcase in who pushes a shopping trolley
# (+0.15, 34 pictures) or a pram (+0.11, 4 pictures) than in others.
STRETCHED: Mapping[str, str] = {
    "rolling suitcase": "pram, pushchair, stroller, baby buggy, baby carriage, buggy, trolley, "
    "shopping trolley, shopping cart, trolleys, prams",
    "jacket": "uniform, tracksuit, overall, apron, boiler suit, jumpsuit, onesie, romper, track suit, "
    "boilersuit, shell suit",
    "plaid": "tartan, gingham, houndstooth, dogtooth, argyle, check, chequered, tartan patterned, chequer",
    "striped": "stripey, pinstripe, pinstriped, pin striped, hooped, breton, candy striped",
    "yellow jacket": "safety vest, hi vis vest, high vis vest, hi vis jacket, high vis jacket, hi vis, high vis",
    "blue jacket": "denim jacket, jean jacket, jeans jacket, denim coat",
    "blue shirt": "denim shirt, chambray shirt, denim top",
}
