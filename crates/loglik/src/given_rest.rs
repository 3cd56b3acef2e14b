//! What the log-likelihood says with the rest held: constants of grouped rows, standard errors given the other estimates.

use crate::Fitted;
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
    #[must_use]
    pub fn log_coefficients(&self) -> f64 {
        let y = &self.prepared.source.rows().y;
        let log_factorial = |n: f64| Lane::splat(n).log_factorial().0[0];
        let coefficient = |r: usize| match self.fit.model.likelihood.spec().response {
            ResponseKind::Trials => {
                log_factorial(y[1][r]) - log_factorial(y[0][r]) - log_factorial(y[1][r] - y[0][r])
            }
            ResponseKind::ClassCounts => {
                let total = y.iter().map(|column| column[r]).sum();
                log_factorial(total) - y.iter().map(|column| log_factorial(column[r])).sum::<f64>()
            }
            _ => 0.0,
        };
        let weights = self.spec.weights.as_ref().and_then(|name| self.table().column(name));
        let weight = |r: usize| match weights {
            Some(loglik_expr::Column::Number(w)) => w[r],
            _ => 1.0,
        };
        (0..self.table().rows()).map(|r| weight(r) * coefficient(r)).sum()
    }
}
