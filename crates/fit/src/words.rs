//! A tally as 64-bit words, and back: what is kept of a pass that need not be made again.
//!
//! Numbers are their bits, so nothing is rounded and infinities stay. A list begins with its length.

use crate::tally::{Derivs, MomentSums, RecessionTally, Tally};
use loglik_num::Dd;

/// What can be put behind other words and taken from the front of the rest.
trait Words: Sized {
    fn put(&self, out: &mut Vec<u64>);
    fn take(from: &mut &[u64]) -> Option<Self>;
}

impl Words for u64 {
    fn put(&self, out: &mut Vec<u64>) {
        out.push(*self);
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first)
    }
}

impl Words for f64 {
    fn put(&self, out: &mut Vec<u64>) {
        out.push(self.to_bits());
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        u64::take(from).map(Self::from_bits)
    }
}

impl Words for usize {
    fn put(&self, out: &mut Vec<u64>) {
        out.push(*self as u64);
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        Self::try_from(u64::take(from)?).ok()
    }
}

impl<T: Words> Words for Vec<T> {
    fn put(&self, out: &mut Vec<u64>) {
        self.len().put(out);
        self.iter().for_each(|one| one.put(out));
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        let length = usize::take(from)?;
        // Every element takes a word at least, so a length that cannot be asks for no memory.
        (length <= from.len()).then(|| (0..length).map(|_| T::take(from)).collect())?
    }
}

/// Structs as their fields, in order.
macro_rules! fields {
    ($($kind:ident { $($field:ident),* })*) => {$(
        impl Words for $kind {
            fn put(&self, out: &mut Vec<u64>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            fn take(from: &mut &[u64]) -> Option<Self> {
                Some(Self { $($field: Words::take(from)?),* })
            }
        }
    )*};
}

fields! {
    Dd { hi, lo }
    Derivs { loglik, magnitude, score, info, info_low, weight, outside, at_infinity, rows, peak, beside }
    RecessionTally { largest, largest_objecting, objecting }
    MomentSums { rows, weight, centre, first, second, logs, range, zeros, second_column, classes, offsets, exposures, sample }
}

impl Words for (f64, f64) {
    fn put(&self, out: &mut Vec<u64>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        Some((f64::take(from)?, f64::take(from)?))
    }
}

impl Words for [f64; 3] {
    fn put(&self, out: &mut Vec<u64>) {
        self.iter().for_each(|one| one.put(out));
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        Some([f64::take(from)?, f64::take(from)?, f64::take(from)?])
    }
}

impl Words for Tally {
    fn put(&self, out: &mut Vec<u64>) {
        match self {
            Self::Derivs(derivs) => {
                out.push(0);
                derivs.put(out);
            }
            Self::Recession(tally) => {
                out.push(1);
                tally.put(out);
            }
            Self::Moments(sums) => {
                out.push(2);
                sums.put(out);
            }
            Self::Gathered(sum) => {
                out.push(3);
                sum.put(out);
            }
            Self::Beside(tally, sum) => {
                out.push(4);
                tally.put(out);
                sum.put(out);
            }
        }
    }

    fn take(from: &mut &[u64]) -> Option<Self> {
        Some(match u64::take(from)? {
            0 => Self::Derivs(Words::take(from)?),
            1 => Self::Recession(Words::take(from)?),
            2 => Self::Moments(Words::take(from)?),
            3 => Self::Gathered(Words::take(from)?),
            4 => Self::Beside(Box::new(Self::take(from)?), Words::take(from)?),
            _ => return None,
        })
    }
}

impl Tally {
    /// The tally as words.
    #[must_use]
    pub fn to_words(&self) -> Vec<u64> {
        let mut out = Vec::new();
        self.put(&mut out);
        out
    }

    /// Words of the tally, as good as.
    #[must_use]
    pub fn size(&self) -> usize {
        let of = |d: &Derivs| 2 * d.score.len() + d.info.len() + d.info_low.len() + d.beside.len();
        match self {
            Self::Derivs(derivs) => derivs.iter().map(of).sum(),
            Self::Recession(_) => 0,
            Self::Moments(sums) => sums.sample.len() + sums.classes.len() + sums.offsets.len(),
            Self::Gathered(sum) => sum.len(),
            Self::Beside(tally, sum) => tally.size() + sum.len(),
        }
    }

    /// The tally of these words; `None` where they are none.
    #[must_use]
    pub fn from_words(mut words: &[u64]) -> Option<Self> {
        let tally = Self::take(&mut words)?;
        words.is_empty().then_some(tally)
    }

    /// Whether this can be the answer to what `zero` is the answer to over no rows: the same sums at as many points.
    #[must_use]
    pub fn is_like(&self, zero: &Self) -> bool {
        let alike = |(a, b): (&Derivs, &Derivs)| {
            let lengths = |d: &Derivs| [d.score.len(), d.info.len(), d.info_low.len()];
            lengths(a) == lengths(b)
        };
        match (self, zero) {
            (Self::Derivs(a), Self::Derivs(b)) => a.len() == b.len() && a.iter().zip(b).all(alike),
            (Self::Beside(a, _), Self::Beside(b, _)) => a.is_like(b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derivs() -> Derivs {
        Derivs {
            loglik: Dd::sum(f64::NEG_INFINITY, 0.0),
            score: vec![Dd::sum(1.0, 1e-30), Dd::ZERO],
            info: vec![2.0, 0.0, -0.0, 3.0],
            rows: 7,
            peak: f64::NEG_INFINITY,
            ..Derivs::default()
        }
    }

    #[test]
    fn every_tally_comes_back_to_the_bit() {
        let moments =
            MomentSums { range: (-1.0, f64::INFINITY), sample: vec![0.1; 3], ..MomentSums::default() };
        let tallies = [
            Tally::Derivs(vec![derivs(), Derivs::default()]),
            Tally::Recession(RecessionTally { largest: 0.3, largest_objecting: 0.2, objecting: 5 }),
            Tally::Moments(moments),
            Tally::Gathered(vec![1.0, f64::MIN_POSITIVE]),
            Tally::Beside(Box::new(Tally::Derivs(vec![derivs()])), vec![4.0]),
        ];
        for tally in tallies {
            let words = tally.to_words();
            let back = Tally::from_words(&words).expect("they are its words");
            assert_eq!(back.to_words(), words);
            assert!(back.is_like(&tally));
            // A head of twenty words at most for each point, and the lists.
            assert!(tally.size() < words.len() && words.len() <= tally.size() + 40);
            for cut in 0..words.len() {
                assert_eq!(Tally::from_words(&words[..cut]), None, "{cut} of {} words", words.len());
            }
        }
        assert_eq!(Tally::from_words(&[0, u64::MAX]), None);
        assert_eq!(Tally::from_words(&[9]), None);
    }

    #[test]
    fn an_answer_to_another_question_is_told_from_it() {
        let one = Tally::Derivs(vec![derivs()]);
        assert!(!one.is_like(&Tally::Derivs(vec![Derivs::default()])));
        assert!(!one.is_like(&Tally::Derivs(Vec::new())));
        assert!(!one.is_like(&Tally::Gathered(Vec::new())));
    }
}
