import { beforeEach, describe, expect, it } from "vitest";
import { Channel } from "../../src/worker/channel";

let worker: Channel;
let keeper: Channel;

beforeEach(() => {
  worker = new Channel(crypto);
  keeper = new Channel(crypto);
});

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function keyOf(channel: Channel): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await channel.publicKey());
}

async function sealed(from: Channel, to: Channel, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await from.seal(await keyOf(to), bytes(text)));
}

async function opened(by: Channel, from: Channel, message: Uint8Array<ArrayBuffer>) {
  const open = await by.open(await keyOf(from), message);
  return open && new TextDecoder().decode(open);
}

describe("what one side seals", () => {
  it("the other opens", async () => {
    expect(await opened(keeper, worker, await sealed(worker, keeper, "secret"))).toBe("secret");
  });

  it("is sealed anew each time", async () => {
    expect(await sealed(worker, keeper, "secret")).not.toEqual(await sealed(worker, keeper, "secret"));
  });

  it("cannot be opened by another peer", async () => {
    const message = await sealed(worker, keeper, "secret");
    const stranger = new Channel(crypto);
    expect(await opened(stranger, worker, message)).toBeUndefined();
    expect(await opened(keeper, stranger, message)).toBeUndefined();
  });

  it("cannot be opened by a later worker", async () => {
    const message = await sealed(keeper, worker, "secret");
    expect(await opened(new Channel(crypto), keeper, message)).toBeUndefined();
  });

  it("cannot be opened after a change", async () => {
    const message = await sealed(worker, keeper, "secret");
    for (const index of message.keys()) {
      const forged = message.slice();
      forged[index] = (forged[index] ?? 0) ^ 1;
      expect(await opened(keeper, worker, forged)).toBeUndefined();
    }
    expect(await opened(keeper, worker, message.slice(0, 11))).toBeUndefined();
  });

  it("is overwritten at its source, whether it could be sealed or not", async () => {
    const secret = bytes("secret");
    await worker.seal(await keyOf(keeper), secret);
    expect([...secret]).toEqual([0, 0, 0, 0, 0, 0]);
    const another = bytes("secret");
    await expect(worker.seal(new Uint8Array(65), another)).rejects.toThrow();
    expect([...another]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
