//! The widest register of each CPU level, for the few loops whose registers must be counted by hand.
//!
//! A loop over a [`Vector`] takes [`LANE`] rows a step, in one register or in several passes over part of the lane. Which
//! row meets which partial sum is the same for every width, hence so are the bits.

#![allow(unsafe_code, reason = "vector intrinsics of one CPU level; callers are compiled for it")]

use crate::lane::LANE;

/// Some consecutive rows in one register.
///
/// # Safety
/// Methods may be called only inside a function compiled for the features of the register; pointers must be valid
/// for [`Vector::WIDTH`] numbers.
pub(crate) unsafe trait Vector: Copy {
    /// Rows in the register; divides [`LANE`].
    const WIDTH: usize;
    /// The same number in all rows.
    unsafe fn splat(x: f64) -> Self;
    /// Reads `WIDTH` numbers.
    unsafe fn load(from: *const f64) -> Self;
    /// Writes `WIDTH` numbers.
    unsafe fn store(self, to: *mut f64);
    /// Product.
    unsafe fn times(self, b: Self) -> Self;
    /// `self * b + c` with one rounding.
    unsafe fn fused(self, b: Self, c: Self) -> Self;
    /// Four times eight partial sums to four sums, in the order of [`fold`].
    #[inline(always)]
    unsafe fn fold4(strands: &[[f64; LANE]; 4]) -> [f64; 4] {
        core::array::from_fn(|a| fold(&strands[a]))
    }
}

/// A lane without instructions of its own.
#[derive(Copy, Clone)]
pub(crate) struct Plain([f64; LANE]);

// SAFETY: needs no feature; pointers are valid by the trait's contract.
unsafe impl Vector for Plain {
    const WIDTH: usize = LANE;
    #[inline(always)]
    unsafe fn splat(x: f64) -> Self {
        Plain([x; LANE])
    }
    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: valid for eight numbers by the contract; any alignment of an f64 is that of the array.
        Plain(unsafe { from.cast::<[f64; LANE]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: as for load.
        unsafe { to.cast::<[f64; LANE]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn times(self, b: Self) -> Self {
        Plain(core::array::from_fn(|i| self.0[i] * b.0[i]))
    }
    #[inline(always)]
    unsafe fn fused(self, b: Self, c: Self) -> Self {
        Plain(core::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use crate::lane::LANE;
    use core::arch::x86_64 as arch;

    macro_rules! register {
        ($type:ty, $width:literal, $splat:ident, $load:ident, $store:ident, $mul:ident, $fused:ident) => {
            // SAFETY: one intrinsic each; features and pointers are the caller's promise.
            unsafe impl Vector for $type {
                const WIDTH: usize = $width;
                #[inline(always)]
                unsafe fn splat(x: f64) -> Self {
                    // SAFETY: the feature is there by the trait's contract.
                    unsafe { arch::$splat(x) }
                }
                #[inline(always)]
                unsafe fn load(from: *const f64) -> Self {
                    // SAFETY: feature and pointer are valid by the trait's contract.
                    unsafe { arch::$load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f64) {
                    // SAFETY: feature and pointer are valid by the trait's contract.
                    unsafe { arch::$store(to, self) }
                }
                #[inline(always)]
                unsafe fn times(self, b: Self) -> Self {
                    // SAFETY: the feature is there by the trait's contract.
                    unsafe { arch::$mul(self, b) }
                }
                #[inline(always)]
                unsafe fn fused(self, b: Self, c: Self) -> Self {
                    // SAFETY: the feature is there by the trait's contract.
                    unsafe { arch::$fused(self, b, c) }
                }
                #[inline(always)]
                unsafe fn fold4(strands: &[[f64; LANE]; 4]) -> [f64; 4] {
                    // SAFETY: AVX is part of every level that has this register.
                    unsafe { folded(strands) }
                }
            }
        };
    }
    /// Four folds at once: halves, then quarters by pairs of rows, then the horizontal sum of pairs.
    #[inline(always)]
    unsafe fn folded(strands: &[[f64; LANE]; 4]) -> [f64; 4] {
        // SAFETY: each row holds eight numbers; the caller has AVX.
        unsafe {
            let quarter = |a: usize| {
                let row = strands[a].as_ptr();
                arch::_mm256_add_pd(arch::_mm256_loadu_pd(row), arch::_mm256_loadu_pd(row.add(4)))
            };
            // [s0 + s2, s1 + s3] of one row in the low half and of the other in the high half.
            let pair = |a, b| {
                let low = arch::_mm256_permute2f128_pd::<0x20>(a, b);
                arch::_mm256_add_pd(low, arch::_mm256_permute2f128_pd::<0x31>(a, b))
            };
            let sums = arch::_mm256_hadd_pd(pair(quarter(0), quarter(2)), pair(quarter(1), quarter(3)));
            let mut out = [0.0; 4];
            arch::_mm256_storeu_pd(out.as_mut_ptr(), sums);
            out
        }
    }

    register!(
        arch::__m256d,
        4,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_mul_pd,
        _mm256_fmadd_pd
    );
    register!(
        arch::__m512d,
        8,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_mul_pd,
        _mm512_fmadd_pd
    );
}

/// A loop written once for all registers.
pub(crate) trait Wide {
    /// The loop.
    ///
    /// # Safety
    /// Called only inside a function compiled for the features of `V`. Must be `#[inline(always)]`.
    unsafe fn run<V: Vector>(self);
}

/// Runs a loop with the registers of the level in use.
pub(crate) fn widest<W: Wide>(job: W) {
    #[cfg(target_arch = "x86_64")]
    {
        use crate::dispatch::{Level, chosen};
        match chosen() {
            // SAFETY: the level in use is one that the CPU has.
            Level::Avx512 => return unsafe { at_avx512(job) },
            // SAFETY: as above.
            Level::Avx2 => return unsafe { at_avx2(job) },
            Level::Baseline => {}
        }
    }
    // SAFETY: `Plain` needs no feature.
    unsafe { job.run::<Plain>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn at_avx2<W: Wide>(job: W) {
    // SAFETY: this function is compiled for the register's features.
    unsafe { job.run::<core::arch::x86_64::__m256d>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
fn at_avx512<W: Wide>(job: W) {
    // SAFETY: this function is compiled for the register's features.
    unsafe { job.run::<core::arch::x86_64::__m512d>() }
}

/// Eight partial sums to one, in the order of [`Lane::sum`](crate::Lane::sum).
#[inline(always)]
pub(crate) fn fold(s: &[f64; LANE]) -> f64 {
    let quarter = [s[0] + s[4], s[1] + s[5], s[2] + s[6], s[3] + s[7]];
    (quarter[0] + quarter[2]) + (quarter[1] + quarter[3])
}
