// Next.js writes inline scripts into exported pages. The host's policy allows inline scripts only by their hashes. Run this
// after each build, since each build changes them, and pass the result to `policy` of strongroom/headers.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const hashes = new Set();
for (const file of readdirSync("out", { recursive: true })) {
  if (!file.endsWith(".html")) continue;
  for (const [, attributes, script] of readFileSync(`out/${file}`, "utf8").matchAll(
    /<script([^>]*)>(.*?)<\/script>/gs,
  )) {
    if (/\ssrc=/.test(attributes)) continue;
    hashes.add(`'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  }
}
const policy = { "script-src": [...hashes], "trusted-types": ["nextjs#bundler"] };
writeFileSync("policy.json", `${JSON.stringify(policy, null, 2)}\n`);
