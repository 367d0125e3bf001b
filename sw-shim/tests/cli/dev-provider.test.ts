import { afterEach, describe, expect, it } from "vitest";
import { Folder } from "./support";

let folder: Folder;
afterEach(() => folder.remove());

const PACKAGE = "node_modules/strongroom-dev-provider";
const MANIFEST = '{ "name": "strongroom-dev-provider", "type": "module", "main": "index.js" }';

describe("dev-provider", () => {
  it("starts the app's package with the options, and says where and as whom to sign in", async () => {
    folder = await Folder.create({
      [`${PACKAGE}/package.json`]: MANIFEST,
      [`${PACKAGE}/index.js`]: `export const startDevProvider = async ({ port, scopes }) => ({
        authorizationServer: "http://localhost:" + port,
        api: "http://localhost:9001/" + scopes.join("+") + "/",
        user: { username: "ada", password: "secret" },
      });`,
    });
    const { exit, said } = await folder.strongroom([
      "dev-provider",
      "--port",
      "9000",
      "--scopes",
      "a/read b/read",
    ]);
    expect(exit).toBe(0);
    expect(said).toContain("http://localhost:9000\n");
    expect(said).toContain("ada, password secret");
    expect(said).toContain("http://localhost:9001/a/read+b/read/notes");
  });

  it("says what to install if the package is missing, and downloads nothing", async () => {
    folder = await Folder.create({ "package.json": "{}" });
    const { exit, said } = await folder.strongroom(["dev-provider"]);
    expect([exit, said]).toEqual([
      2,
      expect.stringContaining("strongroom-dev-provider is not installed. Install it"),
    ]);
  });

  it("names the port that is taken, and how to choose another", async () => {
    folder = await Folder.create({
      [`${PACKAGE}/package.json`]: MANIFEST,
      [`${PACKAGE}/index.js`]:
        'export const startDevProvider = async () => { throw new Error("Port 8790 is already in use."); };',
    });
    const { exit, said } = await folder.strongroom(["dev-provider"]);
    expect([exit, said]).toEqual([2, expect.stringMatching(/Port 8790 is already in use\. .*--port 9000/)]);
  });

  it.each(["0", "65535", "http", "80.5"])(
    "refuses the port %s, as the API needs the next one",
    async (port) => {
      folder = await Folder.create({ "package.json": "{}" });
      const { exit, said } = await folder.strongroom(["dev-provider", "--port", port]);
      expect([exit, said]).toEqual([2, expect.stringContaining("Use a port from 1 to 65534.")]);
    },
  );
});
