#!/usr/bin/env node
// RUSTC_WRAPPER of the worker's build. Cargo tells two crates of one name apart by a hash that begins with the path of the
// checkout. It becomes part of each symbol's name, by which functions are ordered: so the same sources would give other
// bytes in another folder. Here a crate's name and version take its place.
import { spawnSync } from "node:child_process";

const [rustc = "rustc", ...given] = process.argv.slice(2);
// Cargo's job server is a pair of open files, which go no further than here.
const { CARGO_MAKEFLAGS: _, MAKEFLAGS: __, ...env } = process.env;
const { CARGO_PKG_NAME: name, CARGO_PKG_VERSION: version } = env;
const args = given.map((arg) => (name && arg.startsWith("metadata=") ? `metadata=${name}-${version}` : arg));
const { status, error } = spawnSync(rustc, args, { stdio: "inherit", env });
if (error) throw error;
process.exitCode = status ?? 1;
