//! The parameters that a field uses, from the coordinates of ours: `shape` and `rate` of a gamma.
//!
//! A family states the map both ways; its derivatives come by jets, so standard errors follow by the delta method. A
//! wrapper's map is put together of parts, each on its own coordinates.

use crate::Support;
use loglik_num::{Jet, Lane, Outlined, exp, log, logaddexp};

/// Coordinates and reported parameters of one family at most.
pub(crate) const MOST: usize = 3;

/// Coordinates, with derivatives, of one family.
pub type Coordinates = [Outlined<Jet<MOST>>; MOST];

/// How one family's usual parameters follow from its coordinates.
#[derive(Clone, Copy, Debug)]
pub struct NaturalMap {
    /// Names of the reported parameters.
    pub names: &'static [&'static str],
    /// From coordinates; only the first `names.len()` entries are meant.
    pub from_u: fn(Coordinates) -> Coordinates,
    /// Back to coordinates; NaN where the values are outside the parameter space.
    pub to_u: fn([f64; MOST]) -> [f64; MOST],
}

/// One part of a map, with the coordinates that it reads.
#[derive(Clone, Debug)]
pub enum NaturalPart {
    /// A family's map, and a suffix to its names (`.1`, `.2` in mixtures, else empty).
    Family(&'static NaturalMap, String),
    /// One coordinate shown as its natural value.
    Single(String, Support),
    /// Shares of all components of a mixture but the first, from the logs of their ratios to it.
    Shares(Vec<String>),
}

/// The map of a likelihood, part after part along `u`.
#[derive(Clone, Debug, Default)]
pub struct Natural(pub Vec<NaturalPart>);

impl NaturalPart {
    /// Number of reported parameters, which is the number of coordinates.
    #[must_use]
    pub fn k(&self) -> usize {
        match self {
            Self::Family(map, _) => map.names.len(),
            Self::Single(..) => 1,
            Self::Shares(names) => names.len(),
        }
    }

    /// Reported values `[k]` and their derivatives in `u`, row by row `[k][k]`, for this part's `u` `[k]`.
    fn values(&self, u: &[f64]) -> (Vec<f64>, Vec<f64>) {
        match self {
            Self::Family(map, _) => {
                let value = |i: usize| Lane::splat(u.get(i).copied().unwrap_or(0.0));
                let held: Coordinates = std::array::from_fn(|i| Outlined(Jet::variable(value(i), i)));
                let shown = (map.from_u)(held);
                let shown = &shown[..self.k()];
                let slopes =
                    shown.iter().flat_map(|jet| jet.0.g[..self.k()].iter().map(|g| g.0[0])).collect();
                (shown.iter().map(|jet| jet.0.v.0[0]).collect(), slopes)
            }
            Self::Single(_, support) => {
                let shown = support.from_u(Jet::<1>::variable(Lane::splat(u[0]), 0));
                (vec![shown.v.0[0]], vec![shown.g[0].0[0]])
            }
            Self::Shares(_) => {
                let total = u.iter().copied().fold(0.0, logaddexp);
                let p: Vec<f64> = u.iter().map(|u| exp(u - total)).collect();
                let slope = |i: usize, j: usize| p[i] * (f64::from(i == j) - p[j]);
                let slopes = (0..p.len()).flat_map(|i| (0..p.len()).map(move |j| (i, j)));
                (p.clone(), slopes.map(|(i, j)| slope(i, j)).collect())
            }
        }
    }
}

impl Natural {
    /// Names of the reported parameters                                   `[k]`
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for part in &self.0 {
            match part {
                NaturalPart::Family(map, suffix) => {
                    names.extend(map.names.iter().map(|name| format!("{name}{suffix}")));
                }
                NaturalPart::Single(name, _) => names.push(name.clone()),
                NaturalPart::Shares(shares) => names.extend(shares.iter().cloned()),
            }
        }
        names
    }

    /// Reported values `[k]` and their derivatives in `u`, row by row `[k][k]`, for `u` `[k]`.
    #[must_use]
    pub fn values(&self, u: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let k = u.len();
        let (mut values, mut slopes) = (Vec::with_capacity(k), vec![0.0; k * k]);
        for part in &self.0 {
            let (start, size) = (values.len(), part.k());
            let (shown, steep) = part.values(&u[start..start + size]);
            values.extend(shown);
            for (i, row) in steep.chunks_exact(size).enumerate() {
                let at = (start + i) * k + start;
                slopes[at..at + size].copy_from_slice(row);
            }
        }
        (values, slopes)
    }

    /// Coordinates of reported `values` `[k]`; NaN where they are outside the parameter space.
    #[must_use]
    pub fn to_u(&self, values: &[f64]) -> Vec<f64> {
        let mut u = Vec::with_capacity(values.len());
        for part in &self.0 {
            let mine = &values[u.len()..u.len() + part.k()];
            match part {
                NaturalPart::Single(_, support) => u.push(support.coordinate(mine[0])),
                NaturalPart::Shares(_) => {
                    let first = 1.0 - mine.iter().sum::<f64>();
                    u.extend(mine.iter().map(|share| log(share / first)));
                }
                NaturalPart::Family(map, _) => {
                    let given = std::array::from_fn(|i| mine.get(i).copied().unwrap_or(0.0));
                    u.extend_from_slice(&(map.to_u)(given)[..part.k()]);
                }
            }
        }
        u
    }
}
