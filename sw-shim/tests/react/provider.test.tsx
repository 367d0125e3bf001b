// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { Component, type ReactNode, StrictMode, Suspense, use } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { VaultError } from "../../src/page/errors";
import { useSession, VaultProvider } from "../../src/react";
import { createFakeVault } from "../../src/testing";

const connect = vi.hoisted(() => vi.fn());
vi.mock("../../src/page/connect", () => ({ connect }));

const LOST = new VaultError("worker_lost", "The worker no longer responds.");

function Status() {
  return <p>{useSession().status}</p>;
}

/** What the nearest error boundary caught. */
class Boundary extends Component<{ children: ReactNode }> {
  override state = { caught: null as unknown };
  static getDerivedStateFromError(caught: unknown) {
    return { caught };
  }
  override render() {
    return this.state.caught ? `caught: ${this.state.caught}` : this.props.children;
  }
}

const shown = () => document.body.textContent;

beforeEach(() => {
  connect.mockReset();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe("VaultProvider", () => {
  it("shows its fallback until the vault is connected, then its children", async () => {
    const vault = createFakeVault({ status: "authenticated" });
    let isConnected = (_: typeof vault) => {};
    connect.mockReturnValue(new Promise((resolve) => (isConnected = resolve)));
    render(
      <VaultProvider worker="/vault-worker.js" scope="/app/" fallback="opening">
        <Status />
      </VaultProvider>,
    );
    expect(shown()).toBe("opening");
    expect(connect.mock.calls).toEqual([[{ worker: "/vault-worker.js", scope: "/app/" }]]);
    await act(async () => isConnected(vault));
    expect(shown()).toBe("authenticated");
    act(() => vault.become({ status: "anonymous" }));
    expect(shown()).toBe("anonymous");
  });

  it("works with Suspense and an error boundary", async () => {
    for (const [come, expected] of [
      [async () => createFakeVault({ status: "authenticated" }), "authenticated"],
      [() => Promise.reject(LOST), `caught: ${LOST}`],
    ] as const) {
      const connected = come();
      vi.spyOn(console, "error").mockImplementation(() => {});
      const Connected = () => (
        <VaultProvider vault={use(connected)}>
          <Status />
        </VaultProvider>
      );
      const { container, unmount } = await act(async () =>
        render(
          <Boundary>
            <Suspense fallback="opening">
              <Connected />
            </Suspense>
          </Boundary>,
        ),
      );
      await vi.waitFor(() => expect(container.textContent).toBe(expected));
      unmount();
    }
  });

  it("closes the vault that it opened, also in StrictMode", async () => {
    const vaults = [createFakeVault(), createFakeVault()];
    for (const vault of vaults) connect.mockResolvedValueOnce(vault);
    const { unmount } = await act(async () =>
      render(
        <StrictMode>
          <VaultProvider worker="/vault-worker.js">
            <Status />
          </VaultProvider>
        </StrictMode>,
      ),
    );
    expect(vaults.map(({ calls }) => calls.length)).toEqual([1, 0]);
    await act(async () => unmount());
    expect(vaults.map(({ calls }) => calls)).toEqual([[{ method: "close" }], [{ method: "close" }]]);
  });

  it("hands an error to errorFallback", async () => {
    connect.mockRejectedValue(LOST);
    await act(async () =>
      render(<VaultProvider worker="/vault-worker.js" errorFallback={({ code }) => <p>{code}</p>} />),
    );
    expect(shown()).toBe("worker_lost");
  });

  it("throws the error to the nearest error boundary without errorFallback", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    connect.mockRejectedValue(LOST);
    await act(async () =>
      render(
        <Boundary>
          <VaultProvider worker="/vault-worker.js" />
        </Boundary>,
      ),
    );
    expect(shown()).toContain("caught: VaultError: The worker no longer responds.");
  });

  it("provides an open vault without connecting or closing it", () => {
    const vault = createFakeVault({ status: "authenticated" });
    const { unmount } = render(
      <VaultProvider vault={vault}>
        <Status />
      </VaultProvider>,
    );
    expect(screen.queryByText("authenticated")).not.toBeNull();
    unmount();
    expect(connect).not.toHaveBeenCalled();
    expect(vault.calls).toEqual([]);
  });

  it("renders its fallback on a server without connecting", () => {
    const provider = (
      <VaultProvider worker="/vault-worker.js" fallback="opening">
        <Status />
      </VaultProvider>
    );
    expect(renderToString(provider)).toBe("opening");
    expect(connect).not.toHaveBeenCalled();
  });
});

it("a hook without a provider throws an error that says so", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  expect(() => render(<Status />)).toThrow("There is no <VaultProvider> around this component.");
});
