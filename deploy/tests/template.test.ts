import { runInNewContext } from "node:vm";
import { type HostRule, hostRules, ruleFor } from "strongroom/headers";
import { describe, expect, test } from "vitest";
import { generatedInto } from "../generate.mjs";
import { hostOptions, type Outputs, vaultRules, workerScript } from "../lib/stack.mjs";
import { holds, references, resolved, template, text, type Value, type World } from "./template.js";
import { routesOf } from "./worker.js";

const names = {
  "AWS::AccountId": "111122223333",
  "AWS::Partition": "aws",
  "AWS::Region": "eu-central-1",
  "AWS::StackId":
    "arn:aws:cloudformation:eu-central-1:111122223333:stack/notes/51af3dc0-da77-11e4-872e-1234567db123",
  "AWS::StackName": "notes",
  "AWS::URLSuffix": "amazonaws.com",
  Api: "a1b2c3d4e5",
  ApiAuthorizer: "authorizer",
  ApiIntegration: "integration",
  AppClient: "1example23456789",
  Distribution: "E1EXAMPLE",
  "Distribution.DomainName": "d111111abcdef8.cloudfront.net",
  Site: "notes-site-1example",
  UserPool: "eu-central-1_AbCdEfGhI",
  UserPoolDomain: "strongroom-51af3dc0",
  "EndpointAnswer.FunctionARN": "EndpointAnswer",
  "AppViews.FunctionARN": "AppViews",
  VaultSite: "notes-vault-1example",
  VaultDistribution: "E2EXAMPLE",
  "VaultDistribution.DomainName": "d333333abcdef8.cloudfront.net",
  "VaultMissingPage.FunctionARN": "VaultMissingPage",
  "VaultSite.RegionalDomainName": "notes-vault-1example.s3.eu-central-1.amazonaws.com",
  "VaultSite.Arn": "arn:aws:s3:::notes-vault-1example",
  ...Object.fromEntries(
    Object.keys(template.Resources)
      .filter((name) => template.Resources[name].Type === "AWS::CloudFront::ResponseHeadersPolicy")
      .map((name) => [name, name]),
  ),
  "SiteAccess.Id": "access",
  "Site.RegionalDomainName": "notes-site-1example.s3.eu-central-1.amazonaws.com",
  "UserPoolDomain.CloudFrontDistribution": "d222222abcdef8.cloudfront.net",
};
const certificate = "arn:aws:acm:us-east-1:111122223333:certificate/1";

const namesOfItsOwn = {
  AppDomainName: "app.example.com",
  AppCertificateArn: certificate,
  LoginDomainName: "auth.example.com",
  LoginCertificateArn: certificate,
};

const namesWithVault = {
  ...namesOfItsOwn,
  VaultDomainName: "vault.example.com",
  VaultCertificateArn: certificate,
};

const worlds: [string, World][] = [
  ["without names of its own", { names }],
  ["with names of its own", { names, parameters: namesOfItsOwn }],
  ["without recovery", { names, parameters: { Recovery: "none" } }],
  ["with the updated issuer", { names, parameters: { IssuerType: "UPDATED" } }],
  ["with a vault on an origin of its own", { names, parameters: namesWithVault }],
];

const paths = [
  "/",
  "/index.html",
  "/a/view",
  "/assets/index-1a2b3c.js",
  "/assets/missing.js",
  "/vault-worker.js",
  "/strongroom-worker.js",
  "/app-worker.js",
  "/strongroom-interceptor.js",
  "/auth/callback",
  "/auth/login",
  "/auth/keep",
  "/auth/anything/below",
  "/authors",
  "/api/notes",
];

describe.each(worlds)("a stack %s", (_, world) => {
  const resource = (name: string): Value => resolved(template.Resources[name].Properties, world);
  const outputs = outputsOf(world);
  const options = hostOptions(outputs);
  const rules = hostRules(options);
  const {
    CacheBehaviors: behaviours,
    DefaultCacheBehavior: otherwise,
    ...distribution
  } = resource("Distribution").DistributionConfig;
  const behaviourOf = (path: string) =>
    behaviours.find(({ PathPattern }: Value) => matches(PathPattern, path)) ?? otherwise;

  test.each(paths)("sends the package's headers for %s", (path) => {
    const wanted = ruleFor(rules, path);
    const sent = headersOf(resource(behaviourOf(path).ResponseHeadersPolicyId));
    // Files have their type from the upload; the endpoints' page and the way to it are the function's.
    const { "Content-Type": _type, Location: _location, ...headers } = wanted.headers;
    expect(sent).toEqual(squeezed(headers));
  });

  test.each(paths.filter((path) => path.startsWith("/auth/")))(
    "responds to %s by its rule, without a request to the origin",
    (path) => {
      const { page, headers } = ruleFor(rules, path);
      const answer = run(behaviourOf(path), resource, { method: "GET", uri: path });
      expect(answer.statusCode).toBe(page?.status);
      expect(answer.body).toEqual(page?.body ? { encoding: "text", data: page.body } : undefined);
      const sent = Object.entries<Value>(answer.headers).map(([name, { value }]) => [name, value]);
      const wanted = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      expect(Object.fromEntries(sent)).toEqual(Object.fromEntries(wanted));
      expect(behaviourOf(path).AllowedMethods).toEqual(expect.arrayContaining(["GET", "POST", "DELETE"]));
    },
  );

  test.each([
    ["/", "/index.html"],
    ["/a/view", "/index.html"],
    ["/authors", "/index.html"],
    ["/users/7/", "/index.html"],
    ["/index.html", "/index.html"],
    ["/favicon.svg", "/favicon.svg"],
    ["/assets/missing.js", "/assets/missing.js"],
    ["/robots.txt", "/robots.txt"],
  ])("fetches for %s the file %s", (path, file) => {
    expect(run(behaviourOf(path), resource, { method: "GET", uri: path }).uri).toBe(file);
  });

  test("rewrites neither the worker scripts nor the API", () => {
    for (const path of [...options.workers, ...(options.imports ?? [])]) {
      expect(behaviourOf(path).FunctionAssociations).toBeUndefined();
    }
    expect(distribution).not.toHaveProperty("CustomErrorResponses");
    const onAppOrigin = outputs.ApiUrl === "/api/";
    expect(behaviourOf("/api/notes").TargetOriginId).toBe(onAppOrigin ? "api" : "site");
    expect(distribution.Origins.map(({ Id }: Value) => Id)).toEqual(onAppOrigin ? ["site", "api"] : ["site"]);
  });

  test("registers only the worker's redirection endpoint", () => {
    expect(resource("AppClient")).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: outputs.Scopes.split(" "),
      CallbackURLs: [
        outputs.VaultOrigin ? `${outputs.VaultOrigin}/callback.html` : `${outputs.AppOrigin}/auth/callback`,
      ],
      LogoutURLs: [`${outputs.AppOrigin}/`],
      RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 60 },
      EnableTokenRevocation: true,
    });
    expect(resource("AppClient").ExplicitAuthFlows).not.toContain("ALLOW_REFRESH_TOKEN_AUTH");
  });

  test("outputs a worker configuration that the vault accepts", () => {
    const vault = new URL(outputs.VaultOrigin ?? outputs.AppOrigin);
    const api = new URL(outputs.ApiUrl, vault);
    const routes = routesOf(workerScript(outputs), vault.origin);
    expect(routes).toContain(`${vault.host}/auth*`);
    expect(routes).toContain(`${api.host}/api/*`);
    expect(() => routesOf(workerScript({ ...outputs, UserPoolId: "elsewhere_1" }), vault.origin)).toThrow(
      "cognito.userPoolId",
    );
  });

  test("has an API for the pool's issuer, which the vault accepts too", () => {
    const { Issuer: issuer } = resource("ApiAuthorizer").JwtConfiguration;
    const { Type: type } = resource("UserPool").IssuerConfiguration;
    // crate/core/src/config/tests.rs has the same two.
    const host = type === "UPDATED" ? "issuer-cognito-idp" : "cognito-idp";
    expect(issuer).toBe(`https://${host}.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI`);
  });

  test("allows only the vault's origin at the API, with the header Authorization", () => {
    const { CorsConfiguration: cors } = resource("Api");
    if (outputs.ApiUrl === "/api/") {
      expect(cors).toBeUndefined();
    } else {
      expect(cors).toMatchObject({
        AllowOrigins: [outputs.VaultOrigin ?? outputs.AppOrigin],
        AllowCredentials: false,
      });
      expect(cors.AllowHeaders).toContain("authorization");
    }
  });
});

describe("the vault's own origin", () => {
  const world = { names, parameters: namesWithVault };
  const resource = (name: string): Value => resolved(template.Resources[name].Properties, world);
  const rules = vaultRules(outputsOf(world));
  const files = rules.map(({ path }) => path).filter((path) => path !== "/*");
  const {
    CacheBehaviors: behaviours,
    DefaultCacheBehavior: otherwise,
    ...distribution
  } = resource("VaultDistribution").DistributionConfig;
  const behaviourOf = (path: string) =>
    behaviours.find(({ PathPattern }: Value) => matches(PathPattern, path)) ?? otherwise;
  const others = [
    "/",
    "/index.html",
    "/frame",
    "/callback",
    "/404.html",
    "/auth/callback",
    "/frame.html/below",
  ];

  test.each([...files, ...others])("sends the package's headers for %s", (path) => {
    const { "Content-Type": _, ...headers } = ruleFor(rules, path).headers;
    expect(headersOf(resource(behaviourOf(path).ResponseHeadersPolicyId))).toEqual(squeezed(headers));
  });

  test("serves the vault's files from its own bucket", () => {
    expect(behaviours.map(({ PathPattern }: Value) => PathPattern)).toEqual(files);
    for (const { TargetOriginId, FunctionAssociations } of behaviours) {
      expect([TargetOriginId, FunctionAssociations]).toEqual(["vault", undefined]);
    }
    expect(distribution).not.toHaveProperty("CustomErrorResponses");
    expect(distribution).not.toHaveProperty("DefaultRootObject");
    expect(distribution.Aliases).toEqual(["vault.example.com"]);
    expect(resource("VaultSitePolicy").PolicyDocument.Statement[0].Condition.StringEquals).toEqual({
      "AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/E2EXAMPLE",
    });
  });

  test.each(others)("responds to %s with the page for missing files, whatever the bucket has", (path) => {
    const { page, headers } = ruleFor(rules, path);
    const answer = run(behaviourOf(path), resource, { method: "GET", uri: path });
    expect([answer.statusCode, answer.body]).toEqual([404, { encoding: "text", data: page?.body }]);
    const sent = Object.entries<Value>(answer.headers).map(([name, { value }]) => [name, value]);
    const wanted = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    expect(Object.fromEntries(sent)).toEqual(Object.fromEntries(wanted));
  });

  test("exists only with a name, which requires a certificate and a domain for the app", () => {
    const ofVault = Object.entries<Value>(template.Resources).filter(([name]) => name.startsWith("Vault"));
    expect(ofVault.length).toBeGreaterThan(10);
    for (const [name, { Condition }] of ofVault) expect(Condition, name).toMatch(/^HasVault(Record)?$/);
    expect(template.Rules.VaultNames.Assertions).toHaveLength(2);
  });

  test("is allowed by the app's policy, as is the app's worker script", () => {
    const { ContentSecurityPolicy: policy } =
      resource("AppHeaders").ResponseHeadersPolicyConfig.SecurityHeadersConfig.ContentSecurityPolicy;
    expect(policy).toContain("frame-src https://vault.example.com;");
    expect(policy).toContain("worker-src https://app.example.com/app-worker.js");
  });
});

test("the generated part is up to date", () => {
  expect(generatedInto(text), "node deploy/generate.mjs").toBe(text);
});

test("every reference exists", () => {
  const pseudo = ["AccountId", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix"];
  const known = new Set([
    ...Object.keys(template.Parameters),
    ...Object.keys(template.Resources),
    ...pseudo.map((name) => `AWS::${name}`),
  ]);
  const unknown = references([template.Resources, template.Outputs, template.Conditions]).filter(
    (name) => !known.has(name),
  );
  expect(unknown).toEqual([]);
  const conditions = [...text.matchAll(/(?:Condition:? |!If \[|!If\n +- )(\w+)/g)].map(([, name]) => name);
  expect(conditions.filter((name) => !((name as string) in template.Conditions))).toEqual([]);
});

test("every route of the API has the authorizer and a scope, and none takes preflights", () => {
  const routes = Object.values<Value>(template.Resources).filter(
    ({ Type }) => Type === "AWS::ApiGatewayV2::Route",
  );
  expect(routes.length).toBeGreaterThan(1);
  for (const { Properties: route } of routes) {
    expect(route.AuthorizationType).toBe("JWT");
    expect(route.AuthorizationScopes).toHaveLength(1);
    expect(route.RouteKey).toMatch(/^(GET|POST) \/api\//);
  }
});

test("the limits of AWS are kept", () => {
  expect(text.length, "a template body").toBeLessThan(51_200);
  for (const { Type, Properties } of Object.values<Value>(template.Resources)) {
    if (Type === "AWS::CloudFront::Function") expect(Properties.FunctionCode.length).toBeLessThan(10_240);
    if (Type === "AWS::Lambda::Function") expect(Properties.Code.ZipFile.length).toBeLessThan(4_096);
  }
});

test("the sample function keeps notes apart and echoes no header", async () => {
  const exports: Value = {};
  runInNewContext(template.Resources.ApiFunction.Properties.Code.ZipFile, { exports, Buffer });
  const ask = (sub: string, method: string, body?: string) =>
    exports.handler({
      headers: { authorization: "Bearer secret" },
      requestContext: {
        http: { method },
        authorizer: { jwt: { claims: { sub, username: sub, scope: "openid" } } },
      },
      body,
      isBase64Encoded: false,
    });
  await ask("ada", "POST", "remember");
  expect(JSON.parse((await ask("ada", "GET")).body).notes).toEqual(["remember"]);
  const others = await ask("bob", "GET");
  expect(JSON.parse(others.body).notes).toEqual([]);
  expect(JSON.stringify(others)).not.toContain("secret");
});

/** The outputs of a stack. */
function outputsOf(world: World): Outputs {
  return Object.fromEntries(
    Object.entries<Value>(template.Outputs)
      .filter(([, { Condition }]) => !Condition || holds(template.Conditions[Condition], world))
      .map(([name, { Value: value }]) => [name, resolved(value, world)]),
  ) as Outputs;
}

/** CloudFront's path patterns: `*` is any number of characters. */
function matches(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

/** The headers that a response headers policy sets. */
function headersOf({ ResponseHeadersPolicyConfig: policy }: Value): HostRule["headers"] {
  const { ContentSecurityPolicy, ContentTypeOptions, FrameOptions, ReferrerPolicy, ...unknown } =
    policy.SecurityHeadersConfig;
  expect(unknown).toEqual({});
  const items = [
    ["Content-Security-Policy", ContentSecurityPolicy?.ContentSecurityPolicy, ContentSecurityPolicy],
    ["X-Content-Type-Options", ContentTypeOptions && "nosniff", ContentTypeOptions],
    ["X-Frame-Options", FrameOptions?.FrameOption, FrameOptions],
    ["Referrer-Policy", ReferrerPolicy?.ReferrerPolicy, ReferrerPolicy],
    ...(policy.CustomHeadersConfig?.Items ?? []).map((item: Value) => [item.Header, item.Value, item]),
  ].filter(([, value]) => value !== undefined);
  for (const [name, , { Override }] of items) expect(Override, name).toBe(true);
  return squeezed(Object.fromEntries(items));
}

/** White space is of no account in these headers. */
function squeezed(headers: HostRule["headers"]): HostRule["headers"] {
  const squeeze = (value: string) => value.replaceAll(/\s+/g, " ").replaceAll(" ;", ";").trim();
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, squeeze(value)]));
}

/** What a behaviour's function makes of a viewer's request. */
function run(
  behaviour: Value,
  resource: (name: string) => Value,
  request: { method: string; uri: string },
): Value {
  const [{ EventType, FunctionARN }] = behaviour.FunctionAssociations;
  expect(EventType).toBe("viewer-request");
  const { FunctionCode, FunctionConfig } = resource(FunctionARN);
  expect(FunctionConfig.Runtime).toBe("cloudfront-js-2.0");
  const event = { request: { ...request, querystring: {}, headers: {}, cookies: {} } };
  return structuredClone(runInNewContext(`${FunctionCode}; handler(event)`, { event }));
}
