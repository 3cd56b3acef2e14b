//! loglik-expr.
