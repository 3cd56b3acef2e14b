//! A step: a function whose value and derivatives are known in closed form, differentiated as a whole.
//!
//! Derivatives through a formula's inner steps lose digits that the formula took care to keep, so each special
//! function states its own. A [`Step`] has two faces: `value` for plain lanes, and `expand` which gives value,
//! gradient and Hessian together, so that work is shared and plain evaluation pays for none of it.

use crate::lane::Lane;

/// Value, gradient and lower Hessian of a function of `N` arguments at one point per row.
#[derive(Copy, Clone, Debug)]
pub struct Taylor<const N: usize> {
    /// Value.
    pub v: Lane,
    /// First derivatives `[N]`
    pub g: [Lane; N],
    /// Second derivatives; `h[i][j]` is read for `j <= i` only `[N][N]`
    pub h: [[Lane; N]; N],
}

/// A twice differentiable function of `N` arguments.
pub trait Step<const N: usize>: Copy {
    /// The value alone.
    fn value(self, x: [Lane; N]) -> Lane;
    /// Value and first two derivatives. The value has the same bits as [`Step::value`].
    fn expand(self, x: [Lane; N]) -> Taylor<N>;
}

impl Taylor<1> {
    /// A function of one argument from its value and two derivatives.
    #[inline(always)]
    pub fn one(v: Lane, d1: Lane, d2: Lane) -> Taylor<1> {
        Taylor { v, g: [d1], h: [[d2]] }
    }
}

impl Taylor<2> {
    /// A function of `(a, b)` from its value, `[f_a, f_b]` and `[f_aa, f_ab, f_bb]`.
    #[inline(always)]
    pub fn two(v: Lane, g: [Lane; 2], h: [Lane; 3]) -> Taylor<2> {
        Taylor { v, g, h: [[h[0], Lane::ZERO], [h[1], h[2]]] }
    }
}
