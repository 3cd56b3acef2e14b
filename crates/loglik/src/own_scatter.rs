//! Places where the climb of an own likelihood may begin, scattered over sizes and signs.
//!
//! The points of a Halton sequence fill the space evenly without chance; each is read in several ways, the same for all
//! of them, as a way that followed the sequence's own digits would leave whole signs and sizes out. Parameters of a
//! nonlinear regression whose units the text tells are read in those: places within the range of their column, rates and
//! widths of its size.

use crate::Error;
use crate::own_check::each_chunk;
use crate::prepare::Prepared;
use loglik_design::Table;
use loglik_expr::Column;
use loglik_likelihood::{Likelihood, Support};
use loglik_num as num;
use loglik_own::{Own, Unit};

/// The start about which points are scattered.
pub(crate) struct Centre<'a> {
    /// Coefficients in the fit's own columns                                 `[p]`
    pub(crate) beta: &'a [f64],
    /// Coordinates that have a start from the user                           `[k]`
    pub(crate) given: &'a [bool],
    /// Coefficients that need no place: they are put to their best wherever the others are.
    pub(crate) linear: &'a [usize],
}

/// Readings of one scattered point without units: three of a number, two of a positive one.
const WAYS: usize = 6;

/// Readings in units: places within the range or anywhere, signs both or positive, sizes near or far.
const WAYS_IN_UNITS: usize = 8;

/// `n` points about the first start: coordinates that have a start keep its sign and change in size, the others range
/// over sizes and signs                                                      `[n][p]`
pub(crate) fn scattered(
    prepared: &Prepared,
    own: &Own,
    centre: &Centre<'_>,
    n: usize,
) -> Result<Vec<Vec<f64>>, Error> {
    let moves = |c: &&crate::prepare::NamedCoef| c.coef.term.is_none() && own.uses(c.k);
    let moved: Vec<(usize, usize)> = prepared.coefs.iter().filter(moves).map(|c| (c.k, c.at)).collect();
    let (middle, spread) = observed(prepared)?;
    let point = |i: usize| {
        let mut beta = centre.beta.to_vec();
        for (d, (k, at)) in moved.iter().enumerate() {
            let t = 2.0 * halton(i / WAYS + 1, prime(d)) - 1.0;
            let support = own.spec().params[*k].support;
            beta[*at] = if centre.given[*k] {
                near_given(beta[*at], support, t)
            } else {
                anywhere(beta[*at], support, t, i % WAYS, (middle, spread))
            };
        }
        beta
    };
    let sizes = sizes(prepared, own);
    if sizes.iter().all(Option::is_none) {
        return Ok((0..n).map(point).collect());
    }
    let nonlinear: Vec<(usize, usize)> =
        moved.iter().filter(|(_, at)| !centre.linear.contains(at)).copied().collect();
    let in_units = |i: usize| {
        let mut beta = point(i);
        for (d, (k, at)) in nonlinear.iter().enumerate() {
            let t = 2.0 * halton(i / WAYS_IN_UNITS + 1, prime(d)) - 1.0;
            if !centre.given[*k]
                && let Some(size) = &sizes[*k]
            {
                beta[*at] = size.read(own.spec().params[*k].support, t, i % WAYS_IN_UNITS);
            }
        }
        beta
    };
    Ok((0..n).map(|i| if i.is_multiple_of(2) { in_units(i / 2) } else { point(i / 2) }).collect())
}

/// A start of the user, by a factor of up to thirty either way.
fn near_given(begin: f64, support: Support, t: f64) -> f64 {
    if support == Support::Real { begin * num::exp(3.4 * t) } else { begin + 3.4 * t }
}

/// A coordinate of which nothing is known but what is observed.
fn anywhere(begin: f64, support: Support, t: f64, way: usize, (middle, spread): (f64, f64)) -> f64 {
    match support {
        Support::Real => match way % 3 {
            0 => middle + 2.0 * spread * t,
            1 => t.signum() * num::expm1(7.0 * t.abs()) / 10.0,
            // Sizes from 1e-5 to 1e3.
            _ => t.signum() * num::exp(18.4 * t.abs() - 11.5),
        },
        Support::Unit | Support::Between(..) => begin + 4.0 * t,
        _ if way % 2 == 1 && spread > 0.0 => num::log(spread) + 2.0 * t,
        _ => begin + 6.0 * t,
    }
}

/// What the units of a parameter make of the columns.
struct Size {
    /// Product of quarters of the columns' ranges, to the unit's powers.
    near: f64,
    /// Product of the columns' greatest values, to the unit's powers.
    far: f64,
    /// Ends of the range in which the place that it marks would be seen.
    place: Option<[f64; 2]>,
}

impl Size {
    fn read(&self, support: Support, t: f64, way: usize) -> f64 {
        let (inside, positive, is_near) = (way & 1 == 0, way & 2 == 0, way & 4 == 0);
        let (size, reach) = if is_near { (self.near, 1.5) } else { (self.far, 5.0) };
        match (self.place, support) {
            (Some([low, high]), Support::Real) if inside => low + 0.5 * (1.0 + t) * (high - low),
            (_, Support::Real) if positive => size * num::exp(reach * t),
            (_, Support::Real) => t.signum() * size * num::exp(reach * (2.0 * t.abs() - 1.0)),
            (_, Support::Unit | Support::Between(..)) => 4.0 * t,
            _ => num::log(size) + reach * t,
        }
    }
}

/// Sizes of the coordinates of a regression                                  `[k]`
fn sizes(prepared: &Prepared, own: &Own) -> Vec<Option<Size>> {
    let none = || (0..own.spec().k()).map(|_| None).collect();
    let Some(regression) = own.regression() else { return none() };
    regression.units.iter().map(|unit| of_unit(&prepared.table, unit.as_ref()?)).collect()
}

fn of_unit(table: &Table, unit: &Unit) -> Option<Size> {
    let (mut near, mut far) = (1.0, 1.0);
    for (name, power) in &unit.powers {
        let [low, high] = range(table, name)?;
        near *= num::pow(0.25 * (high - low), *power);
        far *= num::pow(low.abs().max(high.abs()), *power);
    }
    let place = match &unit.place {
        None => None,
        Some((name, plus)) => range(table, name).map(|ends| if *plus { ends } else { ends.map(|e| -e) }),
    };
    (near > 0.0 && near.is_finite() && far.is_finite()).then_some(Size { near, far, place })
}

/// Least and greatest finite value of a column; `None` where they are the same.
fn range(table: &Table, name: &str) -> Option<[f64; 2]> {
    let Some(Column::Number(values)) = table.column(name) else { return None };
    let finite = values.iter().filter(|v| v.is_finite());
    let ends = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(*v), b.max(*v)]);
    (ends[0] < ends[1]).then_some(ends)
}

/// Middle and spread of the observed value, where the text has one.
fn observed(prepared: &Prepared) -> Result<(f64, f64), Error> {
    let (mut n, mut first, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0);
    each_chunk(prepared, &mut |chunk| {
        for y in &chunk.y[0][..chunk.rows] {
            if n == 0.0 {
                first = *y;
            }
            n += 1.0;
            sum += y - first;
            squares += (y - first) * (y - first);
        }
    })?;
    let mean = sum / n;
    let (centre, spread) = (first + mean, (squares / n - mean * mean).max(0.0).sqrt());
    Ok(if centre.is_finite() && spread.is_finite() { (centre, spread) } else { (0.0, 0.0) })
}

/// Element `i` of the van der Corput sequence in a base, in (0, 1).
fn halton(mut i: usize, base: usize) -> f64 {
    let (mut f, mut sum) = (1.0, 0.0);
    while i > 0 {
        f /= base as f64;
        sum += f * (i % base) as f64;
        i /= base;
    }
    sum
}

/// The prime number of this place, from 0; the last one serves all further places.
fn prime(at: usize) -> usize {
    const PRIMES: [usize; 20] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71];
    PRIMES[at.min(PRIMES.len() - 1)]
}
