import type { HostRule } from "../../headers";
import { endpointFunction, policyConfig } from "./cloudfront-resources";
import { type HostSettings, indent, kindsOf } from "./format";

/** Resources for a CloudFormation template, in YAML. */
export function cloudfront({ rules }: HostSettings): string {
  const { unfinished, endpoints, workers, app } = kindsOf(rules);
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
# CustomErrorResponses that replace missing files by the app do not affect ${endpoints.path}: the function responds first.
# Upload the worker scripts with the type text/javascript.
Resources:
  StrongroomEndpoints:
    Type: AWS::CloudFront::Function
    Properties:
      Name: !Sub "\${AWS::StackName}-strongroom-endpoints"
      AutoPublish: true
      FunctionConfig:
        Comment: Serves a static page at the vault's endpoints where no worker runs
        Runtime: cloudfront-js-2.0
      FunctionCode: |
${indent(endpointFunction(unfinished, endpoints), 8)}
${indent(headersPolicy("StrongroomWorker", "worker", worker), 2)}
${indent(headersPolicy("StrongroomApp", "app", app), 2)}`;
}

function headersPolicy(name: string, suffix: string, { headers }: HostRule): string {
  const { SecurityHeadersConfig: security, CustomHeadersConfig: custom } = policyConfig(headers);
  return `${name}:
  Type: AWS::CloudFront::ResponseHeadersPolicy
  Properties:
    ResponseHeadersPolicyConfig:
      Name: !Sub "\${AWS::StackName}-strongroom-${suffix}"
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
