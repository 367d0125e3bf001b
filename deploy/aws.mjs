// Manages a stack of template.yaml with the AWS CLI. The package must be built. The CLI reads AWS_PROFILE, AWS_REGION and
// AWS_ENDPOINT_URL.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkHeaders, formatFindings } from "strongroom/check-headers";
import { program } from "./lib/program.mjs";
import { hostOptions, workerScript } from "./lib/stack.mjs";
import { uploadCommands, vaultUploadCommands } from "./lib/upload.mjs";

const USAGE = `Usage:
  node deploy/aws.mjs up <stack> [Parameter=value …]   create or change the stack
  node deploy/aws.mjs worker <stack>                   print vault-worker.js
  node deploy/aws.mjs upload <stack> <folder>          upload a build
  node deploy/aws.mjs upload-vault <stack> <folder>    upload the files of the vault's own origin
  node deploy/aws.mjs check <stack>                    check the headers that the host sends, or both hosts
  node deploy/aws.mjs down <stack> --delete-users      delete the stack, its files and its users

See docs/deploy.md.`;

const template = fileURLToPath(new URL("template.yaml", import.meta.url));
const [verb, stack, ...rest] = process.argv.slice(2);

switch (stack && verb) {
  case "up":
    deploy(rest);
    console.log(JSON.stringify(outputs(), undefined, 2));
    break;
  case "worker":
    process.stdout.write(workerScript(outputs()));
    break;
  case "upload":
    for (const command of uploadCommands(folder(), outputs())) aws(command);
    break;
  case "upload-vault": {
    const known = outputs();
    if (!known.VaultOrigin) fail("This stack has no vault origin. Set VaultDomainName: docs/deploy.md.");
    for (const command of vaultUploadCommands(folder(), known)) aws(command);
    break;
  }
  case "check": {
    const known = outputs();
    if (known.VaultOrigin) {
      const doctor = [program(), "doctor", known.AppOrigin, "--probe", `${known.ApiUrl}notes`];
      process.exitCode = spawnSync(process.execPath, doctor, { stdio: "inherit" }).status ?? 1;
      break;
    }
    const findings = await checkHeaders(known.AppOrigin, {
      ...hostOptions(known),
      paths: ["/a/view/of/the/app"],
    });
    process.stdout.write(formatFindings(findings));
    if (findings.some(({ severity }) => severity !== "note")) process.exitCode = 1;
    break;
  }
  case "down": {
    if (rest[0] !== "--delete-users")
      fail("This deletes the user pool and all users. To confirm, add --delete-users.");
    const { BucketName, VaultBucketName } = outputs();
    for (const bucket of [BucketName, ...(VaultBucketName ? [VaultBucketName] : [])]) {
      aws(["s3", "rm", `s3://${bucket}`, "--recursive"]);
    }
    // CloudFormation cannot delete a protected user pool.
    deploy(["ProtectUsers=INACTIVE"]);
    aws(["cloudformation", "delete-stack", "--stack-name", stack ?? ""]);
    aws(["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack ?? ""]);
    break;
  }
  default:
    fail(USAGE);
}

function folder() {
  return rest[0] ?? fail(`Name the folder: node deploy/aws.mjs ${verb} <stack> <folder>`);
}

/** @param {string[]} parameters The others keep their values. */
function deploy(parameters) {
  const overrides = parameters.length > 0 ? ["--parameter-overrides", ...parameters] : [];
  const rights = ["--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"];
  aws([
    "cloudformation",
    "deploy",
    "--template-file",
    template,
    "--stack-name",
    stack ?? "",
    ...rights,
    ...overrides,
  ]);
}

/** @returns {import("./lib/stack.mjs").Outputs} */
function outputs() {
  const query = ["--query", "Stacks[0].Outputs", "--output", "json"];
  const text = aws(["cloudformation", "describe-stacks", "--stack-name", stack ?? "", ...query], "pipe");
  /** @type {{ OutputKey: string; OutputValue: string }[]} */
  const list = JSON.parse(text);
  const named = Object.fromEntries(list.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  return /** @type {import("./lib/stack.mjs").Outputs} */ (named);
}

/**
 * @param {string[]} args
 * @param {"inherit" | "pipe"} stdout
 */
function aws(args, stdout = "inherit") {
  const {
    status,
    error,
    stdout: output,
  } = spawnSync("aws", args, {
    stdio: ["inherit", stdout, "inherit"],
    encoding: "utf8",
  });
  if (error) fail(`Cannot start the AWS CLI: ${error.message}. Install it: https://docs.aws.amazon.com/cli/`);
  if (status !== 0) fail(`Command failed: aws ${args.join(" ")}`);
  return output;
}

/**
 * @param {string} why
 * @returns {never}
 */
function fail(why) {
  console.error(why);
  process.exit(1);
}
