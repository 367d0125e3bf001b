import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, indent, json, kindsOf, type PageRule } from "./format";

/** Resources for a CloudFormation template, in YAML. */
export function cloudfront({ rules }: HostSettings): string {
  const { callback, endpoints, workers, app } = kindsOf(rules);
  const [worker] = workers;
  if (!worker) throw new Error("hostRules() has no rule for a worker");
  return `# Strongroom's host headers for CloudFront: add these resources to your CloudFormation template.
#
# Refer to them from these behaviors of the DistributionConfig:
#
#   DefaultCacheBehavior:
#     ResponseHeadersPolicyId: !Ref StrongroomApp
#   CacheBehaviors:
#     - PathPattern: ${endpoints.path}
#       ResponseHeadersPolicyId: !Ref StrongroomEndpointHeaders
#       FunctionAssociations:
#         - EventType: viewer-request
#           FunctionARN: !GetAtt StrongroomEndpoints.FunctionARN
${workers
  .map(
    ({ path }) => `#     - PathPattern: ${path}
#       ResponseHeadersPolicyId: !Ref StrongroomWorker
`,
  )
  .join("")}#
# each with the TargetOriginId, ViewerProtocolPolicy (redirect-to-https) and CachePolicyId of the default behavior.
# CustomErrorResponses that replace missing files with the app do not affect ${endpoints.path}: the function responds first.
# Upload the worker scripts with the type text/javascript.
Resources:
  StrongroomEndpoints:
    Type: AWS::CloudFront::Function
    Properties:
      Name: !Sub "\${AWS::StackName}-strongroom-endpoints"
      AutoPublish: true
      FunctionConfig:
        Comment: Responds at the vault's endpoints where no worker runs
        Runtime: cloudfront-js-2.0
      FunctionCode: |
${indent(endpointFunction(callback, endpoints), 8)}
${indent(headersPolicy("StrongroomEndpointHeaders", "strongroom-endpoint-headers", endpoints), 2)}
${indent(headersPolicy("StrongroomWorker", "strongroom-worker", worker), 2)}
${indent(headersPolicy("StrongroomApp", "strongroom-app", app), 2)}`;
}

/** Resources for a vault origin's template, in YAML. */
export function cloudfrontVault(rules: HostRule[]): string {
  const { files, missing } = filesOf(rules);
  const policies: { name: string; resource: string; rules: [HostRule, ...HostRule[]] }[] = [];
  for (const rule of files) {
    // One policy for all files with the same headers.
    const same = policies.find(({ rules: [{ headers }] }) => json(headers) === json(rule.headers));
    if (same) {
      same.rules.push(rule);
      continue;
    }
    const name = rule.path.slice(1).replace(/\W/g, "-");
    const resource = `Vault-${name}`.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    policies.push({ name, resource, rules: [rule] });
  }
  return `# The headers of a vault origin for CloudFront: add these resources to the CloudFormation template of its distribution.
#
# Refer to them from these behaviors of the DistributionConfig:
#
#   DefaultCacheBehavior:
#     ResponseHeadersPolicyId: !Ref VaultMissing
#     FunctionAssociations:
#       - EventType: viewer-request
#         FunctionARN: !GetAtt VaultMissingPage.FunctionARN
#   CacheBehaviors:
${policies
  .flatMap(({ rules, resource }) =>
    rules.map(
      ({ path }) => `#     - PathPattern: ${path}
#       ResponseHeadersPolicyId: !Ref ${resource}
`,
    ),
  )
  .join("")}#
# each with the TargetOriginId, ViewerProtocolPolicy (redirect-to-https) and CachePolicyId of the default behavior, and without
# CustomErrorResponses. Upload the scripts with the type text/javascript and the pages with text/html; charset=utf-8.
Resources:
  VaultMissingPage:
    Type: AWS::CloudFront::Function
    Properties:
      Name: !Sub "\${AWS::StackName}-vault-missing-page"
      AutoPublish: true
      FunctionConfig:
        Comment: Responds to every path without a file of the vault
        Runtime: cloudfront-js-2.0
      FunctionCode: |
        function handler() {
          return ${indent(response(missing, "Not Found"), 10).trimStart()};
        }
${policies
  .map(({ rules: [rule], name, resource }) => indent(headersPolicy(resource, `vault-${name}`, rule), 2))
  .join("\n")}
${indent(headersPolicy("VaultMissing", "vault-missing", missing), 2)}`;
}

function headersPolicy(name: string, suffix: string, { headers }: HostRule): string {
  const { SecurityHeadersConfig: security, CustomHeadersConfig: custom } = policyConfig(headers);
  return `${name}:
  Type: AWS::CloudFront::ResponseHeadersPolicy
  Properties:
    ResponseHeadersPolicyConfig:
      Name: !Sub "\${AWS::StackName}-${suffix}"
      SecurityHeadersConfig:
${indent(entries(security), 8)}${
  custom
    ? `
      CustomHeadersConfig:
        Items:
${indent(custom.Items.map((item) => entries(item).replace(/^/gm, "  ").replace("  ", "- ")).join("\n"), 10)}`
    : ""
}
`;
}

/** The entries of an object in YAML. */
function entries(of: object): string {
  return Object.entries(of)
    .map(([name, value]) =>
      typeof value === "object"
        ? `${name}:\n${indent(entries(value), 2)}`
        : `${name}: ${JSON.stringify(value)}`,
    )
    .join("\n");
}

/** The code of a CloudFront Function for the endpoints: responds with the page, and to the callback without a document. */
function endpointFunction(callback: PageRule, endpoints: PageRule): string {
  return `function handler(event) {
  if (event.request.uri === ${JSON.stringify(callback.path)}) {
    return ${response(callback, "No Content").replaceAll("\n", "\n    ")};
  }
  return ${response(endpoints, "Not Found").replaceAll("\n", "\n  ")};
}
`;
}

function response({ headers, page }: PageRule, statusDescription: string): string {
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { value }]),
  );
  const answer = {
    statusCode: page.status,
    statusDescription,
    headers: lowerCase,
    ...(page.body === "" ? {} : { body: { encoding: "text", data: page.body } }),
  };
  return JSON.stringify(answer, null, 2);
}

/** Part of the configuration of a response headers policy. */
interface PolicyConfig<Value> {
  SecurityHeadersConfig: Record<string, Record<string, Value | true>>;
  CustomHeadersConfig?: { Items: { Header: string; Value: Value; Override: true }[] };
}

/** `headers` as a response headers policy has them. Their values may be a template's expressions. */
function policyConfig<Value>(headers: Record<string, Value>): PolicyConfig<Value> {
  const config: PolicyConfig<Value> = { SecurityHeadersConfig: {} };
  for (const [Header, Value] of Object.entries(headers)) {
    switch (Header) {
      // No policy can set it: CloudFront sends the type that the object was uploaded with.
      case "Content-Type":
        break;
      // CloudFront has separate settings for these, and refuses them as custom headers.
      case "Content-Security-Policy":
        config.SecurityHeadersConfig.ContentSecurityPolicy = { ContentSecurityPolicy: Value, Override: true };
        break;
      case "Referrer-Policy":
        config.SecurityHeadersConfig.ReferrerPolicy = { ReferrerPolicy: Value, Override: true };
        break;
      case "X-Content-Type-Options":
        config.SecurityHeadersConfig.ContentTypeOptions = { Override: true };
        break;
      case "X-Frame-Options":
        config.SecurityHeadersConfig.FrameOptions = { FrameOption: Value, Override: true };
        break;
      case "Strict-Transport-Security":
      case "X-XSS-Protection":
        throw new Error(`${Header} is new in headers.json: say here how CloudFront sends it`);
      default:
        config.CustomHeadersConfig ??= { Items: [] };
        config.CustomHeadersConfig.Items.push({ Header, Value, Override: true });
    }
  }
  return config;
}
