"""Short stories: a hero, a home, a plot from plots.txt told stage by stage, an ending."""

import re
from pathlib import Path

from grammar import choose, say
from words import (ADULT_HOMES, ADULT_KINDS, ANIMAL_HELPERS, ANIMAL_HOMES, ANIMAL_KINDS, BOYS, CARRIED, CHILD_HOMES,
                   FOODS, GIRLS, HELPERS, PETS, QUALITIES)

PRONOUNS = {"she": ("she", "her", "her", "herself", "hers"), "he": ("he", "him", "his", "himself", "his")}
STRANGERS = {"found", "newtown", "firstday", "storm", "customer"}  # here the friend is met only in the story
OWNED = {"lost", "broken", "quarrel"}  # here the hero has the object from the start
DAYS = ["one day", "one morning", "one afternoon", "one sunny day", "one windy day", "one Saturday", "one Sunday",
        "one spring day", "one autumn day", "one fine day", "one cold morning", "on a summer day"]
ENDINGS = ["It was a good day.", "{hero} never forgot that day.",
           "And that was how it went.", "{hero} and {friend} stayed friends for a long time.",
           "{hero} told the story at home that evening.", "In the evening, {hero} was tired but happy."]
OPENINGS = ["Once there was a {quality} {kind} named {hero}. {He} lived {home}.",
            "{hero} was a {quality} {kind} who lived {home}.",
            "Once upon a time, a {kind} named {hero} lived {home}.",
            "There was once a {quality} {kind} called {hero}, who lived {home}.",
            "{hero} was a {kind}. {He} lived {home}.",
            "A {quality} {kind} named {hero} lived {home}."]
OFFICE_OPENINGS = ["{hero} worked in a office in the city.", "{hero} worked for a small company.",
                   "{hero} had a job in a office near the station.", "{hero} worked in a small office with five other people."]
FRIENDS = ["{His} best friend was {friend}.", "{He} had a good friend named {friend}.",
           "{His} friend {friend} lived nearby.", "{His} best friend was a {fkind} named {friend}."]
COLLEAGUES = ["{friend} worked at the next desk.", "{He} shared a room with {friend}.",
              "{His} colleague {friend} had worked there for many years."]


def alternatives(line):
    """The alternatives of a stage: split at bars that stand outside square brackets."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(line):
        depth += (letter == "[") - (letter == "]")
        if letter == "|" and depth == 0:
            parts.append(line[start:at])
            start = at + 1
    return [part.strip() for part in parts + [line[start:]]]


def read_plots(path=Path(__file__).with_name("plots.txt")):
    """Plot name to (who it suits, whether it turns on an object, its stages)."""
    plots = {}
    for block in path.read_text().split("## ")[1:]:
        head, *lines = block.strip().splitlines()
        name, who, *rest = head.split()
        plots[name] = (who, "object" in rest, [line for line in lines if line.strip()])
    return plots


PLOTS = read_plots()


def _person(slots, prefix, name, pronoun):
    he, him, his, himself, hers = PRONOUNS[pronoun]
    slots.update({prefix + "he": he, prefix + "him": him, prefix + "his": his, prefix + "himself": himself,
                  prefix + "his_own": hers})
    if name:
        slots["friend" if prefix == "f" else "hero"] = name


def cast(rng, sort, kind=None, thing=None, name=None):
    """Everyone and everything a story needs. The sort is child, adult, animal or office."""
    slots = {}
    she = rng.random() < 0.5
    if kind in ("girl", "woman"):
        she = True
    if kind in ("boy", "man", "fisherman"):
        she = False
    if name:
        she = name in GIRLS or (name not in BOYS and she)
    if sort == "animal":
        kind = kind or rng.choice(ANIMAL_KINDS)
        names, homes, kinds, helpers = PETS, ANIMAL_HOMES, ANIMAL_KINDS, ANIMAL_HELPERS
    elif sort == "child":
        kind = kind or ("girl" if she else "boy")
        names, homes, kinds, helpers = (GIRLS if she else BOYS), CHILD_HOMES, None, HELPERS
    else:
        if kind is None:
            kind = rng.choice(ADULT_KINDS)
            she = she and kind != "fisherman"
        names, homes, kinds, helpers = (GIRLS if she else BOYS), ADULT_HOMES, ADULT_KINDS, HELPERS
    hero = name or rng.choice(names)
    _person(slots, "", hero, "she" if she else "he")
    friend_she = rng.random() < 0.5
    friends = PETS if sort == "animal" else GIRLS if friend_she else BOYS
    _person(slots, "f", rng.choice([n for n in friends if n != hero]), "she" if friend_she else "he")
    slots["kind"] = kind
    slots["fkind"] = (("girl" if friend_she else "boy") if sort == "child" else
                      rng.choice([k for k in kinds if k != kind and not (friend_she and k == "fisherman")]))
    helper, helper_pronoun = rng.choice([h for h in helpers if h[0].split()[-1] not in (kind, slots["fkind"])])
    _person(slots, "h", None, helper_pronoun)
    slots.update(helper=helper, ahelper="a " + helper, thehelper="the " + helper, home=rng.choice(homes),
                 quality=rng.choice(QUALITIES))
    row = thing or rng.choice(CARRIED)
    slots.update(obj=row[0], look=rng.choice(row[1].split(", ")), use=row[2], broken=row[3], mended=row[4])
    slots["food"], slots["food2"] = rng.sample(FOODS, 2)
    slots["gift"] = choose("[a jar of honey|a basket of apples|a bunch of flowers|a warm loaf of bread|a piece of cake]", rng)
    slots["work"] = choose("[sweep the yard|water the garden|carry the wood|feed the hens|wash the windows|pick the apples]", rng)
    slots["day"], slots["night"] = rng.choice(DAYS), "one night"
    return slots


def tell(rng, plot=None, sort=None, kind=None, thing=None, name=None):
    """One story as text. What the caller leaves open is drawn."""
    if plot is None:
        fitting = [p for p, (who, with_object, _) in PLOTS.items()
                   if suits(who, sort) and (thing is None or with_object)]
        plot = rng.choice(fitting)
    who, with_object, stages = PLOTS[plot]
    if sort is None:
        sort = rng.choice([s for s in ("child", "adult", "animal", "office") if suits(who, s)])
    slots = cast(rng, sort, kind, thing, name)
    parts = _opening(rng, plot, sort, with_object, slots)
    for stage in stages:
        if stage.startswith("@"):
            _draw(stage, slots, rng)
            continue
        options = alternatives(stage)
        if options[0].startswith("?") and rng.random() < 0.5:
            continue
        parts.append(_sentence_start(rng.choice(options).lstrip("? ")))
    if plot not in ("noise", "moon", "honest", "key", "firstday") and rng.random() < 0.25:
        parts.append(rng.choice(ENDINGS))
    return say(" ".join(parts), rng, **slots)


def suits(who, sort):
    if sort is None:
        return True
    if who == "office" or sort == "office":
        return who == sort
    return who == "any" or who == sort or sort in {"person": ("child", "adult"), "young": ("child", "animal")}.get(who, ())


def _sentence_start(stage):
    """A stage that starts with a slot asks for the slot's capital form."""
    return re.sub(r"^\{(\w)", lambda m: "{" + m.group(1).upper(), stage)


def _opening(rng, plot, sort, with_object, slots):
    if sort == "office":
        parts = [] if plot in ("firstday", "customer") else [rng.choice(OFFICE_OPENINGS)]
    else:
        parts = [rng.choice(OPENINGS)]
    if plot not in STRANGERS:
        parts.append(rng.choice(COLLEAGUES if sort == "office" else FRIENDS[:2] + FRIENDS[3:] if sort == "animal" else FRIENDS))
    if plot in OWNED and plot != "quarrel":
        parts.append(rng.choice(["{He} had a {look} {obj}.", "{He} had a {look} {obj}, and {he} used it to {use}.",
                                 "{He} had a {look} {obj} and liked it very much."]))
    if sort == "office" and plot in ("firstday", "customer"):
        return []
    return parts


def _draw(line, slots, rng):
    """Draws the plot's own words: ``@ {a}/{b} = one/two; three/four`` gives a and b from the same column."""
    names, values = line[1:].split(" = ")
    for name, value in zip(re.findall(r"\{(\w+)\}", names), rng.choice(values.split(";")).strip().split("/")):
        slots[name] = value
