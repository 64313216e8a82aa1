//! How long to wait before the next try, and how often to try.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Before the second try.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// However often it was tried.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Whatever a server asks for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);
/// Between two looks whether anybody still wants it.
const LOOK: Duration = Duration::from_millis(50);

/// The wait after `failures` tries without progress (1 or more): twice as long each time, and between
/// half and one and a half of that, so that several feeds do not come back at once. What the server
/// says goes before.
pub fn wait(failures: u32, retry_after: Option<Duration>) -> Duration {
    if let Some(asked) = retry_after {
        return asked.min(LONGEST_RETRY_AFTER);
    }
    let doubled = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(16));
    // Hashers are seeded by chance, and a generator of random numbers is not needed for more.
    let chance = (RandomState::new().hash_one(failures) >> 11) as f64 / (1u64 << 53) as f64;
    doubled.min(LONGEST_WAIT).mul_f64(0.5 + chance)
}

/// Sleeps, unless `stop` says that nobody waits for it; whether it slept to the end.
pub fn sleep(wait: Duration, stop: &AtomicBool) -> bool {
    let end = Instant::now() + wait;
    while !stop.load(Ordering::Relaxed) {
        let Some(left) = end.checked_duration_since(Instant::now()) else { return true };
        thread::sleep(left.min(LOOK));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let is_about = |failures, seconds: f64| {
            let wait = wait(failures, None).as_secs_f64();
            assert!((0.5 * seconds..=1.5 * seconds).contains(&wait), "{failures}: {wait}");
        };
        is_about(1, 0.1);
        is_about(2, 0.2);
        is_about(5, 1.6);
        is_about(10, 30.0);
        is_about(u32::MAX, 30.0);
        assert_eq!(wait(9, Some(Duration::from_secs(1))), Duration::from_secs(1));
        let waits: Vec<Duration> = (0..20).map(|_| wait(4, None)).collect();
        assert!(waits.iter().any(|other| *other != waits[0]), "all the same: {waits:?}");
    }

    #[test]
    fn nobody_sleeps_when_it_is_over() {
        let start = Instant::now();
        assert!(!sleep(Duration::from_secs(60), &AtomicBool::new(true)));
        assert!(sleep(Duration::from_millis(1), &AtomicBool::new(false)));
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
