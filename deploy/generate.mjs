// `node deploy/generate.mjs`: generates the headers and functions in deploy/template.yaml from what the package's command line
// prints for CloudFront. The package must be built.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { program } from "./lib/program.mjs";
import { appWorker, basePath, workerConfiguration, workers } from "./lib/stack.mjs";

const BEGIN = /^ {2}# Made from sw-shim\/headers\.json.*\n/m;
const END = /^ {2}# End of what deploy\/generate\.mjs makes\.\n/m;

/**
 * `template` with its generated resources as the package's command line prints them.
 *
 * @param {string} template
 */
export function generatedInto(template) {
  const begin = BEGIN.exec(template);
  const end = END.exec(template);
  if (!begin || !end) throw new Error("deploy/template.yaml lacks the comments around its generated part.");
  const before = template.slice(0, begin.index + begin[0].length);
  return `${before}${indented(stringify(resources(), { lineWidth: 0, aliasDuplicateObjects: false }))}${template.slice(end.index)}`;
}

/** Stand for what only the stack knows. */
const app = "https://app.strongroom.invalid";
const api = "https://api.strongroom.invalid";
const login = "https://login.strongroom.invalid";
const vault = "https://vault.strongroom.invalid";
const known = {
  [app]: `https://\${AppDomainName}`,
  [api]: `https://\${Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`,
  [login]: `\${LoginOrigin}`,
  [vault]: `https://\${VaultDomainName}`,
};

const loginOrigin = choice(
  "HasLoginDomain",
  { "Fn::Sub": `https://\${LoginDomainName}` },
  { "Fn::Sub": `https://\${UserPoolDomain}.auth.\${AWS::Region}.amazoncognito.com` },
);

/**
 * The resources that the package's command line prints for a configuration.
 *
 * @param {object} configuration
 * @param {string[]} flags
 */
function printed(configuration, flags = []) {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-"));
  try {
    const config = join(folder, "vault.json");
    writeFileSync(config, JSON.stringify(configuration));
    const command = [program(), "headers", "--for", "cloudfront", "--config", config, ...flags];
    const yaml = execFileSync(process.execPath, command, { encoding: "utf8" });
    // `!Sub` and `!GetAtt` are tags that it does not know.
    return parse(yaml, { logLevel: "error" }).Resources;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string[]} workers */
function flagsFor(workers, origin = app) {
  return ["--origin", origin, ...workers.flatMap((path) => ["--worker", path])];
}

/** @param {boolean} hasAppDomain */
function configuration(hasAppDomain) {
  const configuration = workerConfiguration({
    ...{ Region: "eu-central-1", UserPoolId: "eu-central-1_AbCdEfGhI", ClientId: "1example23456789" },
    ...{ LoginDomain: login, Scopes: "openid", ApiUrl: hasAppDomain ? `${api}/` : "/api/" },
    ...{ AppOrigin: "", BucketName: "", DistributionId: "", Recovery: "redirect" },
  });
  return { ...configuration, basePath };
}

function resources() {
  const withDomain = printed(configuration(true), flagsFor(workers));
  // CloudFront's own name is known only when the distribution is there, which needs these headers first.
  const without = printed(configuration(false), flagsFor(workers, "https://*.cloudfront.net"));
  // The app beside a vault on an origin of its own.
  const besideVault = printed(configuration(true), [
    ...flagsFor([appWorker]),
    "--allow",
    `frame-src ${vault}`,
  ]);
  const ofVault = printed({ ...configuration(true), basePath: undefined, apps: [app] });
  const policy = (/** @type {string} */ name, /** @type {string} */ of) =>
    headersPolicy(name, either("HasAppDomain", configOf(withDomain[of]), configOf(without[of])));
  return {
    EndpointHeaders: policy("endpoints", "StrongroomEndpointHeaders"),
    WorkerHeaders: policy("worker", "StrongroomWorker"),
    AppHeaders: headersPolicy(
      "app",
      either(
        "HasVault",
        configOf(besideVault.StrongroomApp),
        either("HasAppDomain", configOf(withDomain.StrongroomApp), configOf(without.StrongroomApp)),
      ),
    ),
    EndpointAnswer: cloudFrontFunction("endpoints", without.StrongroomEndpoints.Properties.FunctionCode),
    AppViews: cloudFrontFunction(
      "views",
      readFileSync(new URL("functions/views.js", import.meta.url), "utf8"),
    ),
    ...Object.fromEntries(
      Object.entries(ofVault).map(([name, resource]) => [
        name,
        { Condition: "HasVault", ...vaultResource(name, resource) },
      ]),
    ),
  };
}

/**
 * @param {string} name
 * @param {any} resource
 */
function vaultResource(name, resource) {
  const suffix = name.replaceAll(/\B[A-Z]/g, "-$&").toLowerCase();
  return resource.Type === "AWS::CloudFront::Function"
    ? cloudFrontFunction(suffix, resource.Properties.FunctionCode)
    : headersPolicy(suffix, configOf(resource));
}

/** @param {any} resource A response headers policy. */
function configOf({ Properties: { ResponseHeadersPolicyConfig: config } }) {
  return withStackValues(config);
}

/**
 * @param {string} name
 * @param {any} config
 */
function headersPolicy(name, config) {
  return {
    Type: "AWS::CloudFront::ResponseHeadersPolicy",
    Properties: {
      ResponseHeadersPolicyConfig: {
        ...config,
        Name: { "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}-${name}` },
      },
    },
  };
}

/**
 * The same structure twice, as one whose values follow a condition of the template.
 *
 * @param {string} condition
 * @param {any} yes
 * @param {any} no
 * @returns {any}
 */
function either(condition, yes, no) {
  const isExpression = [yes, no].some((value) =>
    Object.keys(Object(value)).some((key) => key.startsWith("Fn::")),
  );
  if (isExpression || typeof yes !== "object") return choice(condition, yes, no);
  if (Array.isArray(yes)) return yes.map((item, index) => either(condition, item, no[index]));
  return Object.fromEntries(
    Object.entries(yes).map(([key, value]) => [key, either(condition, value, no[key])]),
  );
}

/**
 * `value` with expressions in place of what stands for the stack's values.
 *
 * @param {any} value
 * @returns {any}
 */
function withStackValues(value) {
  if (Array.isArray(value)) return value.map(withStackValues);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withStackValues(inner)]));
  }
  return typeof value === "string" ? expression(value) : value;
}

/** @param {string} text */
function expression(text) {
  const used = Object.entries(known).filter(([sentinel]) => text.includes(sentinel));
  if (used.length === 0) return text;
  const pattern = used.reduce((rest, [sentinel, value]) => rest.replaceAll(sentinel, value), text);
  return {
    "Fn::Sub": pattern.includes(`\${LoginOrigin}`) ? [pattern, { LoginOrigin: loginOrigin }] : pattern,
  };
}

/**
 * One of two values by a condition of the template, or the one if they are the same.
 *
 * @template T
 * @param {string} condition
 * @param {T} yes
 * @param {T} no
 */
function choice(condition, yes, no) {
  return isDeepStrictEqual(yes, no) ? yes : { "Fn::If": [condition, yes, no] };
}

/**
 * @param {string} name
 * @param {string} code
 */
function cloudFrontFunction(name, code) {
  return {
    Type: "AWS::CloudFront::Function",
    Properties: {
      Name: { "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}-${name}` },
      AutoPublish: true,
      FunctionConfig: { Comment: "Strongroom: docs/deploy.md", Runtime: "cloudfront-js-2.0" },
      FunctionCode: code,
    },
  };
}

/** @param {string} yaml */
function indented(yaml) {
  return yaml.replace(/^(?=.)/gm, "  ");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL("template.yaml", import.meta.url));
  writeFileSync(path, generatedInto(readFileSync(path, "utf8")));
}
