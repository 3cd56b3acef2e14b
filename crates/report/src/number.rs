//! Numbers as people read them.

/// An estimate: five significant digits, infinite as `inf`, absent as nothing.
#[must_use]
pub fn estimate(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{value:.4e}");
    }
    let before = if size >= 1.0 { size.to_string().find('.').unwrap_or(size.to_string().len()) } else { 1 };
    format!("{value:.*}", 5_usize.saturating_sub(before).max(1))
}

/// A p-value to two digits, however small.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p.is_nan() {
        String::new()
    } else if p == 0.0 {
        "<1e-300".to_owned()
    } else if p < 1e-3 {
        format!("{p:.1e}")
    } else if p < 0.1 {
        format!("{p:.3}")
    } else {
        format!("{p:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_size_of_the_number() {
        assert_eq!(estimate(-1.021_54), "-1.0215");
        assert_eq!(estimate(15.042_901), "15.043");
        assert_eq!(estimate(7.6e-10), "7.6000e-10");
        assert_eq!(estimate(f64::NEG_INFINITY), "-inf");
        assert_eq!(p_value(2.2e-8), "2.2e-8");
        assert_eq!(p_value(0.394), "0.39");
    }
}
