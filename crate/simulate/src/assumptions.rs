//! The parsed `assumptions.json`.

use crate::clock::{Daily, MINUTE, SECOND};
use serde_json::Value;

const FILE: &str = include_str!("../assumptions.json");

/// The assumptions of the simulation. Times are in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Assumptions {
    pub(crate) seed: u64,
    pub(crate) sessions: u64,
    pub(crate) lifetime: u64,
    pub(crate) cookie: u64,
    pub(crate) answer: u64,
    pub(crate) zones: Vec<Zone>,
    pub(crate) unused: f64,
    pub(crate) office: f64,
    /// Of office users: the share that begins at nine, and the standard deviation of their start.
    pub(crate) sharp: (f64, f64),
    pub(crate) office_day: DayShape,
    pub(crate) private_day: DayShape,
    pub(crate) request_gap: f64,
    /// The shares of users with one, two, … tabs.
    pub(crate) tabs: Vec<f64>,
    pub(crate) closes: f64,
    pub(crate) closes_at_night: f64,
    /// The share of machines that sleep, and after how long.
    pub(crate) sleeps: (f64, u64),
    pub(crate) worker_dies: f64,
    pub(crate) timer_margin: u64,
    pub(crate) timer_retry: u64,
    pub(crate) sign_in_retry: (f64, f64),
    pub(crate) outage: Daily,
    pub(crate) deploy: Daily,
    pub(crate) quota: f64,
}

/// A time zone: its offset from UTC and its share of users.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zone {
    pub(crate) offset: i64,
    pub(crate) share: f64,
}

/// When one kind of user uses the app: means, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayShape {
    pub(crate) start: f64,
    pub(crate) start_deviation: f64,
    pub(crate) span: u64,
    pub(crate) used: f64,
    pub(crate) idle: f64,
}

impl Assumptions {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// Names the assumption that is missing or invalid.
    pub(crate) fn read() -> Result<Self, String> {
        let file = file();
        let of = |name: &'static str| Part { name, value: file.pointer(&format!("/parts/{name}/value")) };
        let minutes = MINUTE as f64;
        let seconds = SECOND as f64;
        let day = |start: &'static str, span, used, idle| -> Result<DayShape, String> {
            let (mean, deviation) = of(start).pair()?;
            Ok(DayShape {
                start: mean * minutes,
                start_deviation: deviation * minutes,
                span: of(span).milliseconds(minutes)?,
                used: of(used).number()? * minutes,
                idle: of(idle).number()? * minutes,
            })
        };
        let daily = |name, length_unit: f64| -> Result<Daily, String> {
            let (begin, length) = of(name).pair()?;
            Ok(Daily { begin: (begin * minutes) as u64, length: (length * length_unit) as u64 })
        };
        let scaled = |(a, b): (f64, f64), unit: f64| (a * unit, b * unit);
        let top = |name: &'static str| Part { name, value: file.get(name) };
        let (sharp, sharpness) = of("officeSharp").pair()?;
        let (sleeps, after) = of("sleeps").pair()?;
        Ok(Self {
            seed: top("seed").number()? as u64,
            sessions: top("sessions").number()? as u64,
            lifetime: of("lifetime").milliseconds(minutes)?,
            cookie: of("cookie").milliseconds(minutes)?,
            answer: of("answer").milliseconds(1.0)?,
            zones: of("zones").zones()?,
            unused: of("unused").number()?,
            office: of("office").number()?,
            sharp: (sharp, sharpness * minutes),
            office_day: day("officeStart", "officeSpan", "officeUse", "officeIdle")?,
            private_day: day("privateStart", "privateSpan", "privateUse", "privateIdle")?,
            request_gap: of("requestGap").number()? * seconds,
            tabs: of("tabs").numbers()?,
            closes: of("closes").number()?,
            closes_at_night: of("closesAtNight").number()?,
            sleeps: (sleeps, (after * minutes) as u64),
            worker_dies: of("workerDies").number()?,
            timer_margin: of("timerMargin").milliseconds(seconds)?,
            timer_retry: of("timerRetry").milliseconds(seconds)?,
            sign_in_retry: scaled(of("signInRetry").pair()?, seconds),
            outage: daily("outage", minutes)?,
            deploy: daily("deploy", seconds)?,
            quota: Part { name: "quota", value: file.pointer("/quota/value") }.number()?,
        })
    }
}

/// Every assumption for the page: name, value, unit, source.
pub(crate) fn listed() -> Vec<[String; 4]> {
    let file = file();
    let parts = file.get("parts").and_then(Value::as_object).into_iter().flat_map(serde_json::Map::values);
    let text =
        |part: &Value, name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    parts
        .chain(file.get("quota"))
        .map(|part| {
            let value = part.get("value").map(Value::to_string).unwrap_or_default().replace(',', ", ");
            [text(part, "what"), value, text(part, "unit"), text(part, "source")]
        })
        .collect()
}

fn file() -> Value {
    serde_json::from_str(FILE).expect("assumptions.json is JSON")
}

struct Part<'a> {
    name: &'static str,
    value: Option<&'a Value>,
}

impl Part<'_> {
    fn number(&self) -> Result<f64, String> {
        self.value
            .and_then(Value::as_f64)
            .filter(|number| *number >= 0.0)
            .ok_or_else(|| self.wrong("a number"))
    }

    fn milliseconds(&self, unit: f64) -> Result<u64, String> {
        Ok((self.number()? * unit) as u64)
    }

    fn numbers(&self) -> Result<Vec<f64>, String> {
        let numbers =
            self.value.and_then(Value::as_array).and_then(|all| all.iter().map(Value::as_f64).collect());
        numbers.ok_or_else(|| self.wrong("a list of numbers"))
    }

    fn pair(&self) -> Result<(f64, f64), String> {
        match self.numbers()?.as_slice() {
            [a, b] => Ok((*a, *b)),
            _ => Err(self.wrong("two numbers")),
        }
    }

    fn zones(&self) -> Result<Vec<Zone>, String> {
        let zones = self.value.and_then(Value::as_array).and_then(|all| {
            all.iter()
                .map(|zone| {
                    let minutes = zone.get(0)?.as_i64()?;
                    Some(Zone { offset: minutes * MINUTE.cast_signed(), share: zone.get(1)?.as_f64()? })
                })
                .collect::<Option<Vec<_>>>()
        });
        zones.ok_or_else(|| self.wrong("a list of [minutes, share]"))
    }

    fn wrong(&self, wanted: &str) -> String {
        format!("assumptions.json: `{}` must be {wanted}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Assumptions, listed};

    #[test]
    fn shares_add_up() {
        let assumptions = Assumptions::read().unwrap();
        let zones = assumptions.zones.iter().map(|zone| zone.share);
        for sum in [zones.sum::<f64>(), assumptions.tabs.iter().sum()] {
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn every_assumption_names_its_source() {
        for row in listed() {
            assert!(row.iter().all(|cell| !cell.is_empty() && !cell.contains('|')), "{row:?}");
        }
    }
}
