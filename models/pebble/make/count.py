"""Counts the corpus's tokens under the chat template: python count.py CORPUS_FOLDER MODEL_FOLDER"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer


def rendered(example):
    """An example as the model sees it."""
    if "text" in example:
        return example["text"] + "<|endoftext|>"
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in example["messages"])


if __name__ == "__main__":
    corpus, model = map(Path, sys.argv[1:3])
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    for name in ("train.jsonl", "held-out.jsonl"):
        examples = [json.loads(line) for line in (corpus / name).read_text().splitlines()]
        lengths = [len(e.ids) for e in tokenizer.encode_batch([rendered(e) for e in examples])]
        chat = sum(n for n, e in zip(lengths, examples) if "messages" in e)
        print(f"{name}: {len(examples)} examples, {sum(lengths)} tokens ({chat} in chats), longest {max(lengths)}, over 250 tokens: {sum(n > 250 for n in lengths)}")
