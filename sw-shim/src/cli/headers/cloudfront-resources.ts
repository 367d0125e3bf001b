import type { PageRule } from "./format";

// What rules are to CloudFront. The command line prints it for a template of its user's; deploy/ puts it into its own.

/** The code of a CloudFront Function that answers the endpoints' requests: with the page, or with the way to it. */
export function endpointFunction(unfinished: PageRule, endpoints: PageRule): string {
  return `function handler(event) {
  if (event.request.uri === ${JSON.stringify(unfinished.path)}) {
    return ${response(unfinished, "Not Found").replaceAll("\n", "\n    ")};
  }
  return ${response(endpoints, "See Other").replaceAll("\n", "\n  ")};
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
export interface PolicyConfig<Value> {
  SecurityHeadersConfig: Record<string, Record<string, Value | true>>;
  CustomHeadersConfig?: { Items: { Header: string; Value: Value; Override: true }[] };
}

/** `headers` as a response headers policy has them. Their values may be a template's expressions. */
export function policyConfig<Value>(headers: Record<string, Value>): PolicyConfig<Value> {
  const config: PolicyConfig<Value> = { SecurityHeadersConfig: {} };
  for (const [Header, Value] of Object.entries(headers)) {
    switch (Header) {
      // No policy can set it: the object's own type, as it was uploaded, is what CloudFront sends.
      case "Content-Type":
      // Not for the page, which may be answered under the same policy: the function sends it.
      case "Location":
        break;
      // CloudFront takes these by settings of their own, and refuses them among the others.
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
