//! Tables and plots of the results, for `docs/scale.md`.

use crate::assumptions::{Assumptions, listed};
use crate::clock::{Daily, HOUR, MINUTE};
use crate::plot::{Curve, plot};
use crate::run::{Day, Results};
use crate::tally::{Rates, Tally};
use std::fmt::Write;
use std::ops::Range;

const BEGIN: &str = "<!-- What follows is written by `npm run simulate`. -->";
const END: &str = "<!-- What came before was written by `npm run simulate`. -->";

/// How long after an event its herd is searched for, in minutes.
const AFTERMATH: usize = 60;

/// Local time from 8:30 to 10:30, in minutes of the day.
const NINE_O_CLOCK: Range<usize> = 510..630;
const OFFICE_HOURS: Range<usize> = 540..1_020;

/// Replaces the generated part of `text`.
pub(crate) fn with_generated(text: &str, generated: &str) -> Result<String, String> {
    let around = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = around.ok_or("docs/scale.md has lost the lines around its generated part")?;
    Ok(format!("{before}{BEGIN}\n\n{generated}\n{END}{after}"))
}

/// The plots, by file name.
pub(crate) fn plots(assumptions: &Assumptions, results: &Results) -> Vec<(&'static str, String)> {
    let curves = |day: &Day, of: fn(&Tally) -> &Rates| {
        day.policies().map(|(name, tally)| Curve { name, minutes: of(tally).minutes() }).into_iter().collect()
    };
    let utc: fn(&Tally) -> &Rates = |tally| &tally.utc;
    let around = |daily: Daily| {
        let begin = (daily.begin / MINUTE) as usize;
        begin.saturating_sub(30)..begin + minutes_long(daily) + AFTERMATH
    };
    let draw = |title: &str, curves: Vec<Curve<'_>>, span: Range<usize>| {
        plot(title, &curves, span, assumptions.quota)
    };
    vec![
        ("day.svg", draw("An ordinary day (UTC)", curves(&results.ordinary, utc), 0..1_440)),
        (
            "nine.svg",
            draw(
                "Nine o'clock in one time zone",
                curves(&results.ordinary, |tally| &tally.local),
                NINE_O_CLOCK.start..NINE_O_CLOCK.end + 240,
            ),
        ),
        (
            "nine-renewals.svg",
            draw(
                "The same, renewals alone",
                curves(&results.ordinary, |tally| &tally.local_renewals),
                NINE_O_CLOCK.start..NINE_O_CLOCK.end + 240,
            ),
        ),
        (
            "outage.svg",
            draw("An outage of ten minutes (UTC)", curves(&results.outage, utc), around(assumptions.outage)),
        ),
        (
            "outage-vault.svg",
            draw(
                "The same, Strongroom alone",
                vec![
                    Curve { name: "with the outage", minutes: results.outage.vault.utc.minutes() },
                    Curve { name: "renewals of it", minutes: results.outage.vault.utc_renewals.minutes() },
                    Curve { name: "without", minutes: results.ordinary.vault.utc.minutes() },
                ],
                around(assumptions.outage),
            ),
        ),
        ("deploy.svg", draw("A deploy (UTC)", curves(&results.deploy, utc), around(assumptions.deploy))),
    ]
}

/// The generated part of the page.
pub(crate) fn tables(assumptions: &Assumptions, results: &Results) -> String {
    [
        format!("{} sessions, seed {}.", thousands(assumptions.sessions), assumptions.seed),
        "### An ordinary day".into(),
        "![token requests per second over an ordinary day](scale/day.svg)".into(),
        ordinary(assumptions, &results.ordinary),
        in_use(&results.ordinary),
        "### Nine o'clock".into(),
        "![token requests per second around nine, everybody in one time zone](scale/nine.svg)".into(),
        "![renewals per second around nine, everybody in one time zone](scale/nine-renewals.svg)".into(),
        nine(results),
        "### An outage of ten minutes".into(),
        "![token requests per second around an outage](scale/outage.svg)".into(),
        "![token requests per second around an outage, Strongroom alone](scale/outage-vault.svg)".into(),
        outage(assumptions, results),
        "### A deploy".into(),
        "![token requests per second around a deploy](scale/deploy.svg)".into(),
        deploy(assumptions, results),
        "### Assumptions".into(),
        list_of_assumptions(),
    ]
    .join("\n\n")
        + "\n"
}

fn list_of_assumptions() -> String {
    table(&["what", "value", "unit", "source"], listed().into_iter().map(Vec::from))
}

/// The summary for the terminal.
pub(crate) fn summary(assumptions: &Assumptions, results: &Results) -> String {
    [
        ordinary(assumptions, &results.ordinary),
        in_use(&results.ordinary),
        nine(results),
        outage(assumptions, results),
        deploy(assumptions, results),
    ]
    .join("\n\n")
}

fn ordinary(assumptions: &Assumptions, day: &Day) -> String {
    let hours = day.vault.session_hours;
    table(
        &[
            "policy",
            "token requests",
            "of which sign-ins",
            "mean /s",
            "p99.9 /s",
            "peak /s",
            "seconds above the quota",
            "per session-hour in use",
            "for unused sessions",
        ],
        day.policies().map(|(name, tally)| {
            vec![
                name.to_owned(),
                thousands(tally.total()),
                thousands(tally.sign_ins),
                rate(tally.utc.mean()),
                tally.utc.exceeded_in(0.001).to_string(),
                tally.utc.peak().to_string(),
                thousands(tally.utc.seconds_above(assumptions.quota) as u64),
                format!("{:.2}", tally.per_session_hour(hours)),
                thousands(tally.for_unused),
            ]
        }),
    )
}

fn in_use(day: &Day) -> String {
    let vault = &day.vault;
    let renewals = vault.total() - vault.sign_ins;
    format!(
        "Session-hours in use: {}. Hours worked with the app in total: {}; for each, Strongroom made {:.2} \
         token requests, {:.2} of them renewals. API requests: {}, of which {} ({}) waited for a token and {} got \
         none.",
        thousands(vault.session_hours),
        thousands(vault.used / HOUR),
        vault.total() as f64 / (vault.used as f64 / HOUR as f64),
        renewals as f64 / (vault.used as f64 / HOUR as f64),
        thousands(vault.api.all),
        thousands(vault.api.waited),
        percent(vault.api.waited, vault.api.all),
        thousands(vault.api.without_token),
    )
}

fn nine(results: &Results) -> String {
    let day = &results.ordinary;
    let usual = |rates: &Rates, _| {
        let office_hours = rates.minutes().get(OFFICE_HOURS).unwrap_or_default().to_vec();
        office_hours.iter().sum::<f64>() / office_hours.len() as f64
    };
    let name = "mean of 9:00 to 17:00 /s";
    format!(
        "All token requests:\n\n{}\n\nRenewals only:\n\n{}",
        herd_table(&herds(day, day, &NINE_O_CLOCK, |tally| &tally.local, usual), name),
        herd_table(&herds(day, day, &NINE_O_CLOCK, |tally| &tally.local_renewals, usual), name),
    )
}

fn outage(assumptions: &Assumptions, results: &Results) -> String {
    let span = aftermath(assumptions.outage);
    let begin = span.start - minutes_long(assumptions.outage);
    let failed = results.outage.policies().map(|(name, tally)| {
        let minutes = tally.utc.minutes();
        let during = minutes.get(begin..span.start).unwrap_or_default().iter().sum::<f64>() * 60.0;
        format!("{name} {}", thousands(during as u64))
    });
    let (api, before) = (results.outage.vault.api, results.ordinary.vault.api);
    format!(
        "{}\n\nFailed token requests during the outage: {}. With Strongroom, the outage made {} more API requests \
         wait, and {} go without a token.",
        disturbed(&results.outage, &results.ordinary, &span),
        failed.join(", "),
        thousands(api.waited.saturating_sub(before.waited)),
        thousands(api.without_token - before.without_token),
    )
}

fn deploy(assumptions: &Assumptions, results: &Results) -> String {
    let begin = (assumptions.deploy.begin / MINUTE) as usize;
    let more = |tally: &Tally, before: &Tally| tally.total().saturating_sub(before.total());
    let rows = results.deploy.policies().into_iter().zip(results.ordinary.policies());
    let extra: Vec<String> = rows
        .map(|((name, tally), (_, before))| format!("{name} {}", thousands(more(tally, before))))
        .collect();
    format!(
        "{}\n\nAdditional token requests of the day because of the deploy: {}.",
        disturbed(&results.deploy, &results.ordinary, &(begin..begin + AFTERMATH)),
        extra.join(", ")
    )
}

/// How an event changed the rates within `span`.
fn disturbed(day: &Day, usual: &Day, span: &Range<usize>) -> String {
    let same_minute = |rates: &Rates, minute| rates.minutes().get(minute).copied().unwrap_or_default();
    let name = "same minute of an ordinary day /s";
    format!(
        "All token requests:\n\n{}\n\nRenewals only:\n\n{}",
        herd_table(&herds(day, usual, span, |tally| &tally.utc, same_minute), name),
        herd_table(&herds(day, usual, span, |tally| &tally.utc_renewals, same_minute), name),
    )
}

/// The peak of a rate.
struct Herd {
    policy: &'static str,
    busiest_second: u32,
    /// Requests per second.
    busiest_minute: f64,
    usual: f64,
    mean_of_day: f64,
}

fn herds(
    day: &Day,
    usual: &Day,
    span: &Range<usize>,
    rates: fn(&Tally) -> &Rates,
    usual_rate: impl Fn(&Rates, usize) -> f64,
) -> Vec<Herd> {
    let policies = day.policies().into_iter().zip(usual.policies());
    policies
        .map(|((policy, tally), (_, usual))| {
            let (minute, highest) = busiest_minute(rates(tally), span);
            Herd {
                policy,
                busiest_second: rates(tally).busiest_second(span.clone()),
                busiest_minute: highest,
                usual: usual_rate(rates(usual), minute),
                mean_of_day: rates(usual).mean(),
            }
        })
        .collect()
}

fn herd_table(herds: &[Herd], usual: &str) -> String {
    table(
        &["policy", "busiest second", "busiest minute, mean /s", usual, "herd", "day's mean /s"],
        herds.iter().map(|herd| {
            vec![
                herd.policy.to_owned(),
                herd.busiest_second.to_string(),
                rate(herd.busiest_minute),
                rate(herd.usual),
                format!("{:.1} times", herd.busiest_minute / herd.usual),
                rate(herd.mean_of_day),
            ]
        }),
    )
}

fn busiest_minute(rates: &Rates, span: &Range<usize>) -> (usize, f64) {
    let minutes = rates.minutes();
    let seen = span.clone().zip(minutes.get(span.clone()).unwrap_or_default().iter().copied());
    seen.max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap_or_default()
}

fn aftermath(daily: Daily) -> Range<usize> {
    let end = (daily.begin / MINUTE) as usize + minutes_long(daily);
    end..end + AFTERMATH
}

fn minutes_long(daily: Daily) -> usize {
    (daily.length / MINUTE) as usize
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _ = write!(text, "\n| {} |", row.join(" | "));
    }
    text
}

fn rate(rate: f64) -> String {
    format!("{rate:.1}")
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.2} %", 100.0 * part as f64 / whole.max(1) as f64)
}

/// Groups digits: `1 234 567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, list_of_assumptions, table, thousands, with_generated};

    #[test]
    fn the_page_has_the_current_assumptions() {
        let page = include_str!("../../../docs/scale.md");
        assert!(page.contains(&list_of_assumptions()), "assumptions.json has changed: npm run simulate");
    }

    #[test]
    fn only_the_generated_part_is_replaced() {
        let page = |part: &str| format!("before {BEGIN}{part}{END} after");
        let once = with_generated(&page("old"), "new").unwrap();
        assert_eq!(once, page("\n\nnew\n"));
        assert_eq!(with_generated(&once, "new").unwrap(), once);
        assert!(with_generated("something else", "new").is_err());
    }

    #[test]
    fn digits_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1 000"), (12_345_678, "12 345 678")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(table(&["a", "b"], [vec!["1".into(), "2".into()]]), "| a | b |\n|---|---|\n| 1 | 2 |");
    }
}
