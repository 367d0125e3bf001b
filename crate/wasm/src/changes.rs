//! Waiting for something to change.

use crate::platform;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Something that changes now and then.
#[derive(Clone, Default)]
pub(crate) struct Changes(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    count: u64,
    waiting: Vec<Waker>,
}

impl Changes {
    /// It has changed.
    pub(crate) fn announce(&self) {
        let mut state = self.0.borrow_mut();
        state.count += 1;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for the next change.
    pub(crate) async fn next(&self) {
        let seen = self.0.borrow().count;
        poll_fn(|context| {
            let mut state = self.0.borrow_mut();
            if state.count != seen {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Waits for the next change, or for so many milliseconds.
    pub(crate) async fn next_within(&self, ms: u64) {
        let mut change = pin!(self.next());
        let mut timer = pin!(platform::sleep(ms));
        poll_fn(|context| match change.as_mut().poll(context) {
            Poll::Pending => timer.as_mut().poll(context),
            ready @ Poll::Ready(()) => ready,
        })
        .await;
    }
}
