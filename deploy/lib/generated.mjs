/** @import { HostRule } from "strongroom/headers" */
import { readFileSync } from "node:fs";
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

/** Stands for an origin that only the stack knows. */
const sentinels = {
  ApiOrigin: "https://api.strongroom.invalid",
  LoginOrigin: "https://login.strongroom.invalid",
};

/** What stands for them in the template: the API's origin, which `'self'` covers if it is the app's, and the sign-in pages'. */
const values = {
  ApiOrigin: {
    "Fn::If": [
      "HasApiOnAppOrigin",
      "",
      { "Fn::Sub": `https://\${Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}` },
    ],
  },
  LoginOrigin: {
    "Fn::If": [
      "HasLoginDomain",
      { "Fn::Sub": `https://\${LoginDomainName}` },
      { "Fn::Sub": `https://\${UserPoolDomain}.auth.\${AWS::Region}.amazoncognito.com` },
    ],
  },
};

function resources() {
  const rules = hostRules({
    basePath,
    workers,
    api: [`${sentinels.ApiOrigin}/`],
    provider: {
      authorizationEndpoint: `${sentinels.LoginOrigin}/oauth2/authorize`,
      tokenEndpoint: `${sentinels.LoginOrigin}/oauth2/token`,
    },
  });
  const endpoints = ruleFor(rules, `${basePath}/callback`);
  const worker = ruleFor(rules, workers[0] ?? "");
  return {
    EndpointHeaders: responseHeadersPolicy("endpoints", endpoints),
    WorkerHeaders: responseHeadersPolicy("worker", worker),
    AppHeaders: responseHeadersPolicy("app", ruleFor(rules, "/")),
    EndpointAnswer: cloudFrontFunction("endpoints", endpointAnswer(endpoints)),
    AppRoute: cloudFrontFunction(
      "route",
      readFileSync(new URL("../functions/route.js", import.meta.url), "utf8"),
    ),
  };
}

/**
 * @param {string} name
 * @param {HostRule} rule
 */
function responseHeadersPolicy(name, rule) {
  /** @type {Record<string, object>} */
  const security = {};
  const custom = [];
  for (const [header, text] of Object.entries(rule.headers)) {
    const value = withStackValues(text);
    switch (header) {
      // A response headers policy cannot set it. Files have it from the upload, the endpoints' page from its function.
      case "Content-Type":
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
  const used = Object.entries(sentinels).filter(([, sentinel]) => text.includes(sentinel));
  if (used.length === 0) return text;
  const sub = used.reduce((rest, [name, sentinel]) => rest.replaceAll(sentinel, `\${${name}}`), text);
  const variables = Object.fromEntries(
    used.map(([name]) => [name, values[/** @type {keyof typeof values} */ (name)]]),
  );
  return { "Fn::Sub": [sub, variables] };
}

/**
 * Code that answers every request with the endpoints' page. A response headers policy can replace no body and no status.
 *
 * @param {HostRule} rule
 */
function endpointAnswer({ page, headers }) {
  if (!page) throw new Error("The rule for the endpoints has no page.");
  const response = {
    statusCode: page.status,
    statusDescription: "Not Found",
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { value }]),
    ),
    body: { encoding: "text", data: page.body },
  };
  return `function handler() {\n  return ${JSON.stringify(response, undefined, 2).replaceAll("\n", "\n  ")};\n}\n`;
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
