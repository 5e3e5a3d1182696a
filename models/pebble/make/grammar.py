"""The small grammar engine: templates with choices and slots become clean English sentences.

A template holds choices in square brackets, ``[One day|One morning]``, and slots in braces, ``{hero}``. Templates
write the article always as ``a``; :func:`tidy` makes it ``an`` where the next word needs it, and it starts every
sentence with a capital letter.
"""

import re

VOWEL_SOUND_EXCEPTIONS = re.compile(r"(?i)(uni(?!n|m)|use|usual|one\b|once|eu|ewe|u-|ukulele)")
SILENT_H = re.compile(r"(?i)(hour|honest|honou?r|heir)")
IRREGULAR_PLURALS = {
    "mouse": "mice", "goose": "geese", "sheep": "sheep", "fish": "fish", "deer": "deer", "wolf": "wolves",
    "knife": "knives", "leaf": "leaves", "shelf": "shelves", "scarf": "scarves", "loaf": "loaves", "foot": "feet",
    "tooth": "teeth", "child": "children", "man": "men", "woman": "women", "calf": "calves", "potato": "potatoes",
    "tomato": "tomatoes", "person": "people", "ox": "oxen", "half": "halves", "wife": "wives", "hoof": "hooves",
    "computer mouse": "computer mice", "fireman": "firemen", "fisherman": "fishermen", "volcano": "volcanoes",
    "postman": "postmen", "mango": "mangoes", "salmon": "salmon", "pair of scissors": "pairs of scissors",
    "police officer": "police officers", "toothbrush": "toothbrushes", "thief": "thieves", "jellyfish": "jellyfish",
    "starfish": "starfish", "goldfish": "goldfish", "octopus": "octopuses", "squid": "squid", "moose": "moose",
}
NUMBERS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
           "seventeen eighteen nineteen twenty").split()


def article(word):
    """The article a word needs: an apple, a boat, an hour, a useful tool."""
    if SILENT_H.match(word):
        return "an"
    if VOWEL_SOUND_EXCEPTIONS.match(word):
        return "a"
    return "an" if word[0].lower() in "aeiou" else "a"


def plural(noun):
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    head, _, last = noun.rpartition(" ")
    if head and last in IRREGULAR_PLURALS:
        return head + " " + IRREGULAR_PLURALS[last]
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def capital(text):
    """The text with its first letter large; an opening quotation mark before it is left alone."""
    return re.sub(r'^("?)([a-z])', lambda m: m.group(1) + m.group(2).upper(), text)


def listed(words, joiner="and"):
    """red, green and blue"""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" {joiner} " + words[-1]


def choose(template, rng):
    """The template with every choice made, the innermost first."""
    while "[" in template:
        template = re.sub(r"\[([^\[\]]*)\]", lambda m: rng.choice(m.group(1).split("|")), template)
    return template


def fill(template, slots):
    """The template with every slot filled; a filler may hold slots of its own. {Friend} is {friend} with a capital."""
    def filler(match):
        name = match.group(1)
        return slots[name] if name in slots else capital(slots[name[0].lower() + name[1:]])

    while "{" in template:
        template = re.sub(r"\{(\w+)\}", filler, template)
    return template


def tidy(text):
    """One space between words, the right articles, a capital letter at the start of every sentence."""
    text = re.sub(r" +", " ", text).strip()
    text = re.sub(r" ([,.!?])", r"\1", text)
    text = re.sub(r"\b([Aa])n? (?=([A-Za-z]))",
                  lambda m: m.group(1) + article(text[m.end():m.end() + 12])[1:] + " ", text)
    text = re.sub(r"([.!?] |[.!?]\n)([a-z])", lambda m: m.group(1) + m.group(2).upper(), text)
    text = re.sub(r'([.!?]"? "|, ")([a-z])', lambda m: m.group(1) + m.group(2).upper(), text)
    return capital(text)


def say(template, rng, **slots):
    """One finished piece of text from a template."""
    return tidy(choose(fill(choose(template, rng), slots), rng))


def rows(table):
    """The rows of a written table: one a line, cells between bars; lines with a hash are left out."""
    return [[cell.strip() for cell in line.split("|")]
            for line in table.strip().splitlines() if line.strip() and not line.startswith("#")]
