import type { PageRule } from "./format";

// The rules as CloudFront resources. The command line prints them; deploy/ puts them into its template.

/** The code of a CloudFront Function for the endpoints: responds with the page, or with the redirect to it. */
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
      // No policy can set it: CloudFront sends the type that the object was uploaded with.
      case "Content-Type":
      // The function sends it: the policy may also apply to the page.
      case "Location":
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
