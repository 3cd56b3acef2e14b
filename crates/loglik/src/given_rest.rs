//! What the log-likelihood says with the rest held: constants of grouped rows, standard errors given the other estimates.

use crate::{Error, Fitted};
use loglik_design::Source;
use loglik_fit::RunError;
use loglik_likelihood::ResponseKind;
use loglik_num::Lane;

impl Fitted {
    /// Standard error of a parameter that is one number, on its link scale, all other estimates taken as known: one
    /// over the root of its own entry in the observed information. MASS prints it beside `theta`.
    #[must_use]
    pub fn standard_error_given_rest(&self, parameter: &str) -> Option<f64> {
        let k = self.fit.model.likelihood.spec().param(parameter)?;
        let predictor = &self.fit.model.predictors[k];
        let at = predictor.intercept.filter(|_| predictor.is_constant())?;
        Some(self.fit.end.info[at * self.fit.model.p + at].sqrt().recip())
    }

    /// The part of the log-likelihood that no parameter enters: logs of the binomial or multinomial coefficients of
    /// grouped rows, weighted as the rows are. Some programs leave it out.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn log_coefficients(&self) -> Result<f64, Error> {
        let kind = self.fit.model.likelihood.spec().response;
        let log_factorial = |n: f64| Lane::splat(n).log_factorial().0[0];
        let coefficient = |y: &[Vec<f64>], r: usize| match kind {
            ResponseKind::Trials => {
                log_factorial(y[1][r]) - log_factorial(y[0][r]) - log_factorial(y[1][r] - y[0][r])
            }
            ResponseKind::ClassCounts => {
                let total = y.iter().map(|column| column[r]).sum();
                log_factorial(total) - y.iter().map(|column| log_factorial(column[r])).sum::<f64>()
            }
            _ => 0.0,
        };
        let (source, mut sum) = (&self.prepared.source, 0.0);
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                let rows = (0..chunk.rows).map(|r| chunk.weight[r] * coefficient(&chunk.y, r));
                sum += rows.sum::<f64>();
                Ok(())
            });
            read.map_err(|halt| Error::from(RunError::from(halt)))?;
        }
        Ok(sum)
    }
}
