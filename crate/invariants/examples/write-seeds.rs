//! Writes the seeds of all fuzz targets into a folder, a file each, as libFuzzer reads them.

#![allow(clippy::unwrap_used, reason = "a development tool")]

use std::path::PathBuf;
use std::{env, fs};
use strongroom_invariants::{TARGETS, seeds};

fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap());
    for (target, _) in TARGETS {
        let corpus = folder.join(target);
        fs::create_dir_all(&corpus).unwrap();
        for (name, bytes) in seeds(target) {
            fs::write(corpus.join(name), bytes).unwrap();
        }
    }
}
