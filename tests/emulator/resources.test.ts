import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { template, type Value } from "../../deploy/tests/template.js";
import { type Emulator, startEmulator } from "./emulator.js";
import { namesOfItsOwn, namesWithVault, Stack } from "./stack.js";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(() => emulator?.stop());

describe.each([
  ["without names of its own", {}],
  ["with names of its own", namesOfItsOwn],
  ["with a vault on an origin of its own", namesWithVault],
])("a stack %s", (title, parameters) => {
  let stack: Stack;
  /** Prefixes of the two hosts' resources. */
  const hosts = "VaultDomainName" in parameters ? ["", "Vault"] : [""];
  /** The resources of a type whose names begin as those of a host do. */
  const named = (type: string) =>
    Object.keys(template.Resources).filter(
      (name) =>
        template.Resources[name].Type === `AWS::CloudFront::${type}` &&
        (hosts.length > 1 || !name.startsWith("Vault")),
    );
  /** AWS's description of a resource. */
  const read = (...command: string[]) => emulator.aws(...command);

  beforeAll(async () => {
    stack = await Stack.deploy(emulator, title.replaceAll(" ", "-"), parameters);
  });

  test("has every resource", () => {
    expect(Object.keys(stack.ids).toSorted()).toEqual(stack.wanted.toSorted());
  });

  test("has a user pool with the template's settings", async () => {
    const { UserPool: pool } = await read(
      "cognito-idp",
      "describe-user-pool",
      "--user-pool-id",
      id("UserPool"),
    );
    // The emulator does not store the issuer type: its tokens have the original issuer.
    const { UserPoolName, IssuerConfiguration, ...asked } = stack.asked("UserPool");
    expect(pool).toMatchObject({ Name: UserPoolName, ...asked });
  });

  test("has a public client with the code grant, one redirection endpoint, and the lifetimes", async () => {
    const { UserPoolClient: client } = await read(
      ...["cognito-idp", "describe-user-pool-client", "--user-pool-id", id("UserPool")],
      ...["--client-id", id("AppClient")],
    );
    // The emulator does not store the rotation setting.
    const { GenerateSecret, RefreshTokenRotation, ...asked } = stack.asked("AppClient");
    const { AccessTokenValidity, IdTokenValidity, RefreshTokenValidity, ...rest } = asked;
    expect(GenerateSecret).toBe(false);
    expect(client).not.toHaveProperty("ClientSecret");
    expect(client).toMatchObject(rest);
    const lifetimes = { AccessTokenValidity, IdTokenValidity, RefreshTokenValidity };
    for (const [name, value] of Object.entries(lifetimes)) expect(Number(client[name]), name).toBe(value);
  });

  test("has the login domain, with managed login", async () => {
    const asked = stack.asked("UserPoolDomain");
    const { DomainDescription: domain } = await read(
      ...["cognito-idp", "describe-user-pool-domain", "--domain", asked.Domain],
    );
    expect(domain).toMatchObject({ Status: "ACTIVE", ...asked });
    expect(new URL(stack.outputs.LoginDomain).host.startsWith(asked.Domain)).toBe(true);
  });

  test("has the API's scopes", async () => {
    const { ResourceServers: servers } = await read(
      ...["cognito-idp", "list-resource-servers", "--user-pool-id", id("UserPool"), "--max-results", "10"],
    );
    expect(servers).toEqual([stack.asked("ApiScopes")]);
  });

  test("has an API with exactly the CORS settings it needs", async () => {
    const api = await readApi("");
    const { CorsConfiguration: cors, ...asked } = stack.asked("Api");
    expect(api).toMatchObject({ name: asked.Name, protocolType: asked.ProtocolType });
    expect(api.corsConfiguration).toEqual(cors);
    expect(cors === undefined).toBe(stack.outputs.ApiUrl === "/api/");
  });

  test("has an authorizer for the pool and the client", async () => {
    const { Items: authorizers } = await read("apigatewayv2", "get-authorizers", "--api-id", id("Api"));
    const { ApiId, ...asked } = stack.asked("ApiAuthorizer");
    expect(authorizers).toHaveLength(1);
    expect(authorizers[0]).toMatchObject(asked);
  });

  test("has two routes to the function, each with the authorizer and its scope", async () => {
    const { Items: routes } = await read("apigatewayv2", "get-routes", "--api-id", id("Api"));
    const asked = ["ReadRoute", "WriteRoute"].map((name) => {
      const { ApiId, ...route } = stack.asked(name);
      return expect.objectContaining(route);
    });
    expect(routes).toHaveLength(asked.length);
    expect(routes).toEqual(expect.arrayContaining(asked));

    const { Items: integrations } = await read("apigatewayv2", "get-integrations", "--api-id", id("Api"));
    const { ApiId, ...integration } = stack.asked("ApiIntegration");
    expect(integrations).toHaveLength(1);
    expect(integrations[0]).toMatchObject(integration);
  });

  test("has a stage with automatic deployment and throttling", async () => {
    const { items: stages } = await readApi("/stages");
    const { StageName, AutoDeploy, DefaultRouteSettings } = stack.asked("ApiStage");
    expect(stages).toMatchObject([
      { stageName: StageName, autoDeploy: AutoDeploy, defaultRouteSettings: DefaultRouteSettings },
    ]);
  });

  test("has a function that only the API may call and that may only write its log", async () => {
    const { Configuration: configuration } = await read(
      ...["lambda", "get-function", "--function-name", id("ApiFunction")],
    );
    const { Code, ...asked } = stack.asked("ApiFunction");
    expect(configuration).toMatchObject(asked);

    const { Policy: policy } = await read("lambda", "get-policy", "--function-name", id("ApiFunction"));
    const { Principal, SourceArn } = stack.asked("ApiFunctionPermission");
    expect(JSON.parse(policy).Statement).toMatchObject([
      { Principal: { Service: Principal }, Condition: { ArnLike: { "AWS:SourceArn": SourceArn } } },
    ]);

    const role = ["--role-name", id("ApiFunctionRole")];
    const { PolicyNames: names } = await read("iam", "list-role-policies", ...role);
    const { AttachedPolicies: attached } = await read("iam", "list-attached-role-policies", ...role);
    expect({ names, attached }).toEqual({ names: ["log"], attached: [] });
  });

  test.each(hosts)("has a %sSite bucket that only its distribution may read", async (host) => {
    const bucket = ["--bucket", id(`${host}Site`)];
    const asked = stack.asked(`${host}Site`);
    const block = await read("s3api", "get-public-access-block", ...bucket);
    expect(block.PublicAccessBlockConfiguration).toEqual(asked.PublicAccessBlockConfiguration);
    const ownership = await read("s3api", "get-bucket-ownership-controls", ...bucket);
    expect(ownership.OwnershipControls).toEqual(asked.OwnershipControls);
    const { Policy: policy } = await read("s3api", "get-bucket-policy", ...bucket);
    expect(JSON.parse(policy)).toEqual(stack.asked(`${host}SitePolicy`).PolicyDocument);
  });

  test.each(hosts)(
    "has a %sDistribution with the template's behaviours, in order, and origins",
    async (host) => {
      const { DistributionConfig: distribution } = await read(
        ...["cloudfront", "get-distribution-config", "--id", id(`${host}Distribution`)],
      );
      const {
        Aliases,
        CacheBehaviors,
        DefaultCacheBehavior,
        Origins,
        ViewerCertificate: certificate,
        IPV6Enabled,
        ...asked
      } = stack.asked(`${host}Distribution`).DistributionConfig;
      expect(distribution).toMatchObject({ ...asked, IsIPV6Enabled: IPV6Enabled });
      expect(distribution.Aliases?.Items ?? []).toEqual(Aliases ?? []);
      expect(distribution.ViewerCertificate.ACMCertificateArn).toBe(certificate.AcmCertificateArn);
      expect(distribution.CustomErrorResponses?.Quantity ?? 0).toBe(0);
      expect(distribution.DefaultCacheBehavior).toEqual(listed(DefaultCacheBehavior));
      expect(distribution.CacheBehaviors.Items).toEqual(CacheBehaviors.map(listed));
      expect(distribution.Origins.Items).toHaveLength(Origins.length);
      for (const [index, { Id, DomainName, OriginAccessControlId }] of Origins.entries()) {
        expect(distribution.Origins.Items[index]).toMatchObject({ Id, DomainName });
        expect(distribution.Origins.Items[index].OriginAccessControlId || undefined).toBe(
          OriginAccessControlId,
        );
      }

      const { OriginAccessControlConfig: access } = await read(
        ...["cloudfront", "get-origin-access-control-config", "--id", id("SiteAccess")],
      );
      expect(access).toMatchObject(stack.asked("SiteAccess").OriginAccessControlConfig);
    },
  );

  test.each(named("ResponseHeadersPolicy"))("has the headers of %s", async (name) => {
    const { ResponseHeadersPolicyConfig: policy } = await read(
      ...["cloudfront", "get-response-headers-policy-config", "--id", id(name)],
    );
    const { SecurityHeadersConfig, CustomHeadersConfig } = stack.asked(name).ResponseHeadersPolicyConfig;
    expect(policy.SecurityHeadersConfig).toEqual(SecurityHeadersConfig);
    expect(policy.CustomHeadersConfig?.Items).toEqual(CustomHeadersConfig?.Items);
  });

  test.each(named("Function"))("has the function %s published", async (name) => {
    const asked = stack.asked(name);
    const { FunctionSummary: found } = await read(
      ...["cloudfront", "describe-function", "--name", asked.Name, "--stage", "LIVE"],
    );
    expect(found).toMatchObject({ Status: "DEPLOYED", FunctionConfig: asked.FunctionConfig });
  });

  function id(resource: string): string {
    const found = stack.ids[resource];
    if (found === undefined) throw new Error(`The stack has no ${resource}.`);
    return found;
  }

  /** Reads the API directly: the emulator stores properties under names that the command line interface omits. */
  async function readApi(path: string): Promise<Value> {
    const scope = `emulated/20260101/${stack.outputs.Region}/apigateway/aws4_request`;
    const response = await fetch(`${emulator.url}/v2/apis/${id("Api")}${path}`, {
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    });
    return await response.json();
  }
});

/** CloudFront's lists have a count; CloudFormation's have none. */
function listed(behaviour: Value): Value {
  const lists = Object.entries(behaviour).filter((entry): entry is [string, Value[]] =>
    Array.isArray(entry[1]),
  );
  const counted = lists.map(([name, Items]) => [name, { Quantity: Items.length, Items }]);
  return { ...behaviour, ...Object.fromEntries(counted) };
}
