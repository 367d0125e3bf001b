import { hostRules, ruleFor } from "strongroom/headers";
import { hostOptions, vaultRules } from "./stack.mjs";

/** A file whose name has a hash of its content never changes. */
const FOR_EVER = "public, max-age=31536000, immutable";
/** Everything else is revalidated, mostly with a 304 response. */
const ASK_AGAIN = "no-cache";

/**
 * The `aws` commands that upload the build in `folder`, ordered so that no page misses a file: new assets before the files
 * that refer to them, the worker scripts before the page of the same version. Old assets stay for open pages.
 *
 * @param {string} folder
 * @param {import("./stack.mjs").Outputs} outputs
 * @returns {string[][]}
 */
export function uploadCommands(folder, outputs) {
  const bucket = `s3://${outputs.BucketName}`;
  const options = hostOptions(outputs);
  const rules = hostRules(options);
  const names = [...options.workers, ...(options.imports ?? [])].map((path) => path.slice(1));
  const others = ["assets/*", "index.html", ...names].flatMap((pattern) => ["--exclude", pattern]);
  const workerUploads = names.map((name) => {
    const { headers } = ruleFor(rules, `/${name}`);
    const type = [
      "--content-type",
      headers["Content-Type"] ?? "",
      "--cache-control",
      headers["Cache-Control"] ?? "",
    ];
    return ["s3", "cp", `${folder}/${name}`, `${bucket}/${name}`, ...type];
  });
  return [
    ["s3", "cp", `${folder}/assets`, `${bucket}/assets`, "--recursive", "--cache-control", FOR_EVER],
    ["s3", "cp", folder, bucket, "--recursive", ...others, "--cache-control", ASK_AGAIN],
    ...workerUploads,
    [
      ...["s3", "cp", `${folder}/index.html`, `${bucket}/index.html`],
      ...["--content-type", "text/html; charset=utf-8", "--cache-control", ASK_AGAIN],
    ],
    ["cloudfront", "create-invalidation", "--distribution-id", outputs.DistributionId, "--paths", "/*"],
  ];
}

/**
 * The `aws` commands that upload the files of a vault's own origin in `folder`: the library before what loads it, and the pages last.
 *
 * @param {string} folder
 * @param {import("./stack.mjs").Outputs} outputs
 * @returns {string[][]}
 */
export function vaultUploadCommands(folder, outputs) {
  const files = vaultRules(outputs).filter(({ path }) => path !== "/*");
  return [
    ...files
      .toReversed()
      .map(({ path, headers }) => [
        ...["s3", "cp", `${folder}${path}`, `s3://${outputs.VaultBucketName}${path}`],
        ...[
          "--content-type",
          headers["Content-Type"] ?? "",
          "--cache-control",
          headers["Cache-Control"] ?? "",
        ],
      ]),
    [
      ...["cloudfront", "create-invalidation", "--distribution-id", outputs.VaultDistributionId ?? ""],
      ...["--paths", "/*"],
    ],
  ];
}
