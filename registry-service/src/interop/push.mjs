// Publishes versions with the JavaScript client, unmodified; big files go beside the commit, by git LFS.
// Needs MORAINE_REGISTRY_URL, MORAINE_API_KEY and MORAINE_TEAM, and @huggingface/hub.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  commit,
  createBranch,
  createRepo,
  deleteBranch,
  deleteFile,
  deleteRepo,
  downloadFile,
  listFiles,
  repoExists,
  uploadFiles,
} from "@huggingface/hub";

const at = { hubUrl: process.env.MORAINE_REGISTRY_URL, accessToken: process.env.MORAINE_API_KEY };
const repo = { type: "model", name: process.env.MORAINE_TEAM + "/pushed-" + randomBytes(5).toString("hex") };

const read = async (path, revision) =>
  Buffer.from(await (await downloadFile({ ...at, repo, revision, path })).arrayBuffer());
const paths = async (revision) => {
  const found = [];
  for await (const file of listFiles({ ...at, repo, revision, recursive: true })) found.push(file.path);
  return found;
};

await createRepo({ ...at, repo, visibility: "private" });
const big = randomBytes(21_000_000);
const made = await uploadFiles({
  ...at,
  repo,
  commitTitle: "from JavaScript",
  files: [
    { path: "adapter_config.json", content: new Blob(['{"peft_type":"LORA","r":4}']) },
    { path: "weights.bin", content: new Blob([big]) },
    { path: "empty.txt", content: new Blob([]) },
  ],
});
assert.match(made.commit.oid, /^[0-9a-f]{40}$/);
assert.ok(big.equals(await read("weights.bin", "v1")));

await deleteFile({ ...at, repo, path: "empty.txt" });
assert.deepEqual(await paths("v2"), ["adapter_config.json", "weights.bin"]);
assert.deepEqual(await paths("v1"), ["adapter_config.json", "empty.txt", "weights.bin"]);

await assert.rejects(
  commit({
    ...at,
    repo,
    title: "late",
    parentCommit: made.commit.oid,
    operations: [{ operation: "addOrUpdate", path: "x", content: new Blob(["x"]) }],
  }),
  /by now/,
);
await createBranch({ ...at, repo, branch: "staging", revision: "v1" });
assert.equal((await paths("staging")).length, 3);
await deleteBranch({ ...at, repo, branch: "staging" });
await deleteRepo({ ...at, repo });
assert.ok(!(await repoExists({ ...at, repo })));
console.log(`ok  @huggingface/hub: ${repo.name} created, uploaded to, deleted`);
