//! Asks for memory before it is read.
//!
//! Chunks take a few rows of every column: too short a stretch for the CPU to see the pattern itself, so that without a
//! word each of them begins with a wait for memory. A hint changes no number and cannot fail.

#![allow(unsafe_code, reason = "the hint is an intrinsic; it reads nothing")]

/// Numbers in a line of the cache.
const LINE: usize = 8;

/// Hints that these numbers will be read soon.
#[inline]
pub fn prefetch(numbers: &[f64]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.iter().step_by(LINE) {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction; an address that is never read is harmless.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (numbers, LINE);
}
