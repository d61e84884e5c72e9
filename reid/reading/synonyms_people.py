"""Names of people, by the term that the grammar was trained with."""

from __future__ import annotations

from collections.abc import Mapping

# trained term -> names
NAMES: Mapping[str, str] = {
    "man": "bloke, chap, dude, fellow, fella, gent, sir, mister, dad, daddy, father, brother, uncle, "
    "husband, businessman, workman, policeman, fireman, salesman, postman, schoolmaster, waiter, monk, "
    "groom, men, blokes, gentlemen, males, guys, son, nephew, stepfather, widower, repairman, doorman, "
    "craftsman, tradesman, lorry driver, hunk, geezer, feller, cowboy, priest, imam, rabbi",
    "woman": "gal, madam, mum, mom, mommy, mummy, mother, sister, aunt, auntie, wife, girlfriend, "
    "businesswoman, policewoman, waitress, actress, nun, hostess, housewife, widow, bride, women, ladies, "
    "females, daughter, niece, saleswoman, stewardess, air hostess, damsel, miss, missus, stepmother, ma'am, "
    "lassies, chick, mademoiselle, cleaning lady, meter maid",
    "person": "human, human being, passer by, passerby, stranger, somebody, people, persons, anyone, "
    "anybody, suspect, thief, burglar, robber, culprit, perpetrator, offender, intruder, criminal, victim, "
    "witness, visitor, customer, shopper, passenger, commuter, tourist, traveller, traveler, worker, "
    "employee, colleague, driver, cyclist, jogger, pickpocket, shoplifter, subject, adult, grown up, folk, "
    "bystander, owner, biker, hiker, vandal, guest, neighbour, neighbor, doctor, teacher, bouncer, guard, "
    "parent, partner, friend, mate, pal, spouse, relative",
    "girl": "lass, lassie, schoolgirl, school girl, little girl, girls",
    "boy": "lad, schoolboy, school boy, laddie, little boy, boyfriend, boys, lads",
    "young person": "toddler, infant, baby, child, kid, kiddie, teen, teenager, adolescent, youngster, "
    "youth, student, pupil, schoolchild, juvenile, preschooler, children, kids, teens, teenagers, students, "
    "young adult, minor, newborn, tween, tot, schoolkid, undergraduate, young one, tiny tot",
    "old person": "pensioner, oap, senior citizen, retiree, elder, oldie, old timer, pensioners, "
    "centenarian, octogenarian, septuagenarian, older adult, aged person",
    "old man": "grandpa, grandad, granddad, grandfather, gramps, old boy, old bloke, old guy, old gent",
    "old woman": "grandma, granny, gran, grandmother, nan, nana, nanny, old lady, old dear, crone",
    # before a name of a person
    "young": "youthful, teenage, teenaged, twentysomething, younger, college age",
    "old": "aged, geriatric, grizzled, ancient, retired, oldish, wizened, mature",
}

# Adjectives and nouns that are about hair or the head: said behind the person, as the grammar does.
WITH: Mapping[str, str] = {
    "blonde hair": "blonde, blond, fair haired, blonde haired, blond haired, golden haired, blondie, tow headed",
    "brown hair": "brunette, redhead, red haired, ginger haired, redheaded, brown haired, auburn haired, "
    "red headed, chestnut haired, carrot top, ginger",
    "black hair": "black haired, raven haired",
    "dark hair": "dark haired",
    "grey hair": "grey haired, white haired, silver haired, greying, grey headed, silver fox, gray haired, greyhaired",
    "light hair": "light haired",
    "long hair": "long haired, longhaired",
    "short hair": "short haired, shorthaired, crop haired, close cropped",
    "a bald head": "bald, balding, baldy, bald headed, hairless, baldheaded, shaven headed, slaphead",
    "long hair in a ponytail": "ponytailed, pony tailed, pigtailed, braided",
    "glasses": "bespectacled, four eyed",
    "nothing in the hands": "empty handed, emptyhanded, barehanded",
    "a shaved head": "shaven head, skinhead, buzz cut, buzzcut, crew cut, crewcut, clean shaven head",
}

# red hair, which no label tells
NO_LABEL = tuple(
    "red, reddish, ginger, auburn, copper, titian, carroty, strawberry blonde, redhead, red haired, ginger haired, "
    "redheaded, red headed, auburn haired, carrot top, reddish brown".split(", ")
)

# How hair is worn: the grammar knows a ponytail and a bun.
STYLES: Mapping[str, str] = {
    "hair in a ponytail": "hair in a pony tail, hair in pigtails, hair in braids, hair in plaits, "
    "hair in a braid, hair in a plait, hair in dreadlocks, hair in bunches, braided hair, plaited hair, "
    "ponytailed hair",
    "hair in a bun": "hair in a topknot, hair in a chignon, hair in a knot",
    "long hair in a ponytail": "a ponytail, a pony tail, ponytail, pigtails, two pigtails, braids, plaits, "
    "a braid, a plait, dreadlocks, dreads, bunches",
    "long hair in a bun": "a bun, a topknot, a man bun, a chignon, bun",
    "nothing in the hands": "empty hands, bare hands, hands empty",
    "short black hair": "an afro, afro, afro hair",
    "short hair": "cropped hair, a bob, bobbed hair, bob cut, a pixie cut, pixie cut, close cropped hair, a bob cut",
}
