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

async function job(file) {
  const made = await jobs.create({
    model: 'pebble',
    training_file: file.id,
    suffix: 'interop',
    seed: 7,
    metadata: { by: 'node' },
    method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 1, adapter_type: 'mora', rank: 8 } } },
  });
  assert.equal(made.status, 'validating_files');
  assert.equal(made.method.supervised.hyperparameters.rank, 8);
  assert.equal((await jobs.retrieve(made.id)).id, made.id);
  const listed = await all(jobs.list({ limit: 2, metadata: { by: 'node' } }));
  assert.equal(listed[0].id, made.id);
  await all(jobs.list({ metadata: null }));
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
}

assert.ok((await all(client.models.list())).some((model) => model.id === 'pebble'));
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
