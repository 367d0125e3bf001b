import { hostRules, ruleFor } from "strongroom/headers";
import { imports, workers } from "./app.mjs";
import { hostOptions } from "./stack.mjs";

/** A file whose name has a hash of its content never changes. */
const FOR_EVER = "public, max-age=31536000, immutable";
/** Everything else is asked for anew, and mostly answered with 304. */
const ASK_AGAIN = "no-cache";

/**
 * The `aws` commands that bring the build in `folder` to the stack, in an order in which a page never finds a file
 * missing: new assets before what names them, the workers before the page of the same version, old assets left for pages
 * that are open.
 *
 * @param {string} folder
 * @param {import("./stack.mjs").Outputs} outputs
 * @returns {string[][]}
 */
export function uploadCommands(folder, outputs) {
  const bucket = `s3://${outputs.BucketName}`;
  const rules = hostRules(hostOptions(outputs));
  const names = [...workers, ...imports].map((path) => path.slice(1));
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
