import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { basePath, workerConfiguration, workers } from "./stack.mjs";

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
const known = {
  [app]: `https://\${AppDomainName}`,
  [api]: `https://\${Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`,
  [login]: `\${LoginOrigin}`,
};

const loginOrigin = choice(
  "HasLoginDomain",
  { "Fn::Sub": `https://\${LoginDomainName}` },
  { "Fn::Sub": `https://\${UserPoolDomain}.auth.\${AWS::Region}.amazoncognito.com` },
);

/**
 * What the package's command line prints for a stack: with a domain of its own, or with the API on CloudFront's own name.
 *
 * @param {boolean} hasAppDomain
 */
function printed(hasAppDomain) {
  const manifest = createRequire(import.meta.url).resolve("strongroom/package.json");
  const program = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.strongroom);
  const folder = mkdtempSync(join(tmpdir(), "strongroom-"));
  try {
    const config = join(folder, "vault.json");
    writeFileSync(config, JSON.stringify(configuration(hasAppDomain)));
    const options = [
      ...["--config", config],
      // CloudFront's own name is known only when the distribution is there, which needs these headers first.
      ...["--origin", hasAppDomain ? app : "https://*.cloudfront.net"],
      ...workers.flatMap((path) => ["--worker", path]),
    ];
    const yaml = execFileSync(process.execPath, [program, "headers", "--for", "cloudfront", ...options], {
      encoding: "utf8",
    });
    // `!Sub` and `!GetAtt` are tags that it does not know.
    return parse(yaml, { logLevel: "error" }).Resources;
  } finally {
    rmSync(folder, { recursive: true });
  }
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
  const [withDomain, without] = [printed(true), printed(false)];
  const policy = (/** @type {string} */ name, /** @type {string} */ of) => ({
    Type: "AWS::CloudFront::ResponseHeadersPolicy",
    Properties: {
      ResponseHeadersPolicyConfig: {
        ...either(
          withDomain[of].Properties.ResponseHeadersPolicyConfig,
          without[of].Properties.ResponseHeadersPolicyConfig,
        ),
        Name: { "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}-${name}` },
      },
    },
  });
  return {
    EndpointHeaders: policy("endpoints", "StrongroomEndpointHeaders"),
    WorkerHeaders: policy("worker", "StrongroomWorker"),
    AppHeaders: policy("app", "StrongroomApp"),
    EndpointAnswer: cloudFrontFunction("endpoints", without.StrongroomEndpoints.Properties.FunctionCode),
    AppViews: cloudFrontFunction(
      "views",
      readFileSync(new URL("../functions/views.js", import.meta.url), "utf8"),
    ),
  };
}

/**
 * The same structure twice, as one whose texts follow the stack's condition.
 *
 * @param {any} yes
 * @param {any} no
 * @returns {any}
 */
function either(yes, no) {
  if (typeof yes === "string") return choice("HasAppDomain", withStackValues(yes), withStackValues(no));
  if (Array.isArray(yes)) return yes.map((item, index) => either(item, no[index]));
  if (typeof yes !== "object") return yes;
  return Object.fromEntries(Object.entries(yes).map(([key, value]) => [key, either(value, no[key])]));
}

/** @param {string} text */
function withStackValues(text) {
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
