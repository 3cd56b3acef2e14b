//! Tails that several families share: of the beta distribution by the logit of the point, and of gamma counts.

use loglik_num::{Lane, Real};

/// log I_x(a, b) at x = 1 / (1 + e^-v), or log(1 - I_x(a, b)) where `lower` is false.
///
/// The smaller of x and 1 - x goes in, so no digit of `v` is lost at either end.
#[inline(always)]
pub(crate) fn log_beta_tail<T: Real>(v: T, a: T, b: T, lower: bool) -> T {
    let small = v.value().le(Lane::ZERO);
    let x = T::select(small, v, -v).sigmoid();
    let (p, q) = (T::select(small, a, b), T::select(small, b, a));
    // I_x(a, b) = 1 - I_(1 - x)(b, a)
    let direct = if lower { small } else { !small };
    if direct.all() {
        return x.log_beta_inc(p, q);
    }
    if !direct.any() {
        return x.log_beta_inc_upper(p, q);
    }
    T::select(direct, x.log_beta_inc(p, q), x.log_beta_inc_upper(p, q))
}
