//! Walks over the same sorted scores that do not know of each other, side by side.

use std::thread;

/// What two walks find: each on a thread of its own where there are several.
///
/// # Panics
/// If a walk panics.
pub fn two_walks<A: Send, B>(
    threads: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if threads < 2 {
        return (one(), other());
    }
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().expect("a walk does not panic"), other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_walked_on_any_number_of_threads() {
        for threads in [0, 1, 2, 7] {
            assert_eq!(two_walks(threads, || 3, || "b"), (3, "b"), "{threads} threads");
        }
    }
}
