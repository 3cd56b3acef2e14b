//! loglik-num.
