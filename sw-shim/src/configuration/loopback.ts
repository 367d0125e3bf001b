/** Whether a URL names this machine, whatever the operating system resolves. No attacker on the network can respond there. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
