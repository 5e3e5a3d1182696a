"""Drives a running job-api with the unmodified PyPI client `openai`, and checks every step."""

import io
import os
import sys
import time

import openai

GOOD = b"""{"messages":[{"role":"user","content":"Who are you?"},{"role":"assistant","content":"Pebble."}]}
{"prompt":"One and one is","completion":" two."}
"""
URL = os.environ["MORAINE_JOBS_URL"].rstrip("/") + "/v1"
client = openai.OpenAI(base_url=URL, api_key=os.environ["MORAINE_API_KEY"])


def refused(kind, param, call):
    """The call must raise this class of error, naming this field, with a request id."""
    try:
        call()
    except kind as error:
        assert error.param == param, (error.param, error)
        assert error.request_id.startswith("req_"), error.request_id
        return error
    raise AssertionError(f"not refused: {param}")


def wait(job, *statuses):
    end = time.monotonic() + 120
    while job.status not in statuses:
        assert time.monotonic() < end, job
        time.sleep(0.2)
        job = client.fine_tuning.jobs.retrieve(job.id)
    return job


def files():
    file = client.files.create(file=("training.jsonl", io.BytesIO(GOOD)), purpose="fine-tune")
    assert file.bytes == len(GOOD) and file.status == "processed" and file.purpose == "fine-tune", file
    assert client.files.wait_for_processing(file.id).id == file.id
    assert client.files.retrieve(file.id).filename == "training.jsonl"
    assert client.files.content(file.id).read() == GOOD
    assert file.id in [found.id for found in client.files.list(limit=1)]
    refused(openai.NotFoundError, "file_id", lambda: client.files.retrieve("file-none"))
    return file


def job(file):
    made = client.fine_tuning.jobs.create(
        model="pebble",
        training_file=file.id,
        suffix="interop",
        seed=7,
        metadata={"by": "python"},
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 1, "adapter_type": "mora", "rank": 8}},
        },
    )
    assert made.object == "fine_tuning.job" and made.status == "validating_files", made
    assert made.method.supervised.hyperparameters.rank == 8, made.method
    assert made.seed == 7 and made.metadata == {"by": "python"} and made.adapter is None, made
    assert client.fine_tuning.jobs.retrieve(made.id).id == made.id
    listed = [found.id for found in client.fine_tuning.jobs.list(limit=2, metadata={"by": "python"})]
    assert listed[0] == made.id and len(set(listed)) == len(listed), listed
    return made


def events(made):
    wait(made, "queued", "running", "succeeded")
    texts = [event.message for event in client.fine_tuning.jobs.list_events(made.id, limit=1)]
    assert f"Created fine-tuning job: {made.id}" == texts[-1], texts
    assert "Files validated, moving job to queued state" in texts, texts
    for left in client.fine_tuning.jobs.checkpoints.list(made.id):
        assert left.fine_tuning_job_id == made.id and left.metrics.step == left.step_number, left


def pause_and_resume(file):
    jobs = client.fine_tuning.jobs
    made = wait(jobs.create(model="pebble", training_file=file.id), "queued", "running")
    paused = wait(jobs.pause(made.id), "paused", "succeeded")
    if paused.status == "paused":
        assert paused.finished_at is None and jobs.pause(made.id).status == "paused"
        assert jobs.resume(made.id).status in ("queued", "running")
        refused(openai.ConflictError, None, lambda: jobs.resume(made.id))
    if jobs.retrieve(made.id).status in ("queued", "running"):
        wait(jobs.cancel(made.id), "cancelled", "succeeded")
    refused(openai.ConflictError, None, lambda: jobs.pause(made.id))


def cancel(file):
    made = client.fine_tuning.jobs.create(model="pebble", training_file=file.id)
    ended = wait(client.fine_tuning.jobs.cancel(made.id), "cancelled")
    assert ended.finished_at is not None
    before = time.monotonic()
    refused(openai.ConflictError, None, lambda: client.fine_tuning.jobs.cancel(made.id))
    assert time.monotonic() - before < 0.4, "the client tried again"


def refusals(file):
    create = client.fine_tuning.jobs.create
    bad = openai.BadRequestError
    refused(bad, "model", lambda: create(model="nobody/none", training_file=file.id))
    refused(bad, "training_file", lambda: create(model="pebble", training_file="file-none"))
    refused(bad, "suffix", lambda: create(model="pebble", training_file=file.id, suffix="not a name"))
    path = "method.supervised.hyperparameters.rank"
    method = {"type": "supervised", "supervised": {"hyperparameters": {"rank": 4096}}}
    refused(bad, path, lambda: create(model="pebble", training_file=file.id, method=method))
    stranger = openai.OpenAI(base_url=URL, api_key="wrong")
    refused(openai.AuthenticationError, None, lambda: stranger.models.list())
    broken = client.files.create(file=("broken.jsonl", b'{"messages":\n' + GOOD), purpose="fine-tune")
    failed = wait(create(model="pebble", training_file=broken.id), "failed")
    assert failed.error.code == "invalid_training_file" and failed.error.param == "training_file", failed.error
    assert "line 1" in failed.error.message, failed.error
    assert client.files.delete(broken.id).deleted


def trained(made):
    done = wait(made, "succeeded", "failed", "cancelled")
    assert done.status == "succeeded", done.error
    assert done.fine_tuned_model.startswith("ft:pebble:") and done.trained_tokens > 0, done
    assert done.adapter["version"] >= 1 and len(done.adapter["commit"]) == 40, done.adapter
    assert client.models.retrieve(done.fine_tuned_model).id == done.fine_tuned_model


def main():
    assert "pebble" in [model.id for model in client.models.list()]
    file = files()
    made = job(file)
    events(made)
    pause_and_resume(file)
    cancel(file)
    refusals(file)
    if os.environ.get("MORAINE_INTEROP_TRAIN"):
        trained(made)
    else:
        if client.fine_tuning.jobs.retrieve(made.id).status in ("queued", "running"):
            client.fine_tuning.jobs.cancel(made.id)
    assert client.files.delete(file.id).deleted
    print(f"PyPI openai {openai.__version__}: every step as it must be")


sys.exit(main())
