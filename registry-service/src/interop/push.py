"""Publishes versions with the clients that people have, unmodified: `hf upload`, huggingface_hub, push_to_hub.

Needs a running registry: MORAINE_REGISTRY_URL, MORAINE_API_KEY (a team's), MORAINE_TEAM; and an environment with
huggingface_hub. What needs peft, transformers and torch is left out, and said so, where they are not installed. Ends
with 0 when every check held.
"""

import os
import random
import shutil
import string
import subprocess
import sys
from pathlib import Path

from registry_only import HOME  # before huggingface_hub

TEAM = os.environ["MORAINE_TEAM"]

import huggingface_hub  # noqa: E402
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, snapshot_download  # noqa: E402
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError  # noqa: E402

try:
    import peft
    import torch
    import transformers
except ImportError:
    peft = None

ADAPTER = TEAM + "/pushed-" + "".join(random.choices(string.ascii_lowercase, k=8))


def content(folder):
    paths = (p for p in Path(folder).rglob("*") if p.is_file() and ".cache" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}


def hf(*arguments):
    program = shutil.which("hf", path=os.path.dirname(sys.executable)) or "hf"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout + done.stderr


def raises(kind, action, text=""):
    try:
        action()
    except kind as e:
        assert text in str(e), e
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def check(name):
    print("ok  " + name, flush=True)


def pushed_model(api):
    config = transformers.LlamaConfig(
        vocab_size=128, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4
    )
    torch.manual_seed(0)
    base = transformers.LlamaForCausalLM(config)
    name = ADAPTER + "-peft"
    adapted = peft.get_peft_model(base, peft.LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    for key, weight in adapted.named_parameters():
        if "lora_" in key:
            torch.nn.init.normal_(weight)
    tokens = torch.arange(24).reshape(1, 24)
    with torch.no_grad():
        expected = adapted.eval()(tokens).logits
        adapted.push_to_hub(name)
        torch.manual_seed(0)
        again = transformers.LlamaForCausalLM(config)
        pulled = peft.PeftModel.from_pretrained(again, name, revision="v1").eval()
        assert torch.equal(pulled(tokens).logits, expected)
    check("push_to_hub of a PeftModel, loaded again: the same logits")

    whole = ADAPTER + "-whole"
    torch.manual_seed(1)
    model = transformers.LlamaForCausalLM(config).eval()
    model.push_to_hub(whole)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(whole, revision="v1").eval()
    with torch.no_grad():
        assert torch.equal(loaded(tokens).logits, model(tokens).logits)
    assert api.model_info(whole).library_name == "transformers"
    check("push_to_hub of a transformers model, loaded again")


def main():
    api = HfApi()
    folder = Path(HOME, "folder")
    (folder / "deep").mkdir(parents=True)
    (folder / "README.md").write_text("---\nbase_model: tiny\n---\n# pushed\n")
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 4, "base_model_name_or_path": "tiny"}')
    (folder / "weights.bin").write_bytes(random.randbytes(30_000_001))
    (folder / "deep/empty.txt").write_bytes(b"")

    hf("upload", ADAPTER, str(folder), "--commit-message", "the first")
    assert content(folder) == content(snapshot_download(ADAPTER, revision="v1"))
    info = api.model_info(ADAPTER)
    assert info.card_data.base_model == "tiny" and "lora" in info.tags, info
    assert [c.title for c in api.list_repo_commits(ADAPTER)] == ["the first"]
    check(f"hf upload makes {ADAPTER} v1")

    hf("upload", ADAPTER, str(folder))
    assert {t.name for t in api.list_repo_refs(ADAPTER).tags} == {"v1"}
    check("hf upload of the same again makes no version")

    first = api.model_info(ADAPTER).sha
    second = api.create_commit(
        ADAPTER,
        [
            CommitOperationAdd("notes.txt", b"second"),
            CommitOperationDelete("deep/", is_folder=True),
        ],
        commit_message="the second",
        parent_commit=first,
    )
    assert api.model_info(ADAPTER, revision="v2").sha == second.oid
    assert set(api.list_repo_files(ADAPTER)) == set(content(folder)) - {"deep/empty.txt"} | {"notes.txt"}
    assert content(folder) == content(snapshot_download(ADAPTER, revision="v1"))
    raises(
        HfHubHTTPError,
        lambda: api.create_commit(
            ADAPTER, [CommitOperationAdd("x", b"x")], commit_message="late", parent_commit=first
        ),
        "by now",
    )
    check("create_commit on a parent, also on one that is no longer newest")

    api.upload_folder(repo_id=ADAPTER, folder_path=folder, delete_patterns="*.txt", commit_message="the third")
    assert content(folder) == content(snapshot_download(ADAPTER, revision="v3"))
    check("upload_folder with delete_patterns")

    api.create_tag(ADAPTER, tag="good", revision="v1")
    api.create_branch(ADAPTER, branch="staging", revision="good")
    assert api.model_info(ADAPTER, revision="staging").sha == first
    api.delete_branch(ADAPTER, branch="staging")
    api.delete_tag(ADAPTER, tag="good")
    raises(HfHubHTTPError, lambda: api.create_tag(ADAPTER, tag="v2", revision="v1"), "already names a version")
    check("create_tag, create_branch, delete_branch, delete_tag")

    raises(ValueError, lambda: api.upload_file(
        path_or_fileobj=b"---\na: [\n---\n", path_in_repo="README.md", repo_id=ADAPTER), "Invalid metadata")
    raises(HfHubHTTPError, lambda: api.create_repo("another-team/adapter"), "makes nothing in")
    raises(HfHubHTTPError, lambda: api.create_commit(
        ADAPTER, [CommitOperationAdd("x", b"x")], commit_message="m", revision="production"), "made on main")
    raises(RepositoryNotFoundError, lambda: api.upload_file(
        path_or_fileobj=b"x", path_in_repo="x", repo_id=TEAM + "/nothing-here"))
    check("refusals reach the user in words")

    if peft:
        pushed_model(api)
    else:
        print("left out: push_to_hub, since peft and torch are not installed")

    api.delete_repo(ADAPTER)
    assert not api.repo_exists(ADAPTER)
    check("delete_repo")
    print(f"huggingface_hub {huggingface_hub.__version__}: all held")


main()
