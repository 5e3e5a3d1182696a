"""Publishes an adapter as a worker does and pulls it with the clients that people have, unmodified.

Needs a running registry: MORAINE_REGISTRY_URL, MORAINE_API_KEY (a team's), MORAINE_TEAM, MORAINE_WORKER_KEY; and an
environment with huggingface_hub. What needs peft, transformers and torch is left out, and said so, where they are not
installed. Ends with 0 when every check held.
"""

import hashlib
import inspect
import json
import os
import random
import shutil
import string
import subprocess
import sys
import urllib.request
from pathlib import Path

from registry_only import HOME, KEY, URL  # before huggingface_hub

TEAM = os.environ["MORAINE_TEAM"]
WORKER_KEY = os.environ["MORAINE_WORKER_KEY"]

import huggingface_hub  # noqa: E402
from huggingface_hub import HfApi, hf_hub_download, snapshot_download  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

try:
    import peft
    import torch
    import transformers
except ImportError:
    peft = None


def letters(count):
    return "".join(random.choices(string.ascii_lowercase, k=count))


ADAPTER = f"{TEAM}/interop-{letters(8)}"
NEW = int(huggingface_hub.__version__.split(".")[0]) >= 1  # older ones know neither warnings nor `hf cache verify`


def call(method, path, key, body=None, content_type="application/octet-stream"):
    request = urllib.request.Request(URL + path, data=body, method=method)
    request.add_header("Authorization", "Bearer " + key)
    if body is not None:
        request.add_header("Content-Type", content_type)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def publish(folder):
    """What a worker does: blobs first, then the manifest. Returns the version made."""
    files = []
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        call("PUT", "/api/v1/blobs/" + digest, WORKER_KEY, content)
        files.append({"path": path.relative_to(folder).as_posix(), "size": len(content), "digest": digest})
    publication = {
        "job": "ftjob-" + letters(24),
        "base_model": "tiny",
        "method": "lora",
        "settings": {"rank": 4},
        "manifest": {"files": files},
    }
    path = f"/api/v1/adapters/{ADAPTER}/versions"
    return call("POST", path, WORKER_KEY, json.dumps(publication).encode(), "application/json")


def tiny_base():
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=128,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return transformers.LlamaForCausalLM(config).eval()


def adapted_base():
    config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(tiny_base(), config)
    torch.manual_seed(1)
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight)
    return adapted.eval()


def logits(model):
    with torch.no_grad():
        return model(torch.arange(24).reshape(1, 24)).logits


def same_files(expected, found):
    def content(folder):
        paths = (p for p in Path(folder).rglob("*") if p.is_file() and ".cache" not in p.parts)
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}

    assert content(expected) == content(found), (expected, found)


def raises(kind, action, text=""):
    try:
        action()
    except kind as e:
        assert text in str(e), e
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def hf(*arguments):
    program = shutil.which("hf", path=os.path.dirname(sys.executable)) or "hf"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout + done.stderr


def check(name):
    print("ok  " + name, flush=True)


def main():
    api = HfApi()
    folder = Path(HOME, "v1")
    if peft:
        trained = adapted_base()
        trained.save_pretrained(folder)
    else:
        folder.mkdir()
        (folder / "adapter_config.json").write_text("{}")
    (folder / "mora").mkdir()
    (folder / "mora/weights.bin").write_bytes(random.randbytes(9_000_001))
    (folder / "empty.txt").write_bytes(b"")
    first = publish(folder)
    other = Path(HOME, "v2")
    other.mkdir()
    (other / "notes.txt").write_text("the second version")
    second = publish(other)
    call(
        "PUT",
        f"/api/v1/adapters/{ADAPTER}/aliases/production",
        KEY,
        json.dumps({"version": 1}).encode(),
        "application/json",
    )
    check(f"published {ADAPTER} v1 {first['commit']} and v2")

    target = HOME + "/by-hf"
    hf("download", ADAPTER, "--revision", "v1", "--local-dir", target)
    same_files(folder, target)
    check("hf download --revision v1")
    assert TEAM in hf("auth", "whoami")
    check("hf auth whoami")

    for revision in ("v1", "1", "production", first["commit"], "refs/tags/v1"):
        same_files(folder, snapshot_download(ADAPTER, revision=revision))
    same_files(other, snapshot_download(ADAPTER))
    same_files(folder, snapshot_download(ADAPTER, revision="v1", local_files_only=True))
    check("snapshot_download by tag, number, alias, commit, full ref, newest, and again from the cache")

    same_files(folder, snapshot_download(ADAPTER + ".v1"))
    check("snapshot_download of team/adapter.v1, as vLLM asks that names no revision")

    tell = json.dumps({"message": "use v1 instead"}).encode()
    call("PUT", f"/api/v1/adapters/{ADAPTER}/versions/2/deprecation", KEY, tell, "application/json")
    said = hf("download", ADAPTER, "--revision", "v2", "--local-dir", HOME + "/warned")
    if NEW:
        assert "use v1 instead" in said
        check("hf download of a deprecated version says so")

    path = hf_hub_download(ADAPTER, "mora/weights.bin", revision="production")
    assert Path(path).read_bytes() == (folder / "mora/weights.bin").read_bytes()
    check("hf_hub_download of a big file in a folder")
    if NEW:
        hf("cache", "verify", ADAPTER, "--revision", first["commit"])
        check("hf cache verify")

    info = api.model_info(ADAPTER, revision="v1", files_metadata=True)
    assert info.sha == first["commit"] and info.private and info.card_data.base_model == "tiny", info
    big = next(s for s in info.siblings if s.rfilename == "mora/weights.bin")
    assert big.size == 9_000_001 and big.lfs.sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert api.model_info(ADAPTER).sha == second["commit"]
    assert {f.path for f in api.list_repo_tree(ADAPTER, revision="v1", recursive=True, expand=True)} >= {"mora"}
    assert sorted(api.list_repo_files(ADAPTER, revision="v1")) == sorted(s.rfilename for s in info.siblings)
    assert [p.path for p in api.get_paths_info(ADAPTER, ["mora", "missing"], revision="v1")] == ["mora"]
    refs = api.list_repo_refs(ADAPTER)
    assert {b.name: b.target_commit for b in refs.branches} == {
        "main": second["commit"],
        "production": first["commit"],
    }
    assert {t.name for t in refs.tags} == {"v1", "v2"}
    assert [c.commit_id for c in api.list_repo_commits(ADAPTER)] == [second["commit"], first["commit"]]
    assert ADAPTER in {m.id for m in api.list_models(author=TEAM, filter="lora")}
    assert api.repo_exists(ADAPTER) and not api.repo_exists(TEAM + "/nothing-here")
    assert api.revision_exists(ADAPTER, "production") and not api.revision_exists(ADAPTER, "v9")
    assert api.file_exists(ADAPTER, "empty.txt", revision="v1") and not api.file_exists(ADAPTER, "x", revision="v1")
    api.auth_check(ADAPTER)
    if "write" in inspect.signature(api.auth_check).parameters:  # not before huggingface_hub 1
        api.auth_check(ADAPTER, write=True)
    metadata = huggingface_hub.get_hf_file_metadata(huggingface_hub.hf_hub_url(ADAPTER, "empty.txt", revision="v1"))
    assert metadata.commit_hash == first["commit"] and metadata.size == 0, metadata
    check("model_info, trees, paths, refs, commits, list_models, exists, auth_check, metadata")

    raises(RepositoryNotFoundError, lambda: snapshot_download("no-such-team/adapter"))
    raises(RepositoryNotFoundError, lambda: api.model_info(TEAM + "/nothing-here"))
    raises(RevisionNotFoundError, lambda: snapshot_download(ADAPTER, revision="nightly"))
    raises(RevisionNotFoundError, lambda: hf_hub_download(ADAPTER, "empty.txt", revision="v9"))
    raises(EntryNotFoundError, lambda: hf_hub_download(ADAPTER, "missing.bin", revision="v1"))
    raises(HfHubHTTPError, lambda: HfApi(token="wrong-key").model_info(ADAPTER), "Invalid credentials")
    raises(Exception, lambda: HfApi(token="wrong-key").whoami(), "nvalid")
    raises(RepositoryNotFoundError, lambda: HfApi(token=False).model_info(ADAPTER))
    check("errors are the clients' own classes")

    if peft:
        pulled = peft.PeftModel.from_pretrained(tiny_base(), ADAPTER, revision="v1").eval()
        assert torch.equal(logits(pulled), logits(trained))
        assert not torch.allclose(logits(pulled), logits(tiny_base()))
        virtual = peft.PeftModel.from_pretrained(tiny_base(), ADAPTER + ".v1").eval()
        assert torch.equal(logits(virtual), logits(trained))
        check("PeftModel.from_pretrained(base, team/adapter, revision=v1) and of team/adapter.v1: the same logits")
    else:
        print("left out: PeftModel.from_pretrained, since peft and torch are not installed")
    print(f"huggingface_hub {huggingface_hub.__version__}: all held")


main()
