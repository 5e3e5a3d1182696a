"""Facts as sentences: for every entry of the tables the answers to the questions one can ask about it."""

from pathlib import Path

import knowledge as k
from grammar import article, capital, plural, rows, say


class Entry:
    """Something that can be asked about: its noun, and the facets (what, use, where, ...) with answer templates."""

    def __init__(self, noun, facets, counted=True, kind="thing"):
        self.noun, self.facets, self.counted, self.kind = noun, facets, counted, kind

    @property
    def a(self):
        if not self.counted or self.noun.startswith("the "):
            return self.noun
        return self.noun if self.noun.split(" ")[0] in ("a", "an") else f"{article(self.noun)} {self.noun}"

    @property
    def bare(self):
        return self.noun.split(" ", 1)[1] if self.noun.split(" ")[0] in ("a", "an", "the") else self.noun

    @property
    def many(self):
        return plural(self.bare) if self.counted else self.bare


def _things():
    for noun, what, use, where, *made in rows_of(k.THINGS, k.OFFICE):
        facets = {
            "what": [f"{{A}} is {what}.", f"{{A}} is {what}. You can use it to {use}.", f"{{A}} is {what}. It helps you to {use}.",
                     f"{{A}} is {what}. People use it to {use}."],
            "use": [f"People use {{a}} to {use}.", f"You can use {{a}} to {use}.", f"{{A}} is used to {use}.", f"{{A}} helps you to {use}."],
            "where": [f"You can find {{a}} {where}.", f"{{A}} is often {where}.", f"You often see {{a}} {where}."],
        }
        if made:
            facets["made"] = [f"{{A}} is made of {made[0]}.", f"It is made of {made[0]}.", f"Most {{many}} are made of {made[0]}."]
        if noun in ("customer", "order", "meeting", "contract", "budget", "deadline"):
            del facets["where"]
            facets["what"] = facets["what"][:1]
            facets["use"] = facets["what"]
        yield Entry(noun, facets, kind="office" if not made else "thing")


def _animals():
    for noun, sort, where, eats, can, young in k.ANIMALS:
        some = f"{article(sort)} {sort}"
        yield Entry(noun, {
            "what": [f"{{A}} is {some}.", f"{{A}} is {some}. It {can}.", f"{{A}} is {some} that lives {where}.", f"{{A}} is {some}. It lives {where} and eats {eats}."],
            "where": [f"{{A}} lives {where}.", f"{{Many}} live {where}."],
            "eats": [f"{{A}} eats {eats}.", f"{{Many}} eat {eats}.", f"It eats {eats}."],
            "can": [f"{{A}} {can}.", f"It {can}."],
            "young": [f"A young {noun} is called a {young}.", f"The young of {{a}} is called a {young}."],
            "sort": [f"{{A}} is {some}.", f"{{A}} is {some}. {k.CLASSES[sort]}"],
        }, kind="animal")


def _jobs():
    for noun, does, where, tool, good in k.JOBS:
        yield Entry(noun, {
            "what": [f"{{A}} is a person who {does}.", f"{{A}} {does}. {{A}} works {where}.", f"{{A}} is somebody who {does}."],
            "where": [f"{{A}} works {where}.", f"Most {{many}} work {where}."],
            "tool": [f"{{A}} often uses {tool}.", f"{capital(tool)} is important for {{a}}."],
            "good": [f"A good {noun} {good}."],
        }, kind="job")


def _places():
    for noun, what, do, find in k.PLACES:
        where = "on" if noun in ("beach", "farm", "island", "street", "mountain", "playground", "river", "lake") else "in"
        where = "at" if noun in ("station", "airport", "market", "zoo") else where
        yield Entry(noun, {
            "what": [f"{{A}} is {what}.", f"{{A}} is {what}. You can find {find} there.", f"{{A}} is {what}. People {do} there."],
            "do": [f"People {do} {where} {{a}}.", f"{capital(where)} {{a}}, people {do}."],
            "find": [f"{capital(where)} {{a}} you can find {find}.", f"You can see {find} {where} {{a}}."],
        }, kind="place")


def _food():
    for noun, what, colour, taste, used in k.FOOD:
        counted = not noun.startswith("~")
        taste_line = f"It tastes {taste}." if noun != "~water" else "It tastes fresh."
        yield Entry(noun.lstrip("~"), {
            "what": [f"{{A}} is {what}.", f"{{A}} is {what}. {taste_line}", f"{{A}} is {what}. It is {colour}."],
            "colour": [f"{{A}} is {colour}."],
            "taste": [f"{{A}} tastes {taste}.", f"{{A}} is {taste}." if taste != "rich" else "It tastes rich."],
            "used": [f"People use {{many}} {used}." if used.startswith("in ") else f"People like {{many}} {used}.",
                     f"Many people like {{many}} {used}."],
        }, counted, "food")


def _nature():
    for noun, what, one, two in k.NATURE:
        counted = noun.startswith("a ")
        yield Entry(noun.lstrip("~"), {
            "what": [f"{{A}} is {what}.", f"{{A}} is {what}. {one}", f"{{A}} is {what}. {two}"],
            "about": [f"{one} {two}", one, two],
        }, counted, "nature")


def rows_of(*tables):
    return [row for table in tables for row in table]


def entries():
    return [*_things(), *_animals(), *_jobs(), *_places(), *_food(), *_nature()]


def answer(entry, facet, rng):
    return say(rng.choice(entry.facets[facet]), rng, a=entry.a, A=capital(entry.a), many=entry.many, Many=capital(entry.many))


HOWTOS = rows(Path(__file__).with_name("howtos.txt").read_text())
ORDERS = [["First, ", "Then ", "After that, ", "Next, ", "Finally, "], ["First, ", "", "Then ", "", "At the end, "],
          ["", "Then ", "", "Next, ", "Last, "], ["", "", "", "", ""], ["First, ", "Next, ", "Then ", "", "Finally, "]]


def steps(howto, rng, ordered=False):
    """The steps of a how-to as a paragraph, or as a numbered list."""
    sentences = howto[1:]
    if ordered:
        return "\n".join(f"{n}. {s}" for n, s in enumerate(sentences, 1))
    words = rng.choice(ORDERS)
    return say(" ".join(word + _lower(s, word) for word, s in zip(words, sentences)), rng)


def _lower(sentence, word):
    if word == "Then " and sentence.startswith("Then "):
        return sentence[5:]
    if word and sentence.startswith("Then "):
        sentence = sentence[5:]
    return sentence[0].lower() + sentence[1:] if word else sentence


def paragraph(entry, rng):
    """A short description made of several facets in a sensible order."""
    order = [f for f in ("what", "sort", "can", "made", "colour", "taste", "where", "eats", "do", "find", "use", "tool",
                         "used", "young", "good", "about") if f in entry.facets]
    chosen = [order[0]] + sorted(rng.sample(order[1:], min(len(order) - 1, rng.randint(1, 4))), key=order.index)
    if entry.kind == "animal":
        chosen = ["what"] + [f for f in chosen[1:] if f != "sort"]
    parts, seen = [], set()
    for facet in chosen:
        options = [o for o in entry.facets[facet] if o.split("{A}")[-1] not in seen]
        template = rng.choice(entry.facets[facet][:1] if facet == "what" else options or entry.facets[facet])
        if parts and rng.random() < 0.6 and template.startswith("{A} "):
            template = ("It " if entry.kind != "job" else "{A} ") + template[4:]
        parts.append(template)
        seen.add(template.split("{A}")[-1])
    return say(" ".join(parts), rng, a=entry.a, A=capital(entry.a), many=entry.many, Many=capital(entry.many))
