"""Fills in the section "Results" of the model card after a training.

    python results.py TRAINED HELD_OUT      # TRAINED: what `./moraine train` wrote; HELD_OUT: held-out.jsonl

Draws loss.svg from TRAINED/training.json, measures the held-out perplexity with `./moraine score`, and lets the model
that lies in models/pebble answer ten prompts with `./moraine generate`. Standard library only.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
MORAINE = HERE.parent.parent / "moraine"
CHATS = [
    "Who are you?",
    "What is a lantern?",
    "Is a whale a fish?",
    "How do I make tea?",
    "Write a sentence with the word river.",
    "What is the opposite of warm?",
    "Tell me a short story about a dog and a boat.",
    "What does a baker do?",
]
TEXTS = ["Once there was a", "In winter the"]


def moraine(*arguments: str) -> str:
    return subprocess.run([MORAINE, *arguments], check=True, capture_output=True, text=True).stdout


def smoothed(losses: list[float], width: int = 50) -> list[float]:
    windows = (losses[max(0, i + 1 - width) : i + 1] for i in range(len(losses)))
    return [sum(window) / len(window) for window in windows]


def curve(losses: list[float]) -> str:
    """The loss over the steps as an SVG picture, smoothed over fifty steps."""
    width, height, left, bottom = 640, 320, 50, 40
    top = max(losses[0], 1)
    values = smoothed(losses)

    def point(i: int) -> str:
        x = left + (width - left - 10) * i / max(1, len(values) - 1)
        y = 10 + (height - bottom - 10) * (1 - values[i] / top)
        return f"{x:.1f},{y:.1f}"

    def level(loss: float) -> float:
        return 10 + (height - bottom - 10) * (1 - loss / top)

    def anchor(part: int) -> str:
        return "end" if part == 5 else "middle"

    lines = "".join(
        f'<line x1="{left}" y1="{level(v):.1f}" x2="{width - 10}" y2="{level(v):.1f}" stroke="#ddd"/>'
        f'<text x="{left - 8}" y="{level(v) + 4:.1f}" text-anchor="end">{v}</text>'
        for v in range(int(top) + 1)
    )
    marks = "".join(
        f'<text x="{left + (width - left - 10) * part / 5:.1f}" y="{height - 18}" text-anchor="{anchor(part)}">'
        f"{round(len(values) * part / 5)}</text>"
        for part in range(6)
    )
    points = " ".join(point(i) for i in range(0, len(values), max(1, len(values) // 400)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="white"/>{lines}{marks}'
        f'<polyline points="{points}" fill="none" stroke="#1f5fa8" stroke-width="2"/>'
        f'<text x="{width / 2}" y="{height - 3}" text-anchor="middle">step</text>'
        f'<text x="14" y="{height / 2}" transform="rotate(-90 14 {height / 2})" text-anchor="middle">loss, nats a token</text>'
        "</svg>\n"
    )


def samples() -> list[tuple[str, str]]:
    common = ["generate", "--base", "pebble", "--temperature", "0.5", "--top-p", "0.9", "--seed", "1", "--json"]
    answers = []
    for raw, prompts in ([], CHATS), (["--raw"], TEXTS):
        given = [part for prompt in prompts for part in ("--prompt", prompt)]
        lines = moraine(*common, "--max-tokens", "120", *raw, *given).splitlines()
        texts = [json.loads(line)["text"] for line in lines]
        answers += [(prompt, text.strip()) for prompt, text in zip(prompts, texts, strict=True)]
    return answers


def section(record: dict, held_out: dict) -> str:
    steps, training = record["steps"], record["training"]
    losses = smoothed([step["loss"] for step in steps])
    shown = [1, 10, 50, 100, 250, 500, 1000, 1500, 2000, 2500, len(steps)]
    seconds = sum(step["seconds"] for step in steps)
    tokens = sum(step["tokens"] for step in steps)
    rows = "\n".join(f"| {n} | {losses[n - 1]:.3f} |" for n in shown if n <= len(steps))
    quotes = "\n".join(f"| {prompt} | {' '.join(text.split())} |" for prompt, text in samples())
    return f"""## Results

Trained with `./moraine train --method full --random-start --pack {record["pack"]} --batch-size {training["batch_size"]}
--steps {len(steps)} --learning-rate {training["learning_rate"]} --schedule {training["schedule"]["decay"]}
--warmup-ratio {training["schedule"]["warmup_ratio"]} --weight-decay {training["weight_decay"]} --precision {training["precision"]}
--layers {training["layers"]} --seed {training["seed"]}` on `train.jsonl`: {tokens:,} tokens in {len(steps):,} steps,
{seconds / 60:.0f} minutes on one core of an AMD EPYC with AVX512-BF16, while other work ran on the second.

**Held-out perplexity: {held_out["perplexity"]:.3f}** a scored token (`./moraine score --base pebble --data held-out.jsonl`).

![Loss over the steps](loss.svg)

| step | loss, mean of the last 50 steps |
| ---: | ---: |
{rows}

Ten samples (temperature 0.5, top-p 0.9, seed 1; the last two go on from a beginning), as they came:

| prompt | Pebble |
| --- | --- |
{quotes}

"""


def main() -> None:
    trained, held_out_file = Path(sys.argv[1]), sys.argv[2]
    record = json.loads((trained / "training.json").read_text())
    (HERE / "loss.svg").write_text(curve([step["loss"] for step in record["steps"]]))
    held_out = json.loads(moraine("score", "--base", "pebble", "--data", held_out_file, "--json").splitlines()[-1])
    card = (HERE / "README.md").read_text()
    before, after = card.index("## Results"), card.index("## Limits")
    (HERE / "README.md").write_text(card[:before] + section(record, held_out) + card[after:])


if __name__ == "__main__":
    main()
