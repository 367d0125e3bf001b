#!/usr/bin/env node
// RUSTC_WRAPPER of the worker's build. Cargo distinguishes crates of one name by a hash of the checkout's path. The hash becomes
// part of each symbol's name, by which functions are ordered, so the same sources would give other bytes in another folder. This
// wrapper replaces it by the crate's name and version.
import { spawnSync } from "node:child_process";

const [rustc = "rustc", ...given] = process.argv.slice(2);
// Cargo's job server is a pair of open files, which `spawnSync` does not pass on.
const { CARGO_MAKEFLAGS: _, MAKEFLAGS: __, ...env } = process.env;
const { CARGO_PKG_NAME: name, CARGO_PKG_VERSION: version } = env;
const args = given.map((arg) => (name && arg.startsWith("metadata=") ? `metadata=${name}-${version}` : arg));
const { status, error } = spawnSync(rustc, args, { stdio: "inherit", env });
if (error) throw error;
process.exitCode = status ?? 1;
