//! loglik-fit.
