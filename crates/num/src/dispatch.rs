//! Runs a kernel with the widest instructions that this machine has, chosen once per process.
//!
//! A kernel is a struct that borrows its inputs and has an `#[inline(always)]` [`Kernel::run`]. [`dispatch()`] inlines
//! it into one of three functions, compiled for the baseline, for AVX2 with fused multiply-add, and for AVX-512.
//! Fused products, lane count and order of sums are the same in all three, so the bits are too. The environment
//! variable `LOGLIK_CPU` (`baseline`, `avx2`, `avx512`) forces a level.

#![allow(
    unsafe_code,
    reason = "calling a function compiled for a CPU level is unsafe; the level is checked first"
)]

use std::sync::OnceLock;

/// A loop that wants wide instructions.
pub trait Kernel {
    /// What it answers.
    type Output;
    /// The loop itself; must be `#[inline(always)]`, and so must be all that it calls in its hot part.
    fn run(self) -> Self::Output;
    /// The loop at the baseline level, where a fused product is a call. A kernel of long formulas writes them in
    /// [`Outlined`](crate::Outlined) numbers here: inlined, such code would take most of the time of a build.
    fn run_baseline(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run()
    }
}

/// Instruction sets with code of their own.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// What the target always has (SSE2 on x86-64, NEON on aarch64).
    Baseline,
    /// AVX2 and fused multiply-add.
    Avx2,
    /// AVX-512 (F, DQ, VL, BW).
    Avx512,
}

/// The best level of this machine.
fn detected() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        if avx2 && avx512 {
            return Level::Avx512;
        }
        if avx2 {
            return Level::Avx2;
        }
    }
    Level::Baseline
}

/// The level a forced name asks for, if this machine has it.
fn parse(name: &str) -> Result<Level, String> {
    let level = match name {
        "baseline" => Level::Baseline,
        "avx2" => Level::Avx2,
        "avx512" => Level::Avx512,
        other => return Err(format!("LOGLIK_CPU={other}: use baseline, avx2 or avx512, or unset it")),
    };
    match level <= detected() {
        true => Ok(level),
        false => {
            Err(format!("LOGLIK_CPU={name}: this CPU lacks it (it has {:?}); unset LOGLIK_CPU", detected()))
        }
    }
}

/// The level in use: the one that `LOGLIK_CPU` forces, else the best of this machine.
///
/// # Errors
/// A text that says what is wrong with `LOGLIK_CPU`: not a level, or one that this machine lacks. Shells call
/// this at start; [`dispatch()`] itself falls back to the machine's best level.
pub fn level() -> Result<Level, String> {
    static LEVEL: OnceLock<Result<Level, String>> = OnceLock::new();
    LEVEL
        .get_or_init(|| match std::env::var("LOGLIK_CPU") {
            Ok(name) if !name.is_empty() => parse(&name),
            _ => Ok(detected()),
        })
        .clone()
}

/// The level that kernels run at.
pub(crate) fn chosen() -> Level {
    static CHOSEN: OnceLock<Level> = OnceLock::new();
    *CHOSEN.get_or_init(|| level().unwrap_or_else(|_| detected()))
}

/// Runs `kernel` at the level in use.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    match chosen() {
        // SAFETY: the level in use is one that the CPU has.
        Level::Avx512 => return unsafe { run_avx512(kernel) },
        // SAFETY: as above.
        Level::Avx2 => return unsafe { run_avx2(kernel) },
        Level::Baseline => {}
    }
    kernel.run_baseline()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_answered_with_the_known_ones() {
        assert!(parse("sse9").is_err_and(|text| text.contains("baseline, avx2 or avx512")));
        assert_eq!(parse("baseline"), Ok(Level::Baseline));
    }
}
