//! The parameters that a field uses, from the coordinates of ours: `shape` and `rate` of a gamma.
//!
//! A family states the map both ways; its derivatives come by jets, so standard errors follow by the delta method. A
//! wrapper's map is put together of parts, each on its own coordinates.

use crate::Support;
use loglik_num::{Jet, Lane};

/// Coordinates and reported parameters of one family at most.
pub(crate) const MOST: usize = 3;

/// Coordinates, with derivatives, of one family.
pub type Coordinates = [Jet<MOST>; MOST];

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
            let start = values.len();
            let held: Coordinates = std::array::from_fn(|i| {
                let value = if i < part.k() { u[start + i] } else { 0.0 };
                Jet::variable(Lane::splat(value), i)
            });
            let shown = match part {
                NaturalPart::Family(map, _) => (map.from_u)(held),
                NaturalPart::Single(_, support) => {
                    let mut shown = held;
                    shown[0] = support.from_u(held[0]);
                    shown
                }
            };
            for (i, jet) in shown.iter().take(part.k()).enumerate() {
                values.push(jet.v.0[0]);
                for j in 0..part.k() {
                    slopes[(start + i) * k + start + j] = jet.g[j].0[0];
                }
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
                NaturalPart::Family(map, _) => {
                    let given = std::array::from_fn(|i| mine.get(i).copied().unwrap_or(0.0));
                    u.extend_from_slice(&(map.to_u)(given)[..part.k()]);
                }
            }
        }
        u
    }
}
