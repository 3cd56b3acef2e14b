//! Tails of the generalised gamma: incomplete gamma functions, and Temme's expansion where Q is near 0.
//!
//! P(W <= w) is P(a, a e^(Q w)) for Q > 0 and Q(a, ..) for Q < 0, a = Q^-2. Near Q = 0 both run to infinity in a, and
//! their derivatives in Q cancel. There P(W <= w) = Phi(v) - phi(v) Q S, with v = w sqrt(2 r(Q w)), eta = Q v and
//! S = sum_k Q^(2k) C_k(eta), is smooth through 0: the normal. DLMF 8.12.3-8.12.12; Temme (1979), SIAM J. Math. Anal. 10(4).

use crate::limits::{Bent, LogMills};
use loglik_num::{Lane, Mask, Real};

/// The expansion is used for |Q| up to here: what is left out is below Q^9 / 1000.
const SMALL_Q: f64 = 0.05;
/// And for |Q w| up to here, where the series in eta have 1e-16.
const SMALL_BEND: f64 = 0.5;

/// C_k(eta), lowest power first, by exact recursion at 60 digits.
const C_0: [f64; 18] = [
    -0.3333333333333333,
    0.08333333333333333,
    -0.014814814814814815,
    0.0011574074074074073,
    0.0003527336860670194,
    -0.0001787551440329218,
    3.919263178522438e-05,
    -2.185448510679992e-06,
    -1.85406221071516e-06,
    8.296711340953087e-07,
    -1.7665952736826078e-07,
    6.707853543401498e-09,
    1.0261809784240309e-08,
    -4.382036018453353e-09,
    9.14769958223679e-10,
    -2.5514193994946248e-11,
    -5.830772132550426e-11,
    2.4361948020667415e-11,
];
const C_1: [f64; 15] = [
    -0.001851851851851852,
    -0.003472222222222222,
    0.0026455026455026454,
    -0.0009902263374485596,
    0.00020576131687242798,
    -4.018775720164609e-07,
    -1.8098550334489977e-05,
    7.64916091608111e-06,
    -1.6120900894563446e-06,
    4.647127802807434e-09,
    1.378633446915721e-07,
    -5.752545603517705e-08,
    1.1951628599778148e-08,
    -1.7543241719747647e-11,
    -1.0091543710600413e-09,
];
const C_2: [f64; 12] = [
    0.004133597883597883,
    -0.0026813271604938273,
    0.0007716049382716049,
    2.0093878600823047e-06,
    -0.0001073665322636516,
    5.2923448829120125e-05,
    -1.2760635188618728e-05,
    3.423578734096138e-08,
    1.3721957309062934e-06,
    -6.298992138380055e-07,
    1.4280614206064242e-07,
    -2.0477098421990866e-10,
];
const C_3: [f64; 9] = [
    0.0006494341563786008,
    0.00022947209362139917,
    -0.0004691894943952557,
    0.00026772063206283885,
    -7.561801671883977e-05,
    -2.396505113867297e-07,
    1.1082654115347302e-05,
    -5.6749528269915965e-06,
    1.4230900732435883e-06,
];

/// log P(W <= w), or log P(W > w) where `upper`.
#[inline(always)]
pub(super) fn log_tail<T: Real>(w: T, q: T, upper: bool) -> T {
    let bend = (q * w).value().abs();
    let near = q.value().abs().le(Lane::splat(SMALL_Q)) & bend.le(Lane::splat(SMALL_BEND));
    if near.all() {
        return near_normal(w, q, upper);
    }
    let far = by_gamma(w, T::select(near, T::constant(1.0), q), upper);
    if near.any() {
        T::select(near, near_normal(w, T::select(near, q, T::constant(0.0)), upper), far)
    } else {
        far
    }
}

/// Temme's expansion; the correction is taken relative to the normal tail by Mills' ratio.
#[inline(always)]
fn near_normal<T: Real>(w: T, q: T, upper: bool) -> T {
    let two = Lane::splat(2.0);
    let v = w * (q * w).apply(Bent).scale(two).sqrt();
    let (eta, q2) = (q * v, q.square());
    let outer = polynomial(eta, &C_2) + q2 * polynomial(eta, &C_3);
    let series = polynomial(eta, &C_0) + q2 * (polynomial(eta, &C_1) + q2 * outer);
    let (beyond, sign) = if upper { (v, Lane::ONE) } else { (-v, -Lane::ONE) };
    let correction = (q * series).scale(sign) * (-beyond.apply(LogMills)).exp();
    (-beyond).log_ndtr() + correction.log1p()
}

/// Value of a polynomial, lowest power first.
#[inline(always)]
fn polynomial<T: Real, const N: usize>(x: T, c: &[f64; N]) -> T {
    c.iter().rev().skip(1).fold(T::constant(c[N - 1]), |sum, &c| (sum * x).add_lane(Lane::splat(c)))
}

/// log P(a, a e^(Q w)) or log Q(a, ..), by the sign of Q.
#[inline(always)]
fn by_gamma<T: Real>(w: T, q: T, upper: bool) -> T {
    let positive = q.value().gt(Lane::ZERO);
    let lower: Mask = if upper { !positive } else { positive };
    let a = q.square().recip();
    let x = a * (q * w).exp();
    if lower.all() {
        return a.log_gamma_p(x);
    }
    let beyond = a.log_gamma_q(x);
    if lower.any() { T::select(lower, a.log_gamma_p(x), beyond) } else { beyond }
}
