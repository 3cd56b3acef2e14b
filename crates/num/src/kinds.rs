//! Of which kind numbers are, asked of whole columns: without a branch, and without the call that rounding is on CPUs of
//! the baseline.

/// From here on every double is a whole number.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// Whether a number is finite and has no fraction.
#[inline]
pub fn is_whole(x: f64) -> bool {
    let size = x.abs();
    // What is added leaves no place for a fraction.
    x.is_finite() & ((size >= WHOLE) | ((size + WHOLE) - WHOLE == size))
}

/// Whether no value is infinite or NaN.
pub fn all_finite(values: &[f64]) -> bool {
    values.iter().fold(true, |all, v| all & v.is_finite())
}

/// Whether a value is NaN.
pub fn any_nan(values: &[f64]) -> bool {
    values.iter().fold(false, |any, v| any | v.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_without_a_fraction() {
        let edge = [WHOLE - 0.5, WHOLE - 1.0, WHOLE, 2.0 * WHOLE, 1e300];
        let small = [0.0, -0.0, 5e-324, 0.5, 1.0, 1.0 + f64::EPSILON, 2.0 - f64::EPSILON, 3.5, 1e15 + 0.5];
        for x in edge.into_iter().chain(small).flat_map(|x| [x, -x]) {
            assert_eq!(is_whole(x), x.fract() == 0.0, "{x}");
        }
        assert!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].iter().all(|x| !is_whole(*x)));
    }

    #[test]
    fn one_value_decides() {
        for odd in [f64::NAN, f64::INFINITY] {
            let mut values = vec![1.0; 100];
            assert!(all_finite(&values) && !any_nan(&values));
            values[37] = odd;
            assert_eq!((all_finite(&values), any_nan(&values)), (false, odd.is_nan()));
        }
    }
}
