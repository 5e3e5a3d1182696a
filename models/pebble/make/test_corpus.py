"""Holds the corpus to its promises: python3 -m unittest test_corpus (in this folder; half a minute, no archives needed)."""

import json
import random
import re
import tempfile
import unittest
from pathlib import Path

import corpus
import describe
import grammar
import knowledge
import stories
import wordnet

SPOKEN = r"(asked|said|called|wrote|thought|it went|it said|(he|she|they|the \w+|\w+) (asked|said|called|wrote|thought|had said))\b"


def answers(examples):
    """What the model learns to write: texts and the assistant's messages."""
    for example in examples:
        if "text" in example:
            yield example["text"]
        for message in example.get("messages", ()):
            if message["role"] == "assistant":
                yield message["content"]


class CorpusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            corpus.write(Path(folder), seed=3, scale=0.08)
            cls.train = (Path(folder) / "train.jsonl").read_text()
            cls.held_out = (Path(folder) / "held-out.jsonl").read_text()
            corpus.write(Path(folder), seed=3, scale=0.08)
            cls.again = (Path(folder) / "train.jsonl").read_text()
        cls.lines = cls.train.splitlines()
        cls.examples = [json.loads(line) for line in cls.lines + cls.held_out.splitlines()]

    def test_the_same_seed_makes_the_same_corpus(self):
        self.assertEqual(self.train, self.again)

    def test_no_line_comes_twice(self):
        self.assertEqual(len(self.lines), len(set(self.lines)))

    def test_no_held_out_line_is_trained_on(self):
        self.assertFalse(set(self.held_out.splitlines()) & set(self.lines))
        self.assertGreater(len(self.held_out.splitlines()), 0)

    def test_every_line_is_a_text_or_a_conversation(self):
        for example in self.examples:
            if "text" in example:
                self.assertEqual(["text"], list(example))
                continue
            roles = [message["role"] for message in example["messages"]]
            if roles[0] == "system":
                roles = roles[1:]
            self.assertEqual(["user", "assistant"] * (len(roles) // 2), roles)
            self.assertTrue(all(message["content"].strip() == message["content"] != "" for message in example["messages"]))

    def test_articles_agree_with_the_next_word(self):
        for text in answers(self.examples):
            for article, word in re.findall(r"\b([Aa]n?) ([A-Za-z-]+)", text):
                vowel = word[0].lower() in "aeiou" and not word.lower().startswith(("one", "use", "usual", "uni", "eur", "ewe")) or word.startswith(("hour", "honest", "honor", "honour", "heir"))
                self.assertEqual("an" if vowel else "a", article.lower(), f"{article} {word} in: {text}")

    def test_there_are_no_double_spaces_or_open_slots(self):
        for text in answers(self.examples):
            self.assertNotRegex(text, r"  |[{}\[\]|@]| [,.!?]", text)

    def test_every_sentence_starts_with_a_capital_and_ends_with_a_mark(self):
        for text in answers(self.examples):
            self.assertRegex(text, r'^"?[A-Z0-9]')
            self.assertRegex(text, r'[.!?]"?$')
            for line in text.split("\n"):
                self.assertNotRegex(line.replace("o'clock", ""), r"[a-z][.!?] [a-z]")
                for after in re.findall(r'[.!?]" ([a-z].*)', line):
                    self.assertRegex(after, "^" + SPOKEN, text)
                self.assertEqual(0, line.count('"') % 2, text)

    def test_verbs_agree_with_one_and_with_many(self):
        for text in answers(self.examples):
            self.assertNotRegex(text, r"\b(He|She|It) (are|were|have|do)\b", text)
            self.assertNotRegex(text, r"\b(They|We) (is|was|has|does)\b", text)


class StoryTest(unittest.TestCase):
    def test_a_story_has_the_hero_and_the_thing_that_were_asked_for(self):
        rng = random.Random(1)
        for thing in stories.CARRIED:
            text = stories.tell(rng, sort="animal", kind="dog", thing=thing)

            self.assertRegex(text, r"\bdog\b")
            self.assertRegex(text, rf"\b{thing[0]}\b")

    def test_every_plot_can_be_told_in_many_ways(self):
        rng = random.Random(2)
        for plot in stories.PLOTS:
            told = {stories.tell(rng, plot=plot) for _ in range(50)}

            self.assertGreater(len(told), 45, plot)
            self.assertTrue(all(4 <= len(re.findall(r"[.!?]", text)) <= 40 for text in told), plot)

    def test_pronouns_keep_to_the_person(self):
        rng = random.Random(3)
        for _ in range(200):
            text = stories.tell(rng, plot="buy", sort="child", kind="girl")

            self.assertNotRegex(text.split('"')[0], r"\b(his|him|himself)\b")


class KnowledgeTest(unittest.TestCase):
    def test_every_question_has_an_answer_in_every_wording(self):
        rng = random.Random(4)
        for entry in describe.entries():
            for facet, templates in entry.facets.items():
                for template in templates:
                    text = grammar.say(template, rng, a=entry.a, A=grammar.capital(entry.a), many=entry.many, Many=grammar.capital(entry.many))
                    self.assertRegex(text, r"^[A-Z].*[.!?]$")

    def test_every_thing_in_a_story_is_explained_somewhere(self):
        explained = {row[0] for row in knowledge.THINGS}
        self.assertEqual(set(), {row[0] for row in stories.CARRIED} - explained)

    def test_every_how_to_has_five_steps(self):
        for howto in describe.HOWTOS:
            self.assertEqual(6, len(howto), howto[0])


class GrammarTest(unittest.TestCase):
    def test_articles_and_plurals(self):
        self.assertEqual(["an", "a", "an", "a", "a", "an"], [grammar.article(w) for w in ("apple", "boat", "hour", "useful", "one", "umbrella")])
        self.assertEqual(["mice", "boxes", "berries", "boys", "pairs of scissors"],
                         [grammar.plural(w) for w in ("mouse", "box", "berry", "boy", "pair of scissors")])

    def test_a_template_becomes_a_clean_sentence(self):
        self.assertEqual("An old dog. She barks.", grammar.say("a  [old] {kind} . {she} barks.", random.Random(1), kind="dog", she="she"))


class WordNetTest(unittest.TestCase):
    def test_a_gloss_is_split_into_meaning_and_examples(self):
        meaning, examples = wordnet._split('(of people) a large amount; "they had plenty of it"; "much water"')

        self.assertEqual("a large amount", meaning)
        self.assertEqual(["They had plenty of it.", None], [wordnet._sentence(e) for e in examples])

    def test_a_meaning_is_a_sentence(self):
        self.assertEqual("An arch is a curved shape.", wordnet.meaning("concrete", "arch", "a curved shape"))
        self.assertEqual("To run means to move fast.", wordnet.meaning("verb", "run", "move fast"))

    def test_unwanted_words_are_found(self):
        self.assertTrue(wordnet.UNWANTED.search("he killed the time"))
        self.assertFalse(wordnet.UNWANTED.search("she had skill"))


if __name__ == "__main__":
    unittest.main()
