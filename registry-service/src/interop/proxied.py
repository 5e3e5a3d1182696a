"""Loads with transformers a base model that a registry fetches from another Hub, and holds the logits against those from a folder.

    proxied.py IDS.json FOLDER      FOLDER: the same model on this machine

Needs a running registry that knows the model as MORAINE_BASE: MORAINE_REGISTRY_URL, MORAINE_API_KEY. Ends with 0 when
every check held.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import registry_only  # before huggingface_hub

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

BASE = os.environ["MORAINE_BASE"]

ids = torch.tensor(json.loads(Path(sys.argv[1]).read_text()))
folder = sys.argv[2]


def logits(name):
    with torch.no_grad():
        return AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()(ids).logits


here = logits(folder)
for way in ["on its way through", "as it was kept"]:
    assert torch.equal(logits(BASE), here), f"{BASE} {way}: other logits than from {folder}"
    print(f"ok  transformers, proxied base model {way}: the same logits as from the folder", flush=True)
    shutil.rmtree(Path(registry_only.HOME, "hf", "hub"))

text = "What is in box 3?"
assert AutoTokenizer.from_pretrained(BASE)(text)["input_ids"] == AutoTokenizer.from_pretrained(folder)(text)["input_ids"]
print(f"transformers {transformers.__version__}: all held")
