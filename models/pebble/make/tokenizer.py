"""Trains Pebble's tokenizer on the corpus: byte-level BPE of 4,096 tokens, each digit a token of its own.

    python tokenizer.py CORPUS_FOLDER MODEL_FOLDER

Needs the PyPI package ``tokenizers`` (0.23.3 was used).
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SIZE = 4096
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
            "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")


def texts(corpus):
    """Every piece of text the tokenizer learns from; the role names too, since the chat template writes them."""
    for line in (corpus / "train.jsonl").read_text().splitlines():
        example = json.loads(line)
        if "text" in example:
            yield example["text"]
        for message in example.get("messages", ()):
            yield message["role"] + "\n" + message["content"] + "\n"


def train(corpus):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts(corpus), trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def write(tokenizer, folder):
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokens = {"bos_token": "<|endoftext|>", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    added = {str(i): {"content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
             for i, token in enumerate(SPECIAL)}
    _json(folder / "tokenizer_config.json", {
        "add_bos_token": False, "add_prefix_space": False, "added_tokens_decoder": added, **tokens, "chat_template": TEMPLATE,
        "clean_up_tokenization_spaces": False, "model_max_length": 1024, "tokenizer_class": "PreTrainedTokenizerFast"})
    _json(folder / "special_tokens_map.json", tokens)
    _json(folder / "generation_config.json", {"bos_token_id": 0, "eos_token_id": [2, 0], "pad_token_id": 0})


def _json(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    corpus_folder, model_folder = map(Path, sys.argv[1:3])
    trained = train(corpus_folder)
    assert trained.get_vocab_size() == SIZE
    write(trained, model_folder)
