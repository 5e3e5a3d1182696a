"""Holds the engine's files against stock peft and transformers, both ways, in 32 bits.

    peft_files.py make BASE WORK      adapters as peft writes them, and their logits
    peft_files.py compare BASE WORK   every pair of logits under WORK

Under WORK: ids.json; peft/NAME, adapters made here; ours/NAME, adapters exported as LoRA; merged/NAME, merged models;
logits/KIND/NAME.safetensors, what the engine computed for each.
"""

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

TOLERANCE = 1e-4

logging.set_verbosity_error()
logging.disable_progress_bar()

ADAPTERS = {
    "list": dict(target_modules=["q_proj", "v_proj"]),
    "paths": dict(target_modules=["layers.0.self_attn.q_proj", "1.mlp.up_proj", "down_proj"]),
    "all-linear": dict(target_modules="all-linear"),
    "pattern": dict(target_modules=r"model\.layers\.[1-3]\.(self_attn\.[qkv]|mlp\.gate)_proj"),
    "rslora": dict(target_modules="all-linear", use_rslora=True),
    "ranks": dict(
        target_modules="all-linear",
        use_rslora=True,
        rank_pattern={r"[02]\.self_attn\.q_proj": 9, "q_proj": 2, r"model\.layers\.5\.mlp\.down_proj": 1},
        alpha_pattern={"down_proj": 3, r"layers\.\d\.mlp\.up_proj": 20.5},
    ),
    "embedding-saved": dict(target_modules="all-linear", modules_to_save=["embed_tokens", "norm", "3.mlp.up_proj"]),
    "head-saved": dict(target_modules=["q_proj", "v_proj"], modules_to_save=["lm_head", "v_proj"]),
    "both-saved": dict(target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"]),
}


def base_model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def make(base, work):
    torch.manual_seed(5)
    model = base_model(base)
    ids = torch.randint(0, model.config.vocab_size, (2, 40))
    (work / "ids.json").write_text(json.dumps(ids.tolist()))
    for name, settings in ADAPTERS.items():
        config = LoraConfig(**{"r": 5, "lora_alpha": 12, "task_type": "CAUSAL_LM"} | settings)
        adapted = get_peft_model(base_model(base), config)
        with torch.no_grad():
            for key, weight in adapted.named_parameters():
                if weight.requires_grad:
                    weight.add_(0.05 * torch.randn_like(weight))
        adapted.save_pretrained(work / "peft" / name)
        print(f"made {name}")


def theirs(base, work, kind, name):
    if kind == "merged":
        folder = work / kind / name
        AutoTokenizer.from_pretrained(folder)
        return base_model(folder)
    return PeftModel.from_pretrained(base_model(base), work / kind / name).eval()


def compare(base, work):
    ids = torch.tensor(json.loads((work / "ids.json").read_text()))
    plain = base_model(base)(ids).logits
    files = sorted((work / "logits").glob("*/*.safetensors"))
    failed = 0
    for file in files:
        kind, name = file.parent.name, file.stem
        with torch.no_grad():
            logits = theirs(base, work, kind, name)(ids).logits
        difference = (load_file(file)["logits"] - logits).abs().max().item()
        moved = (logits - plain).abs().max().item()
        right = difference <= TOLERANCE and moved > 0.1
        failed += not right
        print(f"{'same' if right else 'DIFFERENT'}: {kind}/{name}: logits differ by {difference:.1e},"
              f" the adapter moves them by {moved:.1f}")
    if failed or not files:
        sys.exit(f"{failed} of {len(files)} differ by more than {TOLERANCE}")


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
