//! Time that passes only when a test lets it.

use wasm_bindgen::prelude::*;

/// From here on time stands still, until this is dropped.
pub(super) struct Clock(StoppedClock);

impl Clock {
    pub(super) fn stop() -> Self {
        Self(StoppedClock::new())
    }

    /// Lets so many milliseconds pass at once, and calls every timer that is due by then.
    pub(super) fn pass(&self, ms: u32) {
        self.0.pass(ms);
    }

    /// The length in milliseconds of the timer set as number `index` of all, once it is set.
    pub(super) async fn timer(&self, index: u32) -> u32 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "set from an `i32`")]
        self.0.timer(index).await.as_f64().map(|ms| ms as u32).unwrap()
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.restore();
    }
}

#[wasm_bindgen(module = "/src/tests/clock.js")]
extern "C" {
    type StoppedClock;
    #[wasm_bindgen(constructor)]
    fn new() -> StoppedClock;
    #[wasm_bindgen(method)]
    fn pass(this: &StoppedClock, ms: u32);
    #[wasm_bindgen(method)]
    async fn timer(this: &StoppedClock, index: u32) -> JsValue;
    #[wasm_bindgen(method)]
    fn restore(this: &StoppedClock);
}
