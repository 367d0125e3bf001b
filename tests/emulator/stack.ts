import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
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
    };
    return resolved(template.Resources[resource].Properties, { parameters: this.parameters, names });
  }

  /** Builds the demo for this stack and uploads it, with `deploy/aws.mjs`. */
  async upload(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "strongroom-upload-"));
    try {
      await cp(built.demo, folder, { recursive: true });
      await writeFile(join(folder, "vault-worker.js"), await this.#script("worker"));
      // The sample API does not have the paths of the demo's own requests.
      await writeFile(join(folder, "config.json"), JSON.stringify({ api: `${this.outputs.ApiUrl}demo/` }));
      await this.#script("upload", folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #script(verb: string, ...rest: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [script, verb, this.name, ...rest], {
      env: this.emulator.environment,
    });
    return stdout;
  }
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
