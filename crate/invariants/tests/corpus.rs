//! Runs the seeds of the fuzz targets and variations of them.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fs;
use std::path::Path;
use strongroom_invariants::{Outcome, TARGETS, Target, seeds};

/// Variations per target, in addition to the seeds. Long event sequences take time.
const VARIATIONS: u32 = 2_000;
const VARIATIONS_OF_STORIES: u32 = 400;

/// The maximum length of inputs that libFuzzer makes.
const LONGEST: usize = 4_096;

/// A change that a fuzzer makes to an input.
#[derive(Debug, Clone)]
enum Edit {
    Insert(prop::sample::Index, Vec<u8>),
    Overwrite(prop::sample::Index, u8),
    Remove(prop::sample::Index, prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    /// Replaces the rest with the end of another input.
    Splice(prop::sample::Index, prop::sample::Index, prop::sample::Index),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let place = any::<prop::sample::Index>;
        let bytes = prop_oneof![
            prop::collection::vec(any::<u8>(), 1..5),
            // For `events`, up to eighty random steps.
            prop::collection::vec(any::<u8>(), 1..200),
            "[ -~]{1,8}".prop_map(String::into_bytes),
        ];
        let byte = prop_oneof![any::<u8>(), b' '..=b'~'];
        prop_oneof![
            (place(), bytes).prop_map(|(at, bytes)| Self::Insert(at, bytes)),
            (place(), byte).prop_map(|(at, byte)| Self::Overwrite(at, byte)),
            (place(), place()).prop_map(|(from, to)| Self::Remove(from, to)),
            (place(), place()).prop_map(|(from, to)| Self::Repeat(from, to)),
            (place(), place(), place()).prop_map(|(at, other, from)| Self::Splice(at, other, from)),
        ]
    }

    fn apply(&self, input: &mut Vec<u8>, seeds: &[(String, Vec<u8>)]) {
        let end = input.len() + 1;
        match self {
            Self::Insert(at, bytes) => {
                drop(input.splice(at.index(end)..at.index(end), bytes.iter().copied()));
            }
            Self::Overwrite(at, byte) => {
                if let Some(place) = input.get_mut(at.index(end)) {
                    *place = *byte;
                }
            }
            Self::Remove(from, to) => drop(input.drain(ordered(from.index(end), to.index(end)))),
            Self::Repeat(from, to) => {
                let range = ordered(from.index(end), to.index(end));
                let (at, again) = (range.end, input[range].to_vec());
                drop(input.splice(at..at, again));
            }
            Self::Splice(at, other, from) => {
                let (_, other) = other.get(seeds);
                input.truncate(at.index(end));
                input.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
        input.truncate(LONGEST);
    }
}

fn ordered(one: usize, other: usize) -> std::ops::Range<usize> {
    one.min(other)..one.max(other)
}

fn holds_for_the_seeds_and_variations_of_them(name: &str, target: Target) {
    let seeds = seeds(name);
    let outcomes: Vec<_> = seeds.iter().map(|(_, input)| target(input)).collect();
    assert!(outcomes.contains(&Outcome::Accepted), "{name}: seeds that are all refused say little");
    assert!(outcomes.contains(&Outcome::Refused), "{name}: seeds that are all accepted say little");

    let edits = (any::<prop::sample::Index>(), prop::collection::vec(Edit::any(), 1..4));
    let cases = if name == "events" { VARIATIONS_OF_STORIES } else { VARIATIONS };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let held = runner.run(&edits, |(seed, edits)| {
        let mut input = seed.get(&seeds).1.clone();
        for edit in edits {
            edit.apply(&mut input, &seeds);
        }
        target(&input);
        Ok(())
    });
    if let Err(error) = held {
        panic!("{name}: {error}");
    }
}

macro_rules! corpora {
    ($($target:ident),+) => {
        $(#[test]
        fn $target() {
            holds_for_the_seeds_and_variations_of_them(stringify!($target), strongroom_invariants::$target);
        })+

        #[test]
        fn every_target_has_seeds_and_a_fuzz_target() {
            let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
            let mut files: Vec<_> = fs::read_dir(fuzz.join("seeds"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            files.sort();
            let names = TARGETS.map(|(name, _)| name);
            assert_eq!(files, names.map(|name| [name, ".txt"].concat()));
            assert_eq!(vec![$(stringify!($target)),+], names);
            for name in names {
                let program = fs::read_to_string(fuzz.join("targets").join([name, ".rs"].concat())).unwrap();
                assert!(program.contains(&["strongroom_invariants::", name].concat()), "{program}");
            }
        }
    };
}

corpora!(
    callback,
    configuration,
    events,
    frames,
    handover,
    id_token_claims,
    json,
    login_request,
    policy_url,
    token_response
);
