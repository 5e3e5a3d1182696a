// Drives a running job-api with the unmodified npm client `openai`, and checks every step.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import OpenAI, { toFile } from 'openai';
import { VERSION } from 'openai/version';

const GOOD = `{"messages":[{"role":"user","content":"Who are you?"},{"role":"assistant","content":"Pebble."}]}
{"prompt":"One and one is","completion":" two."}
`;
const baseURL = process.env.MORAINE_JOBS_URL.replace(/\/$/, '') + '/v1';
const client = new OpenAI({ baseURL, apiKey: process.env.MORAINE_API_KEY });
const adminKey = process.env.MORAINE_ADMIN_KEY;
const run = String(Date.now());
const { jobs } = client.fineTuning;

/** The call must throw this class of error, naming this field, with a request id. */
async function refused(kind, param, call) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.equal(error.param, param, String(error));
    assert.match(error.requestID, /^req_/);
    return true;
  });
}

async function wait(job, ...statuses) {
  const end = Date.now() + 120_000;
  while (!statuses.includes(job.status)) {
    assert.ok(Date.now() < end, JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 200));
    job = await jobs.retrieve(job.id);
  }
  return job;
}

async function all(pages) {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
}

async function files() {
  // The file before its purpose, from a stream whose length nobody knows: chunked, in the caller's order.
  const file = await client.files.create({
    file: await toFile(Readable.from([Buffer.from(GOOD)]), 'training.jsonl'),
    purpose: 'fine-tune',
  });
  assert.equal(file.bytes, GOOD.length);
  assert.equal((await client.files.waitForProcessing(file.id)).status, 'processed');
  assert.equal(await (await client.files.content(file.id)).text(), GOOD);
  assert.ok((await all(client.files.list({ limit: 1 }))).some((found) => found.id === file.id));
  await refused(OpenAI.NotFoundError, 'file_id', () => client.files.retrieve('file-none'));
  return file;
}

/** The purpose before the file, the other order of the form's parts, and a file that goes by itself. */
async function purposeFirst() {
  const file = await client.files.create({
    purpose: 'fine-tune',
    expires_after: { anchor: 'created_at', seconds: 3600 },
    file: await toFile(Buffer.from(GOOD), 'training.jsonl'),
  });
  assert.equal(file.expires_at - file.created_at, 3600);
  assert.ok((await client.files.delete(file.id)).deleted);
}

async function uploads() {
  const announced = { filename: 'p.jsonl', bytes: GOOD.length, mime_type: 'text/jsonl', purpose: 'fine-tune' };
  const upload = await client.uploads.create(announced);
  const part = async (text) => client.uploads.parts.create(upload.id, { data: await toFile(Buffer.from(text), 'part') });
  const [second, first] = await Promise.all([part(GOOD.slice(9)), part(GOOD.slice(0, 9))]);
  await refused(OpenAI.BadRequestError, 'part_ids', () => client.uploads.complete(upload.id, { part_ids: [first.id] }));
  const done = await client.uploads.complete(upload.id, { part_ids: [first.id, second.id] });
  assert.equal(done.status, 'completed');
  assert.equal(await (await client.files.content(done.file.id)).text(), GOOD);
  assert.ok((await client.files.delete(done.file.id)).deleted);
  const given = await client.uploads.create(announced);
  assert.equal((await client.uploads.cancel(given.id)).status, 'cancelled');
  await refused(OpenAI.ConflictError, null, () => client.uploads.complete(given.id, { part_ids: ['part_none'] }));
}

/** The admin lets a team see a checkpoint; the stack has one team only, whose own it is. */
async function permissions(made) {
  if (!adminKey) return;
  const admin = new OpenAI({ baseURL, apiKey: adminKey, adminAPIKey: adminKey }); // which of them is sent, versions differ in
  const shared = admin.fineTuning.checkpoints.permissions;
  const [checkpoint] = (await all(jobs.checkpoints.list(made.id))).map((left) => left.fine_tuned_model_checkpoint);
  const given = await all(shared.create(checkpoint, { project_ids: [made.organization_id] }));
  assert.deepEqual((await all(shared.list(checkpoint))).map((found) => found.id), [given[0].id]);
  const revoked = await shared.delete(given[0].id, { fine_tuned_model_checkpoint: checkpoint });
  assert.ok(revoked.deleted);
  assert.deepEqual(await all(shared.list(checkpoint)), []);
}

/** Moraine's own: every event as it happens, until the job has ended. */
async function stream(made) {
  const seen = [];
  for await (const event of await client.get(`/fine_tuning/jobs/${made.id}/events?stream=true`, { stream: true })) {
    seen.push(event.message);
  }
  assert.equal(seen.at(-1), 'The job has successfully completed');
  const metrics = await client.get(`/fine_tuning/jobs/${made.id}/metrics`);
  const loss = metrics.series.find((series) => series.name === 'train_loss');
  assert.equal(loss.values.length, seen.filter((message) => message.includes('training loss')).length);
}

async function job(file) {
  const made = await jobs.create({
    model: 'pebble',
    training_file: file.id,
    suffix: 'interop',
    seed: 7,
    metadata: { by: 'node', run },
    method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 1, steps: 40, adapter_type: 'mora', rank: 8 } } },
  });
  assert.ok(['validating_files', 'queued'].includes(made.status), made.status);
  assert.equal(made.method.supervised.hyperparameters.rank, 8);
  assert.equal((await jobs.retrieve(made.id)).id, made.id);
  const listed = await all(jobs.list({ limit: 2, metadata: { by: 'node', run } }));
  assert.deepEqual(listed.map((found) => found.id), [made.id]);
  assert.ok((await all(jobs.list({ metadata: null }))).every((found) => !found.metadata));
  return made;
}

async function events(made) {
  await wait(made, 'queued', 'running', 'succeeded');
  const texts = (await all(jobs.listEvents(made.id, { limit: 1 }))).map((event) => event.message);
  assert.equal(texts.at(-1), `Created fine-tuning job: ${made.id}`);
  assert.ok(texts.includes('Files validated, moving job to queued state'), texts.join('\n'));
  for (const left of await all(jobs.checkpoints.list(made.id))) assert.equal(left.fine_tuning_job_id, made.id);
}

async function pauseAndResume(file) {
  const made = await wait(await jobs.create({ model: 'pebble', training_file: file.id }), 'queued', 'running');
  if ((await wait(await jobs.pause(made.id), 'paused', 'succeeded')).status === 'paused') {
    assert.ok(['queued', 'running'].includes((await jobs.resume(made.id)).status));
    await refused(OpenAI.ConflictError, null, () => jobs.resume(made.id));
  }
  if (['queued', 'running'].includes((await jobs.retrieve(made.id)).status)) {
    await wait(await jobs.cancel(made.id), 'cancelled', 'succeeded');
  }
  await refused(OpenAI.ConflictError, null, () => jobs.pause(made.id));
}

async function cancel(file) {
  const made = await jobs.create({ model: 'pebble', training_file: file.id });
  assert.ok((await wait(await jobs.cancel(made.id), 'cancelled')).finished_at);
  const before = Date.now();
  await refused(OpenAI.ConflictError, null, () => jobs.cancel(made.id));
  assert.ok(Date.now() - before < 400, 'the client tried again');
}

async function refusals(file) {
  const create = (more) => () => jobs.create({ model: 'pebble', training_file: file.id, ...more });
  const method = { type: 'supervised', supervised: { hyperparameters: { rank: 4096 } } };
  await refused(OpenAI.BadRequestError, 'model', create({ model: 'nobody/none' }));
  await refused(OpenAI.BadRequestError, 'training_file', create({ training_file: 'file-none' }));
  await refused(OpenAI.BadRequestError, 'method.supervised.hyperparameters.rank', create({ method }));
  const stranger = new OpenAI({ baseURL, apiKey: 'wrong' });
  await refused(OpenAI.AuthenticationError, null, () => stranger.models.list());
  const broken = await client.files.create({ file: await toFile(Buffer.from('{"a\n' + GOOD), 'b.jsonl'), purpose: 'fine-tune' });
  const failed = await wait(await jobs.create({ model: 'pebble', training_file: broken.id }), 'failed');
  assert.equal(failed.error.code, 'invalid_training_file');
  assert.match(failed.error.message, /line 1/);
  assert.ok((await client.files.delete(broken.id)).deleted);
}

async function trained(made) {
  const done = await wait(made, 'succeeded', 'failed', 'cancelled');
  assert.equal(done.status, 'succeeded', JSON.stringify(done.error));
  assert.match(done.fine_tuned_model, /^ft:pebble:/);
  assert.match(done.adapter.commit, /^[0-9a-f]{40}$/);
  assert.equal((await client.models.retrieve(done.fine_tuned_model)).id, done.fine_tuned_model);
  assert.match(await (await client.files.content(done.result_files[0])).text(), /^step,train_loss,.*\n1,/);
  await stream(done);
  await permissions(done);
  assert.ok((await client.models.delete(done.fine_tuned_model)).deleted);
  await refused(OpenAI.NotFoundError, 'model', () => client.models.retrieve(done.fine_tuned_model));
}

assert.ok((await all(client.models.list())).some((model) => model.id === 'pebble'));
await purposeFirst();
await uploads();
const file = await files();
const made = await job(file);
await events(made);
await pauseAndResume(file);
await cancel(file);
await refusals(file);
if (process.env.MORAINE_INTEROP_TRAIN) {
  await trained(made);
} else if (['queued', 'running'].includes((await jobs.retrieve(made.id)).status)) {
  await jobs.cancel(made.id);
}
assert.ok((await client.files.delete(file.id)).deleted);
console.log(`npm openai ${VERSION}: every step as it must be`);
