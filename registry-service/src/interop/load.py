"""Loads with transformers and peft what they get from a registry alone, and holds the logits against the engine's.

    load.py IDS.json LOGITS      LOGITS: a folder with base.safetensors, adapter.safetensors and native.safetensors

Needs a running registry that has TEAM/base, TEAM/adapter and TEAM/merged as MORAINE_BASE, MORAINE_ADAPTER (with its
version as MORAINE_REVISION) and MORAINE_MERGED name them: MORAINE_REGISTRY_URL, MORAINE_API_KEY. Ends with 0 when every check held.
"""

import json
import os
import sys
from pathlib import Path

import registry_only  # noqa: F401, before huggingface_hub

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

BASE = os.environ["MORAINE_BASE"]
ADAPTER = os.environ["MORAINE_ADAPTER"]
REVISION = os.environ["MORAINE_REVISION"]
MERGED = os.environ["MORAINE_MERGED"]
TOLERANCE = 1e-4

ids = torch.tensor(json.loads(Path(sys.argv[1]).read_text()))
engine = Path(sys.argv[2])


def model(name, **more):
    return AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32, **more).eval()


def same(what, computed, names):
    with torch.no_grad():
        logits = computed(ids).logits
    for name in names:
        difference = (load_file(engine / f"{name}.safetensors")["logits"] - logits).abs().max().item()
        assert difference <= TOLERANCE, f"{what}: logits differ from the engine's {name} by {difference:.1e}"
        print(f"ok  {what}: logits differ from the engine's ({name}) by {difference:.1e}", flush=True)
    return logits


plain = same("transformers, base model", model(BASE), ["base"])
adapted = same(
    "PeftModel.from_pretrained",
    peft.PeftModel.from_pretrained(model(BASE), ADAPTER, revision=REVISION).eval(),
    ["adapter", "native"],
)
assert (adapted - plain).abs().max().item() > 0.1, "the adapter changes nothing"
same("transformers, merged version", model(MERGED, revision="v1"), ["adapter", "native"])
assert AutoTokenizer.from_pretrained(BASE)("What is in box 3?")["input_ids"]
print(f"transformers {transformers.__version__}, peft {peft.__version__}: all held")
