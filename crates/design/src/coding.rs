//! How the levels of a category become columns: the contrasts of R.
//!
//! Treatment and SAS coding have a base level and one indicator for each other level, so codes stay codes. Sum,
//! Helmert and polynomial coding are small matrices, `[k levels][k - 1]`, looked up by code. Chambers and Hastie
//! (1992), Statistical Models in S, sec. 2.3.2.

use crate::polynomial::Recurrence;

/// How levels become columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// Difference to the base level, the first one unless another is asked for.
    #[default]
    Treatment,
    /// Difference to the mean of the level means; the last level is minus the sum of the others.
    Sum,
    /// Difference to the mean of the levels before.
    Helmert,
    /// Orthonormal polynomials over equally spaced levels.
    Poly,
    /// Difference to the last level.
    Sas,
}

impl Coding {
    /// The words of the formula language.
    pub(crate) const WORDS: &'static [(&'static str, Self)] = &[
        ("treatment", Self::Treatment),
        ("sum", Self::Sum),
        ("helmert", Self::Helmert),
        ("poly", Self::Poly),
        ("sas", Self::Sas),
    ];

    /// The coding that a word of the formula language names.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, coding)| *coding)
    }

    /// The level that has no column of its own, given the base asked for; `None` for codings that are matrices.
    pub(crate) fn base(self, asked: usize, levels: usize) -> Option<usize> {
        match self {
            Self::Treatment => Some(asked),
            Self::Sas => Some(levels.saturating_sub(1)),
            Self::Sum | Self::Helmert | Self::Poly => None,
        }
    }

    /// The matrix of a coding that is one, column by column                  `[levels - 1][levels]`
    pub(crate) fn matrix(self, levels: usize) -> Vec<Vec<f64>> {
        let columns = 1..levels;
        match self {
            Self::Treatment | Self::Sas => Vec::new(),
            Self::Sum => columns.map(|j| (1..=levels).map(|i| sum(i, j, levels)).collect()).collect(),
            Self::Helmert => columns.map(|j| (1..=levels).map(|i| helmert(i, j)).collect()).collect(),
            Self::Poly => {
                let scores: Vec<f64> = (1..=levels).map(|i| i as f64).collect();
                Recurrence::fit(&scores, levels.saturating_sub(1)).columns(&scores)
            }
        }
    }

    /// What stands between brackets in the name of column `j` (from 0) of a coding that is a matrix.
    pub(crate) fn label(self, j: usize) -> String {
        match (self, j) {
            (Self::Poly, 0) => ".L".to_owned(),
            (Self::Poly, 1) => ".Q".to_owned(),
            (Self::Poly, 2) => ".C".to_owned(),
            (Self::Poly, _) => format!("^{}", j + 1),
            _ => (j + 1).to_string(),
        }
    }
}

fn sum(i: usize, j: usize, levels: usize) -> f64 {
    if i == levels { -1.0 } else { f64::from(i == j) }
}

fn helmert(i: usize, j: usize) -> f64 {
    match i.cmp(&(j + 1)) {
        std::cmp::Ordering::Less => -1.0,
        std::cmp::Ordering::Equal => j as f64,
        std::cmp::Ordering::Greater => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helmert_and_sum_coding_are_those_of_r() {
        // contr.helmert(4), contr.sum(3)
        let helmert = [[-1.0, 1.0, 0.0, 0.0], [-1.0, -1.0, 2.0, 0.0], [-1.0, -1.0, -1.0, 3.0]];
        assert_eq!(Coding::Helmert.matrix(4), helmert);
        assert_eq!(Coding::Sum.matrix(3), [[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]]);
    }

    #[test]
    fn polynomial_coding_of_three_levels_is_a_line_and_a_parabola() {
        let matrix = Coding::Poly.matrix(3);
        let (half, sixth) = (0.5_f64.sqrt(), (1.0 / 6.0_f64).sqrt());
        let want = [[-half, 0.0, half], [sixth, -2.0 * sixth, sixth]];
        for (got, want) in matrix.iter().flatten().zip(want.iter().flatten()) {
            // Some ten roundings of numbers below 1.
            assert!((got - want).abs() < 1e-15, "{got} {want}");
        }
        assert_eq!([0, 1, 2, 3].map(|j| Coding::Poly.label(j)), [".L", ".Q", ".C", "^4"]);
    }
}
