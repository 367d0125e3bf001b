import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { listen, PortTakenError } from "./loopback.js";

describe("a listener", () => {
  it("responds with 503 until it has a handler", async () => {
    const listener = await listen();
    const url = `http://localhost:${listener.port}/`;
    expect((await fetch(url)).status).toBe(503);
    listener.serve((_request, response) => response.end("here"));
    expect(await (await fetch(url)).text()).toBe("here");
    await listener.close();
    await listener.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it("is not reachable at this machine's other addresses", async () => {
    const listener = await listen();
    const others = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address, internal, family } of others) {
      if (internal || family !== "IPv4") continue;
      await expect(fetch(`http://${address}:${listener.port}/`)).rejects.toThrow();
    }
    await listener.close();
  });

  it("names the port that is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(listen(port)).rejects.toThrow(new PortTakenError(port));
    other.close();
  });

  it("gets a port that this process has not used before", async () => {
    const ports = new Set<number>();
    for (let listeners = 1; listeners <= 1000; listeners++) {
      const listener = await listen();
      await listener.close();
      ports.add(listener.port);
      expect(ports.size).toBe(listeners);
    }
  });

  it("cuts open and new connections while the network is lost, and responds again afterwards", async () => {
    const listener = await listen();
    listener.serve((_request, response) => void response.write("and so on"));
    const url = `http://localhost:${listener.port}/`;
    const response = await fetch(url);
    listener.lose();
    await expect(response.text()).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
    listener.restore();
    expect((await fetch(url)).status).toBe(200);
    await listener.close();
  });

  it("ends open streams when it closes", async () => {
    const listener = await listen();
    listener.serve((_request, response) => void response.write("and so on"));
    const response = await fetch(`http://localhost:${listener.port}/`);
    await listener.close();
    await expect(response.text()).rejects.toThrow();
  });
});
