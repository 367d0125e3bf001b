import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { program } from "../../deploy/lib/program.mjs";
import type { Outputs } from "../../deploy/lib/stack.mjs";
import { holds, resolved, template, text, type Value } from "../../deploy/tests/template.js";
import { built } from "../e2e/built.js";
import type { Emulator } from "./emulator.js";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../deploy/aws.mjs", import.meta.url));

/** Parameters of a stack with custom names, none of which needs to exist. */
export const namesOfItsOwn = {
  AppDomainName: "app.example.com",
  AppCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/app",
  LoginDomainName: "auth.example.com",
  LoginCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/login",
};

/** Others, since one pool alone can have a login domain, with a vault on an origin of its own. */
export const namesWithVault = {
  ...namesOfItsOwn,
  AppDomainName: "notes.example.com",
  LoginDomainName: "login.example.com",
  VaultDomainName: "vault.example.com",
  VaultCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/vault",
};

/** A stack of the template in the emulator. */
export class Stack {
  private constructor(
    readonly emulator: Emulator,
    private readonly name: string,
    readonly parameters: Record<string, string>,
    private readonly id: string,
    readonly outputs: Outputs & Record<string, string>,
    /** The ID of each resource, by its name in the template. */
    readonly ids: Record<string, string>,
  ) {}

  /** Creates the stack with the AWS command line interface, like `deploy/aws.mjs up`. */
  static async deploy(emulator: Emulator, name: string, parameters: Record<string, string>): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), "strongroom-stack-"));
    try {
      const file = join(folder, "template.yaml");
      await writeFile(file, withoutUnknown(text));
      const overrides = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
      await run(
        "aws",
        [
          ...["cloudformation", "deploy", "--template-file", file, "--stack-name", name],
          ...["--capabilities", "CAPABILITY_IAM"],
          ...(overrides.length > 0 ? ["--parameter-overrides", ...overrides] : []),
        ],
        { env: emulator.environment },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
    const {
      Stacks: [stack],
    } = await emulator.aws("cloudformation", "describe-stacks", "--stack-name", name);
    const { StackResources: resources } = await emulator.aws(
      ...["cloudformation", "describe-stack-resources", "--stack-name", name],
    );
    return new Stack(
      emulator,
      name,
      parameters,
      stack.StackId,
      Object.fromEntries(
        stack.Outputs.map(({ OutputKey, OutputValue }: Value) => [OutputKey, OutputValue]),
      ) as Outputs & Record<string, string>,
      Object.fromEntries(
        resources.map(({ LogicalResourceId, PhysicalResourceId }: Value) => [
          LogicalResourceId,
          PhysicalResourceId,
        ]),
      ),
    );
  }

  /** The resources that this stack should have, by the template's conditions. */
  get wanted(): string[] {
    const all = Object.entries<Value>(template.Resources);
    return all
      .filter(([, { Condition }]) => !Condition || holds(template.Conditions[Condition], this))
      .map(([name]) => name)
      .filter((name) => !UNKNOWN.includes(name));
  }

  /** A resource's properties by the template, in this stack. */
  asked(resource: string): Value {
    const account = "000000000000";
    const attribute = (name: string) => `arn:aws:cloudfront::${account}:function/${this.ids[name]}`;
    const names = {
      ...this.ids,
      "AWS::AccountId": account,
      "AWS::Partition": "aws",
      "AWS::Region": this.outputs.Region,
      "AWS::StackId": this.id,
      "AWS::StackName": this.name,
      "AWS::URLSuffix": "amazonaws.com",
      "ApiFunction.Arn": `arn:aws:lambda:${this.outputs.Region}:${account}:function:${this.ids.ApiFunction}`,
      "ApiFunctionRole.Arn": `arn:aws:iam::${account}:role/${this.ids.ApiFunctionRole}`,
      "AppViews.FunctionARN": attribute("AppViews"),
      "EndpointAnswer.FunctionARN": attribute("EndpointAnswer"),
      "Distribution.DomainName": this.outputs.AppDnsTarget ?? new URL(this.outputs.AppOrigin).host,
      "Site.Arn": `arn:aws:s3:::${this.ids.Site}`,
      "Site.RegionalDomainName": `${this.ids.Site}.s3.${this.outputs.Region}.amazonaws.com`,
      "SiteAccess.Id": this.ids.SiteAccess ?? "",
      "VaultDistribution.DomainName": this.outputs.VaultDnsTarget ?? "",
      "VaultMissingPage.FunctionARN": attribute("VaultMissingPage"),
      "VaultSite.Arn": `arn:aws:s3:::${this.ids.VaultSite}`,
      "VaultSite.RegionalDomainName": `${this.ids.VaultSite}.s3.${this.outputs.Region}.amazonaws.com`,
    };
    return resolved(template.Resources[resource].Properties, { parameters: this.parameters, names });
  }

  /** Builds the demo for this stack and uploads it, with `deploy/aws.mjs`. */
  async upload(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "strongroom-upload-"));
    try {
      await cp(built.demo, folder, { recursive: true });
      const { VaultOrigin: vault } = this.outputs;
      if (vault) await this.#uploadVault(folder, vault);
      else await writeFile(join(folder, "vault-worker.js"), await this.#script("worker"));
      // The sample API does not have the paths of the demo's own requests.
      await writeFile(join(folder, "config.json"), JSON.stringify({ api: `${this.outputs.ApiUrl}demo/` }));
      await this.#script("upload", folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Uploads the vault's own origin, and makes the demo in `app` use it. */
  async #uploadVault(app: string, vault: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "strongroom-vault-"));
    try {
      const { UserPoolId, ClientId, LoginDomain, ApiUrl, AppOrigin } = this.outputs;
      const user = ["--user-pool-id", UserPoolId, "--client-id", ClientId, "--domain", LoginDomain];
      await init(folder, ["--vault-origin", folder, "--apps", AppOrigin, "--api", ApiUrl, ...user]);
      await writeFile(join(folder, "vault-worker.js"), await this.#script("worker"));
      await this.#script("upload-vault", folder);
      await init(app, [app, "--vault", vault, "--api", ApiUrl]);
    } finally {
      await rm(folder, { recursive: true });
    }
    // The demo connects to the worker script of an app with its own vault.
    for (const name of await readdir(join(app, "assets"))) {
      if (!name.endsWith(".js")) continue;
      const file = join(app, "assets", name);
      const script = await readFile(file, "utf8");
      await writeFile(file, script.replaceAll("/vault-worker.js", "/app-worker.js"));
    }
  }

  async #script(verb: string, ...rest: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [script, verb, this.name, ...rest], {
      env: this.emulator.environment,
    });
    return stdout;
  }
}

/** Writes files with the package's `strongroom init`. */
async function init(cwd: string, flags: string[]): Promise<void> {
  await run(process.execPath, [program(), "init", ...flags, "--force"], { cwd });
}

/** Resources of types that the emulator does not support. */
const UNKNOWN = Object.entries<Value>(template.Resources)
  .filter(([, { Type }]) => Type === "AWS::Cognito::ManagedLoginBranding")
  .map(([name]) => name);

function withoutUnknown(text: string): string {
  return UNKNOWN.reduce((rest, name) => {
    const shorter = rest.replace(new RegExp(`^  ${name}:\\n(?:    .*\\n|\\n)+`, "m"), "");
    if (shorter === rest) throw new Error(`${name} is not a separate block in the template.`);
    return shorter;
  }, text);
}
