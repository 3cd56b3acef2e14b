//! The decimal number that a double stands for.
//!
//! A column of a file holds decimals; a double keeps the nearest of its own. 1000000000000.4 is off by 2e-5 as a double,
//! which is a ten-thousandth of a spread of 0.2 about such a level. The decimal is not lost, though: it is the shortest
//! that reads as that double (Steele & White, 1990, PLDI), as long as it has no more than 15 digits.

use crate::Dd;
use core::fmt::Write;

/// Longest shortest form: sign, 17 digits, point, `e-308`.
const LONGEST: usize = 32;

/// What double precision took from the decimal number that `x` stands for: the shortest decimal that reads as `x`, less
/// `x`. 0 for whole numbers below 2^53 and where `x` is not finite.
///
/// ```
/// use loglik_num::decimal_rest;
/// assert_eq!(decimal_rest(0.5), 0.0);
/// // The double next to 1e12 + 0.4 is 1e12 + 3277 / 8192, where 0.4 is 3276.8 / 8192.
/// assert_eq!(decimal_rest(1_000_000_000_000.4), -0.2 / 8_192.0);
/// ```
#[must_use]
pub fn decimal_rest(x: f64) -> f64 {
    let whole = x.trunc() == x && x.abs() < 9_007_199_254_740_992.0;
    if whole || !x.is_finite() {
        return 0.0;
    }
    let mut text = Text { bytes: [0; LONGEST], len: 0 };
    // `LowerExp` without a precision writes the shortest digits that read as `x`.
    if write!(text, "{:e}", x.abs()).is_err() {
        return 0.0;
    }
    let (mut digits, mut power, mut exponent) = (0_u64, 0_i32, 0_i32);
    let mut parts = text.bytes[..text.len].split(|b| *b == b'e');
    let (mantissa, tail) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let point = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    for b in mantissa.iter().filter(|b| b.is_ascii_digit()) {
        digits = 10 * digits + u64::from(b - b'0');
    }
    power -= mantissa.len().saturating_sub(point + 1) as i32;
    for b in tail.iter().filter(|b| b.is_ascii_digit()) {
        exponent = 10 * exponent + i32::from(b - b'0');
    }
    power += if tail.first() == Some(&b'-') { -exponent } else { exponent };
    // Beyond these the powers of ten or the products leave the range in which two doubles are exact enough.
    if !(-250..=250).contains(&power) {
        return 0.0;
    }
    let high = digits >> 32;
    let digits = Dd::from(high as f64) * 4_294_967_296.0 + (digits & 0xffff_ffff) as f64;
    let scale = power_of_ten(power.unsigned_abs());
    let rest = if power < 0 {
        (digits - scale * x.abs()).value() / scale.hi
    } else {
        (digits * scale - Dd::from(x.abs())).value()
    };
    if x < 0.0 { -rest } else { rest }
}

/// 10^k to 30 digits, exact up to 10^22 and as far as two doubles hold it.
fn power_of_ten(k: u32) -> Dd {
    let mut power = Dd::ONE;
    let mut left = k;
    while left > 0 {
        let step = left.min(22);
        power = power * (0..step).fold(1.0, |p, _| 10.0 * p);
        left -= step;
    }
    power
}

/// A short text without an allocation.
struct Text {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let end = self.len + s.len();
        self.bytes.get_mut(self.len..end).ok_or(core::fmt::Error)?.copy_from_slice(s.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::decimal_rest;

    /// Tenths about 1e12 are odd multiples of known fractions of 2^-13 away from doubles; whole arithmetic says which.
    #[test]
    fn the_rest_is_exact_where_whole_numbers_can_say_it() {
        for tenths in [
            9_999_999_999_993_i64,
            10_000_000_000_004,
            10_000_000_000_003,
            12_345_678_901_237,
            -10_000_000_000_004,
        ] {
            let x = tenths as f64 / 10.0;
            // x is a multiple of 2^-13 here, so 10 x 2^13 is whole.
            let tenfold = (x * 8_192.0) as i128 * 10;
            let rest = (i128::from(tenths) * 8_192 - tenfold) as f64 / 81_920.0;
            assert_eq!(decimal_rest(x), rest, "{tenths}");
        }
    }

    #[test]
    fn it_is_below_half_a_unit_in_the_last_place_and_turns_with_the_sign() {
        let mut x = 1.234_567_890_123e-200;
        while x < 1e200 {
            let rest = decimal_rest(x);
            assert!(rest.abs() <= 0.5 * (x.next_up() - x), "{x}: {rest}");
            assert_eq!(decimal_rest(-x), -rest, "{x}");
            x *= 7.1;
        }
    }

    #[test]
    fn numbers_that_are_no_decimals_have_none() {
        for x in [0.0, -0.0, 3.0, 1e15, f64::INFINITY, f64::NAN, 0.375, f64::MIN_POSITIVE] {
            assert_eq!(decimal_rest(x), 0.0, "{x}");
        }
    }
}
