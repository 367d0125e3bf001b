import { BlockList, isIPv4, isIPv6 } from "node:net";

/** From where an address can be reached. */
export type Space = "public" | "private" | "loopback";

/** The wider the smaller. A service may be asked for by what is as near as itself. */
export const WIDTH: Record<Space, number> = { public: 0, private: 1, loopback: 2 };

/**
 * The space of an IP address, by the registries of special-purpose addresses (RFC 6890 and IANA's updates). Link-local
 * addresses count as this machine: among them is the metadata service of cloud hosts.
 */
export function spaceOf(address: string): Space {
  const inner = embeddedIPv4(address);
  if (inner !== undefined) return spaceOf(inner);
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  if (LOOPBACK.check(address, family)) return "loopback";
  return PRIVATE.check(address, family) ? "private" : "public";
}

const LOOPBACK = listOf(
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["::", 128],
  ["::1", 128],
  ["fe80::", 10],
);

const PRIVATE = listOf(
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fec0::", 10],
  ["ff00::", 8],
);

function listOf(...subnets: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, isIPv4(address) ? "ipv4" : "ipv6");
  return list;
}

/** The IPv4 address in a mapped (`::ffff:`), NAT64 (`64:ff9b::`) or 6to4 (`2002:`) address. */
function embeddedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = groupsOf(address);
  const start = groups.slice(0, 6).join(":");
  const at =
    start === "0:0:0:0:0:ffff" || start === "64:ff9b:0:0:0:0" ? 6 : groups[0] === "2002" ? 1 : undefined;
  if (at === undefined) return undefined;
  return groups
    .slice(at, at + 2)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
    .join(".");
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const { hostname } = new URL(`http://[${address.split("%")[0]}]/`);
  const [before = "", after] = hostname.slice(1, -1).split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  return [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
}
