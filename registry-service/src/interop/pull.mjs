// Pulls a published version with the JavaScript client, unmodified.
// Needs MORAINE_REGISTRY_URL, MORAINE_API_KEY and MORAINE_ADAPTER (team/adapter with a version v1), and @huggingface/hub.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { downloadFile, fileDownloadInfo, listCommits, listFiles, modelInfo, whoAmI } from "@huggingface/hub";

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
assert.equal(await downloadFile({ ...here, path: "not-there" }), null);
console.log(`ok  @huggingface/hub: ${files.length} files of ${repo.name}`);
