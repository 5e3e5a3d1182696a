"""Drives a running job-api with the unmodified PyPI client `openai`, and checks every step."""

import hashlib
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


def uploads():
    """A file in parts: by the client's own loop, then by hand in another order, then cancelled."""
    upload = client.uploads.upload_file_chunked(
        file=GOOD, filename="parts.jsonl", bytes=len(GOOD), mime_type="text/jsonl", purpose="fine-tune", part_size=64
    )
    assert upload.status == "completed" and client.files.content(upload.file.id).read() == GOOD, upload
    assert client.files.delete(upload.file.id).deleted
    announced = {"filename": "p.jsonl", "bytes": len(GOOD), "mime_type": "text/jsonl", "purpose": "fine-tune"}
    upload = client.uploads.create(**announced, expires_after={"anchor": "created_at", "seconds": 3600})
    second, first = [client.uploads.parts.create(upload.id, data=data).id for data in (GOOD[9:], GOOD[:9])]
    refused(openai.BadRequestError, "part_ids", lambda: client.uploads.complete(upload.id, part_ids=[first]))
    md5 = hashlib.md5(GOOD).hexdigest()
    done = client.uploads.complete(upload.id, part_ids=[first, second], md5=md5)
    assert done.file.bytes == len(GOOD) and done.file.expires_at - done.file.created_at == 3600, done
    assert client.uploads.complete(upload.id, part_ids=[first, second]).file.id == done.file.id
    assert client.files.delete(done.file.id).deleted
    assert client.uploads.cancel(client.uploads.create(**announced).id).status == "cancelled"


def metadata(made):
    jobs = client.fine_tuning.jobs
    both = {"by": "python", "run": made.metadata["run"]}
    assert [found.id for found in jobs.list(metadata=both)] == [made.id]
    assert made.id not in [found.id for found in jobs.list(metadata={"by": "python", "run": "other"})]
    assert all(not found.metadata for found in jobs.list(metadata=None, extra_query={"metadata": "null"}))


def stream(made):
    """Moraine's own: every event as it happens, until the job has ended, and what came after one that was seen."""
    path = f"/fine_tuning/jobs/{made.id}/events?stream=true"
    seen = list(client.get(path, cast_to=object, stream=True, stream_cls=openai.Stream[object]))
    assert seen[-1]["message"] == "The job has successfully completed", seen[-1]
    headers = {"headers": {"Last-Event-ID": seen[-2]["id"]}}
    rest = list(client.get(path, cast_to=object, options=headers, stream=True, stream_cls=openai.Stream[object]))
    assert [event["id"] for event in rest] == [seen[-1]["id"]], rest


def permissions(made):
    """The admin lets a team see a checkpoint; the stack has one team only, whose own it is."""
    if not os.environ.get("MORAINE_ADMIN_KEY"):
        return
    admin = openai.OpenAI(base_url=URL, api_key=os.environ["MORAINE_ADMIN_KEY"])
    shared = admin.fine_tuning.checkpoints.permissions
    checkpoint = next(iter(client.fine_tuning.jobs.checkpoints.list(made.id))).fine_tuned_model_checkpoint
    assert client.models.retrieve(checkpoint).owned_by == made.organization_id
    given = list(shared.create(checkpoint, project_ids=[made.organization_id]))
    assert [found.id for found in shared.list(checkpoint, order="ascending")] == [given[0].id], given
    assert given[0].project_id == made.organization_id
    assert shared.delete(given[0].id, fine_tuned_model_checkpoint=checkpoint).deleted
    assert list(shared.list(checkpoint)) == []
    refused(openai.BadRequestError, "project_ids", lambda: shared.create(checkpoint, project_ids=["nobody"]))
    refused(openai.PermissionDeniedError, None, lambda: client.fine_tuning.checkpoints.permissions.list(checkpoint))


def job(file):
    made = client.fine_tuning.jobs.create(
        model="pebble",
        training_file=file.id,
        suffix="interop",
        seed=7,
        metadata={"by": "python", "run": str(time.time_ns())},
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 1, "steps": 40, "adapter_type": "mora", "rank": 8}},
        },
    )
    assert made.object == "fine_tuning.job" and made.status in ("validating_files", "queued"), made
    assert made.method.supervised.hyperparameters.rank == 8, made.method
    assert made.seed == 7 and made.metadata["by"] == "python" and made.adapter is None, made
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
    results = client.files.content(done.result_files[0]).text.splitlines()
    assert results[0].startswith("step,train_loss") and results[1].startswith("1,"), results
    stream(done)
    permissions(done)
    assert client.models.delete(done.fine_tuned_model).deleted
    refused(openai.NotFoundError, "model", lambda: client.models.retrieve(done.fine_tuned_model))


def main():
    assert "pebble" in [model.id for model in client.models.list()]
    file = files()
    uploads()
    made = job(file)
    metadata(made)
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
