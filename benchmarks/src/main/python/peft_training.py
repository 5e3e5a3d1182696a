"""Trains a model's shape with stock transformers and PEFT, for `benchmarks/training-speed --python`.

usage: peft_training.py FOLDER BATCH TOKENS bf16|fp32 kept|recomputed|padded STEPS

LoRA of rank 8 on all seven projections, AdamW, random ids, all labels. `padded` takes examples of 10 to 400 tokens,
log-uniform, padded to the longest of each batch, and counts the tokens that are not padding. Prints the median step's
seconds (for `padded` all steps' seconds), the process's peak memory in bytes, and the useful tokens.
"""

import math
import random
import statistics
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

folder, batch, tokens, precision, layers, steps = sys.argv[1:]
batch, tokens, steps = int(batch), int(tokens), int(steps)
torch.manual_seed(1)
random.seed(1)
dtype = torch.bfloat16 if precision == "bf16" else torch.float32
model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM"))
if layers == "recomputed":
    model.enable_input_require_grads()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
model.train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)


def batches():
    vocabulary = model.config.vocab_size
    while True:
        if layers == "padded":
            lengths = [round(math.exp(random.uniform(math.log(10), math.log(400)))) for _ in range(batch)]
        else:
            lengths = [tokens] * batch
        longest = max(lengths)
        ids = torch.randint(0, vocabulary, (batch, longest))
        mask = torch.zeros_like(ids)
        for row, length in enumerate(lengths):
            mask[row, :length] = 1
        yield sum(lengths), ids, mask, ids.masked_fill(mask == 0, -100)


source = batches()
seconds, useful = [], 0
for step in range(steps + 3):
    count, ids, mask, labels = next(source)
    began = time.perf_counter()
    attention = {"attention_mask": mask} if layers == "padded" else {}
    loss = model(input_ids=ids, labels=labels, **attention).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    optimizer.zero_grad()
    if step >= 3:
        seconds.append(time.perf_counter() - began)
        useful += count
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
total = sum(seconds) if layers == "padded" else statistics.median(seconds)
print(total, peak, useful if layers == "padded" else batch * tokens)
