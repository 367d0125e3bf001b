import { expect, it } from "vitest";
import { spaceOf } from "../../src/checks/network";

it.each([
  ["93.184.216.34", "public"],
  ["2606:2800:220:1:248:1893:25c8:1946", "public"],
  ["64:ff9b::5db8:d822", "public"],
  ["172.32.0.1", "public"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["0.0.0.0", "loopback"],
  ["169.254.169.254", "loopback"],
  ["::1", "loopback"],
  ["::", "loopback"],
  ["fe80::1%eth0", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["64:ff9b::7f00:1", "loopback"],
  ["2002:7f00:1::", "loopback"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["224.0.0.1", "private"],
  ["fd00::1", "private"],
  ["::ffff:10.0.0.1", "private"],
])("%s is %s", (address, space) => {
  expect(spaceOf(address)).toBe(space);
});
