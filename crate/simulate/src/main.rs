//! Simulates a day of a million sessions and their token requests: `npm run simulate`.
//!
//! Users, tabs and machines are generated from `assumptions.json` ([`life`]). Each browser then runs the real
//! vault of `strongroom-core` in simulated time ([`browser`]). For comparison, the same users are simulated
//! with renewal by timers ([`timers`]). Every session has its own random generator, so the result depends on
//! the seed and not on the number of threads.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "simulated times are far below 2^52 milliseconds, and shares and rates are rough anyway"
)]
#![allow(
    clippy::expect_used,
    reason = "a simulation whose assumptions or whose vault are not what it thinks has nothing to report"
)]

mod assumptions;
mod browser;
mod clock;
mod life;
mod page;
mod plot;
mod run;
mod server;
mod tally;
mod timers;

use assumptions::Assumptions;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The page with the generated part, and the folder of its plots, relative to the repository.
const PAGE: &str = "docs/scale.md";
const PLOTS: &str = "docs/scale";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut assumptions = Assumptions::read()?;
    let mut out = root.clone();
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--sessions" => assumptions.sessions = value.parse()?,
            "--seed" => assumptions.seed = value.parse()?,
            "--out" => out = PathBuf::from(value),
            _ => return Err(format!("{name} is unknown: --sessions, --seed, --out").into()),
        }
    }
    let start = Instant::now();
    let results = run::all(&assumptions);
    std::fs::create_dir_all(out.join(PLOTS))?;
    for (name, svg) in page::plots(&assumptions, &results) {
        std::fs::write(out.join(PLOTS).join(name), svg)?;
    }
    let text = std::fs::read_to_string(root.join(PAGE))?;
    std::fs::write(out.join(PAGE), page::with_generated(&text, &page::tables(&assumptions, &results))?)?;
    println!("{}", page::summary(&assumptions, &results));
    println!("{} sessions in {:.1} s", assumptions.sessions, start.elapsed().as_secs_f64());
    Ok(())
}
