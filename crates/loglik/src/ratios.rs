//! Coefficients as odds or rate ratios: their exponentials, standard errors by the delta method, ends of intervals carried
//! over. Statistics and p-values stay those of no effect, a ratio of 1.

use crate::{Error, FitResult, Number};
use loglik_num::exp;
use std::collections::BTreeMap;

impl FitResult {
    /// The same result with ratios in place of the coefficients that have one, `exp` as their scale, and the covariance of
    /// the ratios; the others stay as they are.
    ///
    /// # Errors
    /// Where no coefficient has a ratio: the main parameter's link is neither log nor logit.
    pub fn exponentiated(&self) -> Result<Self, Error> {
        let mut out = self.clone();
        let mut ratios = BTreeMap::new();
        for c in &mut out.coefficients {
            let Some(ratio) = c.ratio.take() else { continue };
            ratios.insert(c.term.clone(), ratio.0);
            "exp".clone_into(&mut c.scale);
            c.estimate = ratio;
            c.std_error = Number(ratio.0 * c.std_error.0);
            c.std_error_model = c.std_error_model.map(|se| Number(ratio.0 * se.0));
            (c.conf_low, c.conf_high) = (Number(exp(c.conf_low.0)), Number(exp(c.conf_high.0)));
        }
        if ratios.is_empty() {
            let links: Vec<String> = self.links.iter().map(|(name, link)| format!("{name} {link}")).collect();
            let message = format!(
                "--exp: exponentials are ratios where the main parameter's link is log or logit; links here: {}",
                links.join(", ")
            );
            return Err(Error::request(message).remedy("leave out --exp"));
        }
        if let Some(vcov) = &mut out.vcov {
            let by: Vec<f64> = vcov.names.iter().map(|name| *ratios.get(name).unwrap_or(&1.0)).collect();
            let places = (0..by.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
            vcov.lower.iter_mut().zip(places).for_each(|(v, (i, j))| v.0 *= by[i] * by[j]);
        }
        Ok(out)
    }
}
