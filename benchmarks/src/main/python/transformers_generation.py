"""Generates with stock transformers, for `benchmarks/generation-speed --python`.

usage: transformers_generation.py FOLDER BATCH PROMPT NEW bf16|fp32 RUNS

Greedy, with a cache, from random prompts of PROMPT tokens, NEW tokens each. Prints the seconds of the median run after
one that is not counted.
"""

import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM

folder, batch, prompt, new, precision, runs = sys.argv[1:]
batch, prompt, new, runs = int(batch), int(prompt), int(new), int(runs)
torch.manual_seed(1)
dtype = torch.bfloat16 if precision == "bf16" else torch.float32
model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
ids = torch.randint(0, model.config.vocab_size, (batch, prompt))
seconds = []
with torch.no_grad():
    for _ in range(runs + 1):
        began = time.perf_counter()
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            min_new_tokens=new,
            max_new_tokens=new,
            pad_token_id=0,
        )
        seconds.append(time.perf_counter() - began)
        assert out.shape == (batch, prompt + new)
print(statistics.median(seconds[1:]))
