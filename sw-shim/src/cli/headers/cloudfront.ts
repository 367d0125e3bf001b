import type { HostRule } from "../../headers";
import { type HostSettings, indent, kindsOf, type PageRule } from "./format";

/** Resources for a CloudFormation template, in YAML. */
export function cloudfront({ rules }: HostSettings): string {
  const { unfinished, endpoints, workers, app } = kindsOf(rules);
  const [worker] = workers;
  if (!worker) throw new Error("hostRules() has no rule for a worker");
  return `# Strongroom's host headers for CloudFront, as part of a CloudFormation template.
#
# In the DistributionConfig, refer to them from these behaviors:
#
#   DefaultCacheBehavior:
#     ResponseHeadersPolicyId: !Ref StrongroomApp
#   CacheBehaviors:
#     - PathPattern: ${endpoints.path}
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
# each with the TargetOriginId, ViewerProtocolPolicy (redirect-to-https) and CachePolicyId of the default one. If
# CustomErrorResponses turn missing files into the app, that does not reach ${endpoints.path}: the function answers first.
# Upload the worker scripts with the type text/javascript.
Resources:
  StrongroomEndpoints:
    Type: AWS::CloudFront::Function
    Properties:
      Name: !Sub "\${AWS::StackName}-strongroom-endpoints"
      AutoPublish: true
      FunctionConfig:
        Comment: Answers the vault's endpoints with a static page where no worker runs
        Runtime: cloudfront-js-2.0
      FunctionCode: |
${indent(endpointFunction(unfinished, endpoints), 8)}
${indent(headersPolicy("StrongroomWorker", "worker", worker), 2)}
${indent(headersPolicy("StrongroomApp", "app", app), 2)}`;
}

function endpointFunction(unfinished: PageRule, endpoints: PageRule): string {
  return `function handler(event) {
  if (event.request.uri === ${JSON.stringify(unfinished.path)}) {
    return ${indent(response(unfinished, "Not Found"), 4).trimStart()};
  }
  return ${indent(response(endpoints, "See Other"), 2).trimStart()};
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

/** CloudFront takes these by settings of their own, and refuses them among the others. */
const SECURITY_HEADERS: Record<string, (value: string) => string> = {
  "Content-Security-Policy": (value) =>
    `ContentSecurityPolicy:\n  ContentSecurityPolicy: ${JSON.stringify(value)}\n  Override: true`,
  "Referrer-Policy": (value) => `ReferrerPolicy:\n  ReferrerPolicy: ${value}\n  Override: true`,
  "X-Content-Type-Options": () => "ContentTypeOptions:\n  Override: true",
  "X-Frame-Options": (value) => `FrameOptions:\n  FrameOption: ${value}\n  Override: true`,
};

function headersPolicy(name: string, suffix: string, { headers }: HostRule): string {
  const security = Object.entries(headers).flatMap(
    ([header, value]) => SECURITY_HEADERS[header]?.(value) ?? [],
  );
  const custom = Object.entries(headers)
    // The object's own type, as it was uploaded, is what CloudFront sends.
    .filter(([header]) => !(header in SECURITY_HEADERS) && header !== "Content-Type")
    .map(([header, value]) => `- Header: ${header}\n  Value: ${JSON.stringify(value)}\n  Override: true`);
  return `${name}:
  Type: AWS::CloudFront::ResponseHeadersPolicy
  Properties:
    ResponseHeadersPolicyConfig:
      Name: !Sub "\${AWS::StackName}-strongroom-${suffix}"
      SecurityHeadersConfig:
${indent(security.join("\n"), 8)}
      CustomHeadersConfig:
        Items:
${indent(custom.join("\n"), 10)}
`;
}
