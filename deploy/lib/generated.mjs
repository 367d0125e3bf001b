/** @import { HostRule } from "strongroom/headers" */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { hostRules, ruleFor } from "strongroom/headers";
import { stringify } from "yaml";
import { endpointFunction, policyConfig } from "../../sw-shim/src/cli/headers/cloudfront-resources.js";
import { kindsOf } from "../../sw-shim/src/cli/headers/format.js";
import { basePath, imports, workers } from "./stack.mjs";

const BEGIN = /^ {2}# Made from sw-shim\/headers\.json.*\n/m;
const END = /^ {2}# End of what deploy\/generate\.mjs makes\.\n/m;

/**
 * `template` with its generated resources as the package's host rules have them.
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
const known = {
  "https://app.strongroom.invalid": `https://\${AppDomainName}`,
  "https://api.strongroom.invalid": `https://\${Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`,
  "https://login.strongroom.invalid": `\${LoginOrigin}`,
};
const [app, api, login] = Object.keys(known);

const loginOrigin = choice(
  "HasLoginDomain",
  { "Fn::Sub": `https://\${LoginDomainName}` },
  { "Fn::Sub": `https://\${UserPoolDomain}.auth.\${AWS::Region}.amazoncognito.com` },
);

/**
 * The package's rules for a stack: with a domain of its own, or with the API on CloudFront's own name.
 *
 * @param {boolean} hasAppDomain
 */
function rulesOf(hasAppDomain) {
  return hostRules({
    basePath,
    workers,
    imports,
    // CloudFront's own name is known only when the distribution is there, which needs these headers first.
    origin: hasAppDomain && app ? app : "https://*.cloudfront.net",
    api: [hasAppDomain ? `${api}/` : "/api/"],
    provider: { authorizationEndpoint: `${login}/oauth2/authorize`, tokenEndpoint: `${login}/oauth2/token` },
  });
}

function resources() {
  const policy = (/** @type {string} */ name, /** @type {string} */ path) =>
    responseHeadersPolicy(name, (hasAppDomain) => ruleFor(rulesOf(hasAppDomain), path));
  const { unfinished, endpoints } = kindsOf(rulesOf(false));
  return {
    EndpointHeaders: policy("endpoints", `${basePath}/callback`),
    WorkerHeaders: policy("worker", workers[0] ?? ""),
    AppHeaders: policy("app", "/"),
    EndpointAnswer: cloudFrontFunction("endpoints", endpointFunction(unfinished, endpoints)),
    AppRoute: cloudFrontFunction(
      "route",
      readFileSync(new URL("../functions/route.js", import.meta.url), "utf8"),
    ),
  };
}

/**
 * @param {string} name
 * @param {(hasAppDomain: boolean) => HostRule} ruleOf
 */
function responseHeadersPolicy(name, ruleOf) {
  const headers = Object.keys(ruleOf(true).headers).map((header) => {
    const textFor = (/** @type {boolean} */ hasAppDomain) =>
      withStackValues(ruleOf(hasAppDomain).headers[header] ?? "");
    return [header, choice("HasAppDomain", textFor(true), textFor(false))];
  });
  return {
    Type: "AWS::CloudFront::ResponseHeadersPolicy",
    Properties: {
      ResponseHeadersPolicyConfig: {
        Name: { "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}-${name}` },
        ...policyConfig(Object.fromEntries(headers)),
      },
    },
  };
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
