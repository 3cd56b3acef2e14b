//! Which cells mean "no value".
//!
//! The built-in tokens are those that R, pandas, SQL and SAS write: the empty cell, `NA`, `NaN`, `nan`, `null`, `N/A` and `.`. Tokens of
//! the user (`--na`) come on top; one that is a number (`--na -999`) matches every spelling of it.

const BUILT_IN: [&[u8]; 7] = [b"", b"NA", b"NaN", b"nan", b"null", b"N/A", b"."];

/// The tokens that mean a missing value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Missing {
    built_in: bool,
    texts: Vec<Vec<u8>>,
    numbers: Vec<f64>,
}

impl Missing {
    /// For delimited text, which has no other way to say it: the built-in tokens and those of the user.
    pub(crate) fn in_text(tokens: &[String]) -> Self {
        Self { built_in: true, ..Self::in_typed(tokens) }
    }

    /// For formats that have nulls: the tokens of the user only. A country code `NA` stays one.
    pub(crate) fn in_typed(tokens: &[String]) -> Self {
        Self {
            built_in: false,
            texts: tokens.iter().map(|t| t.trim().as_bytes().to_vec()).collect(),
            numbers: tokens.iter().filter_map(|t| crate::number::whole(t.as_bytes())).collect(),
        }
    }

    /// Whether a cell, without the spaces around it, is missing.
    pub(crate) fn text(&self, cell: &[u8]) -> bool {
        // All built-in tokens are short: most cells are settled by their length.
        (self.built_in && cell.len() <= 4 && BUILT_IN.contains(&cell)) || self.texts.iter().any(|t| t == cell)
    }

    /// Whether a number is missing: NaN, or one that the user named.
    pub(crate) fn number(&self, value: f64) -> bool {
        value.is_nan() || (!self.numbers.is_empty() && self.numbers.contains(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::Missing;

    #[test]
    fn a_numeric_token_matches_every_spelling_of_the_number() {
        let missing = Missing::in_text(&["-999".into(), "unknown".into()]);
        assert!(missing.number(-999.0) && missing.text(b"unknown") && missing.text(b"N/A"));
        assert!(!missing.number(999.0) && !missing.text(b"na") && !missing.text(b"0"));
    }
}
