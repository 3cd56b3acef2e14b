//! Decimal text to the nearest f64.
//!
//! Correctly rounded (Lemire 2021, "Number parsing at a gigabyte per second"), with `inf`, `infinity` and `nan` in any case and no
//! locale. Integers of more than 2^53 that f64 cannot hold are told apart, because identifiers are often such numbers.

/// The number at the start of `text` and the bytes that it takes.
#[inline]
pub(crate) fn leading(text: &[u8]) -> Option<(f64, usize)> {
    fast_float2::parse_partial(text).ok()
}

/// The number that `text` is, spaces around it aside.
pub(crate) fn whole(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return None;
    }
    fast_float2::parse(text).ok()
}

/// Whether `text` is an integer that `value`, its nearest f64, does not equal.
pub(crate) fn loses_digits(text: &[u8], value: f64) -> bool {
    // 2^53 has 16 digits; a magnitude past i128 cannot be meant exactly.
    let text = text.trim_ascii();
    text.len() >= 16
        && std::str::from_utf8(text)
            .ok()
            .and_then(|t| t.parse::<i128>().ok())
            .is_some_and(|exact| value as i128 != exact)
}

#[cfg(test)]
mod tests {
    use super::{leading, loses_digits, whole};

    #[test]
    fn spellings_of_numbers_are_read_as_other_programs_read_them() {
        for (text, value) in [
            ("5.", 5.0),
            (".5", 0.5),
            ("+5", 5.0),
            ("-1e3", -1000.0),
            (" 7 ", 7.0),
            ("1E-2", 0.01),
            ("-inf", f64::NEG_INFINITY),
            ("Infinity", f64::INFINITY),
        ] {
            assert_eq!(whole(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", ".", "1e", "0x1", "1_000", "1,5", "--1", "e5", "1 2", "- 1", "+"] {
            assert_eq!(whole(text.as_bytes()), None, "{text}");
        }
        assert_eq!(leading(b"12.5,7"), Some((12.5, 4)));
    }

    #[test]
    fn rounding_is_to_nearest_even_as_in_the_standard_library() {
        for text in [
            "9007199254740993",
            "1.7976931348623157e308",
            "4.9e-324",
            "0.1",
            "123456789012345678901234567890",
            "1e400",
        ] {
            assert_eq!(whole(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn an_identifier_beyond_two_to_the_53_is_noticed() {
        assert!(loses_digits(b"9007199254740993", 9007199254740992.0));
        assert!(!loses_digits(b"9007199254740992", 9007199254740992.0));
        assert!(!loses_digits(b"0.10000000000000000555", 0.1));
    }
}
