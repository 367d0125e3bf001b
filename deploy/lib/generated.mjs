/** @import { HostRule } from "strongroom/headers" */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { hostRules, ruleFor } from "strongroom/headers";
import { stringify } from "yaml";
import { basePath, workers } from "./app.mjs";

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
  if (!begin || !end) throw new Error("The lines around the generated part of the template are gone.");
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
 * The package's rules for a stack: with a domain of its own, or with the API on CloudFront's own name; and with frames
 * for the sign-in pages or without.
 *
 * @param {boolean} hasAppDomain
 * @param {boolean} recoversInFrame
 */
function rulesOf(hasAppDomain, recoversInFrame) {
  return hostRules({
    basePath,
    workers,
    // CloudFront's own name is known only when the distribution is there, which needs these headers first.
    ...(hasAppDomain && app ? { origin: app } : {}),
    api: [hasAppDomain ? `${api}/` : "/api/"],
    provider: { authorizationEndpoint: `${login}/oauth2/authorize`, tokenEndpoint: `${login}/oauth2/token` },
    recovery: recoversInFrame ? "iframe" : "redirect",
  });
}

function resources() {
  const policy = (/** @type {string} */ name, /** @type {string} */ path) =>
    responseHeadersPolicy(name, (hasAppDomain, recoversInFrame) =>
      ruleFor(rulesOf(hasAppDomain, recoversInFrame), path),
    );
  return {
    EndpointHeaders: policy("endpoints", `${basePath}/callback`),
    WorkerHeaders: policy("worker", workers[0] ?? ""),
    AppHeaders: policy("app", "/"),
    EndpointAnswer: cloudFrontFunction(
      "endpoints",
      endpointAnswer(
        ruleFor(rulesOf(false, false), `${basePath}/unfinished`),
        ruleFor(rulesOf(false, false), `${basePath}/callback`),
      ),
    ),
    AppRoute: cloudFrontFunction(
      "route",
      readFileSync(new URL("../functions/route.js", import.meta.url), "utf8"),
    ),
  };
}

/**
 * @param {string} name
 * @param {(hasAppDomain: boolean, recoversInFrame: boolean) => HostRule} ruleOf
 */
function responseHeadersPolicy(name, ruleOf) {
  /** @type {Record<string, object>} */
  const security = {};
  const custom = [];
  for (const header of Object.keys(ruleOf(true, true).headers)) {
    const textFor = (/** @type {boolean} */ hasAppDomain) => {
      const text = (/** @type {boolean} */ recoversInFrame) =>
        withStackValues(ruleOf(hasAppDomain, recoversInFrame).headers[header] ?? "");
      return choice("RecoversInFrame", text(true), text(false));
    };
    const value = choice("HasAppDomain", textFor(true), textFor(false));
    switch (header) {
      // A response headers policy cannot set it. Files have it from the upload, the endpoints' page from its function.
      case "Content-Type":
      // Not for the page, which is answered under the same policy: the function sends it.
      case "Location":
        break;
      case "Content-Security-Policy":
        security.ContentSecurityPolicy = { ContentSecurityPolicy: value, Override: true };
        break;
      case "Referrer-Policy":
        security.ReferrerPolicy = { ReferrerPolicy: value, Override: true };
        break;
      case "X-Content-Type-Options":
        security.ContentTypeOptions = { Override: true };
        break;
      case "X-Frame-Options":
        security.FrameOptions = { FrameOption: value, Override: true };
        break;
      // CloudFront refuses these among the custom headers and has properties of its own for them.
      case "Strict-Transport-Security":
      case "X-XSS-Protection":
        throw new Error(`${header} is new in headers.json: say here how CloudFront sends it.`);
      default:
        custom.push({ Header: header, Value: value, Override: true });
    }
  }
  return {
    Type: "AWS::CloudFront::ResponseHeadersPolicy",
    Properties: {
      ResponseHeadersPolicyConfig: {
        Name: { "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}-${name}` },
        SecurityHeadersConfig: security,
        ...(custom.length > 0 ? { CustomHeadersConfig: { Items: custom } } : {}),
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
 * Code that answers the endpoints' requests: with the page, or with the way to it. A response headers policy can replace no
 * body and no status.
 *
 * @param {HostRule} unfinished
 * @param {HostRule} endpoint
 */
function endpointAnswer(unfinished, endpoint) {
  return `function handler(event) {
  if (event.request.uri === ${JSON.stringify(unfinished.path)}) {
    return ${answerOf(unfinished, "Not Found").replaceAll("\n", "\n    ")};
  }
  return ${answerOf(endpoint, "See Other").replaceAll("\n", "\n  ")};
}
`;
}

/**
 * @param {HostRule} rule
 * @param {string} statusDescription
 */
function answerOf({ page, headers }, statusDescription) {
  if (!page) throw new Error("A rule for the endpoints has no page.");
  const answer = {
    statusCode: page.status,
    statusDescription,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { value }]),
    ),
    ...(page.body === "" ? {} : { body: { encoding: "text", data: page.body } }),
  };
  return JSON.stringify(answer, undefined, 2);
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
