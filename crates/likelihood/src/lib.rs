//! loglik-likelihood.
