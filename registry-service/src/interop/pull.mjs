// Pulls a published version with the JavaScript client, unmodified.
// Needs MORAINE_REGISTRY_URL, MORAINE_API_KEY and MORAINE_ADAPTER (team/adapter with a version v1), and @huggingface/hub.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkRepoAccess,
  countCommits,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  listCommits,
  listFiles,
  listModels,
  modelInfo,
  pathsInfo,
  repoExists,
  snapshotDownload,
  whoAmI,
} from "@huggingface/hub";

const at = {
  hubUrl: process.env.MORAINE_REGISTRY_URL,
  accessToken: process.env.MORAINE_API_KEY,
};
const repo = { type: "model", name: process.env.MORAINE_ADAPTER };
const here = { ...at, repo, revision: "v1" };

const me = await whoAmI(at);
assert.equal(me.name, repo.name.split("/")[0]);

const info = await modelInfo({ ...at, name: repo.name, additionalFields: ["sha"] });
assert.equal(info.name, repo.name);
assert.match(info.sha, /^[0-9a-f]{40}$/);

const files = [];
for await (const file of listFiles({ ...here, recursive: true, expand: true })) files.push(file);
assert.ok(files.length > 0);

for (const file of files.filter((f) => f.type === "file")) {
  const found = await fileDownloadInfo({ ...here, path: file.path });
  assert.equal(found.size, file.size, file.path);
  const blob = await downloadFile({ ...here, path: file.path });
  const bytes = Buffer.from(await blob.arrayBuffer());
  assert.equal(bytes.length, file.size, file.path);
  if (file.lfs) {
    assert.equal(createHash("sha256").update(bytes).digest("hex"), file.lfs.oid, file.path);
  } else {
    const git = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    assert.equal(git, file.oid, file.path);
  }
}

const commits = [];
for await (const commit of listCommits(here)) commits.push(commit);
assert.equal(commits.length, 1);
assert.equal(await countCommits(here), 1);
assert.equal(await downloadFile({ ...here, path: "not-there" }), null);

const [one] = files.filter((f) => f.type === "file");
assert.ok(await fileExists({ ...here, path: one.path }));
assert.ok(!(await fileExists({ ...here, path: "not-there" })));
const [described] = await pathsInfo({ ...here, paths: [one.path, "not-there"], expand: true });
assert.equal(described.lastCommit.id, commits[0].oid);
await checkRepoAccess({ ...at, repo });
assert.ok(await repoExists({ ...at, repo }));
assert.ok(!(await repoExists({ ...at, repo: { type: "model", name: me.name + "/nothing-here" } })));
const models = [];
for await (const model of listModels({ ...at, search: { owner: me.name } })) models.push(model.name);
assert.ok(models.includes(repo.name));

const cache = await mkdtemp(join(tmpdir(), "moraine-hub-"));
try {
  const snapshot = await snapshotDownload({ ...at, repo: { type: "model", name: repo.name + ".v1" }, cacheDir: cache });
  assert.equal((await readFile(join(snapshot, one.path))).length, one.size);
} finally {
  await rm(cache, { recursive: true });
}
console.log(`ok  @huggingface/hub: ${files.length} files of ${repo.name}`);
