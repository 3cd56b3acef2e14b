//! Which loss a likelihood implies, and which likelihood makes a loss a maximum-likelihood problem.
//!
//! One row's minus log-likelihood at linear predictor `e` with the default link, up to what does not depend on `e`, with
//! its first and second derivative in `e`. McCullagh & Nelder (1989), Generalized Linear Models; Koenker (2005),
//! Quantile Regression; Huber & Ronchetti (2009), Robust Statistics.

use serde::Serialize;

/// One loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Its names, the usual one first.
    pub names: &'static [&'static str],
    /// The likelihood whose loss it is; absent where there is none.
    pub likelihood: Option<&'static str>,
    /// The loss of one row.
    pub loss: &'static str,
    /// Its derivative in `e`.
    pub gradient: &'static str,
    /// Its second derivative in `e`.
    pub hessian: &'static str,
    /// What follows.
    pub remark: &'static str,
}

/// The losses that people name.
pub const LOSSES: [Loss; 11] = [
    Loss {
        names: &["squared", "mse", "l2", "least_squares"],
        likelihood: Some("gaussian"),
        loss: "(y - e)^2 / (2 sigma^2) + log sigma",
        gradient: "(e - y) / sigma^2",
        hessian: "1 / sigma^2",
        remark: "The coefficients do not depend on sigma, so least squares is maximum likelihood; sigma sets their errors.",
    },
    Loss {
        names: &["absolute", "mae", "l1", "lad"],
        likelihood: Some("laplace"),
        loss: "|y - e| / sigma + log(2 sigma)",
        gradient: "-sign(y - e) / sigma",
        hessian: "0, but for a kink at y = e",
        remark: "The maximum is a vertex that meets as many rows as there are coefficients; with an even number it may be a set.",
    },
    Loss {
        names: &["pinball", "quantile", "check"],
        likelihood: Some("quantile"),
        loss: "(y - e) (tau - [y < e]) / sigma + log sigma",
        gradient: "([y < e] - tau) / sigma",
        hessian: "0, but for a kink at y = e",
        remark: "The asymmetric Laplace density; e is the quantile tau of the response.",
    },
    Loss {
        names: &["cross_entropy", "log_loss", "logistic", "binary_cross_entropy"],
        likelihood: Some("bernoulli"),
        loss: "log(1 + exp(e)) - y e",
        gradient: "p - y,  p = 1 / (1 + exp(-e))",
        hessian: "p (1 - p)",
        remark: "Convex; a maximum exists unless the rows are separated. The mean prediction is the base rate.",
    },
    Loss {
        names: &["softmax", "categorical_cross_entropy"],
        likelihood: Some("categorical"),
        loss: "log(1 + sum_k exp(e_k)) - e_y,  e = 0 for the base class",
        gradient: "p_k - [y = k]",
        hessian: "p_k ([j = k] - p_j)",
        remark: "Convex; one linear predictor for every class but the base.",
    },
    Loss {
        names: &["poisson_deviance", "poisson"],
        likelihood: Some("poisson"),
        loss: "exp(e) - y e",
        gradient: "exp(e) - y",
        hessian: "exp(e)",
        remark: "Half the deviance up to a constant; consistent for the mean of any response that is not negative.",
    },
    Loss {
        names: &["gamma_deviance", "gamma"],
        likelihood: Some("gamma"),
        loss: "shape (y exp(-e) + e)",
        gradient: "shape (1 - y exp(-e))",
        hessian: "shape y exp(-e)",
        remark: "The coefficients do not depend on the shape; it sets their errors.",
    },
    Loss {
        names: &["student", "robust", "student_t"],
        likelihood: Some("student_t"),
        loss: "(nu + 1)/2 log(1 + (y - e)^2 / (nu sigma^2)) + log sigma",
        gradient: "(nu + 1) (e - y) / (nu sigma^2 + (y - e)^2)",
        hessian: "(nu + 1) (nu sigma^2 - (y - e)^2) / (nu sigma^2 + (y - e)^2)^2",
        remark: "Not convex: far rows pull less and less, and several maxima are possible.",
    },
    Loss {
        names: &["huber"],
        likelihood: None,
        loss: "r^2 / 2 for |r| <= c, else c |r| - c^2 / 2,  r = (y - e) / sigma",
        gradient: "-r, held within -c and c, over sigma",
        hessian: "1 / sigma^2 for |r| <= c, else 0",
        remark: "exp(-loss) is a density in y (a normal with exponential tails, Huber 1964), which is not among the \
                 likelihoods here; student_t is the robust one, and `loglik mle` takes its text.",
    },
    Loss {
        names: &["hinge", "svm"],
        likelihood: None,
        loss: "max(0, 1 - s e),  s = -1 or 1",
        gradient: "-s where s e < 1, else 0",
        hessian: "0, but for a kink at s e = 1",
        remark: "exp(-hinge) does not sum to one over the two classes for every e: it is no log density of y given x, \
                 and its scores are no probabilities.",
    },
    Loss {
        names: &["zero_one", "accuracy", "misclassification"],
        likelihood: None,
        loss: "[y differs from the class predicted]",
        gradient: "0 almost everywhere",
        hessian: "0 almost everywhere",
        remark: "Not a likelihood: it says nothing of how sure a prediction was. Fit bernoulli, then choose a threshold by cost.",
    },
];

/// The loss of a name.
#[must_use]
pub fn loss(name: &str) -> Option<&'static Loss> {
    let name = name.to_ascii_lowercase().replace(['-', ' '], "_");
    LOSSES.iter().find(|loss| loss.names.contains(&name.as_str()))
}

/// The loss that a likelihood implies, by its name in the registry.
#[must_use]
pub fn loss_of(likelihood: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|loss| loss.likelihood == Some(likelihood))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_expr::{Column, evaluate, parse_expression};

    /// The value of a formula of the card at one point.
    fn value(text: &str, at: &[(&str, f64)]) -> f64 {
        let columns = at.iter().map(|(name, value)| (*name, Column::Number(vec![*value])));
        let table = loglik_design::Table::from_columns(columns).expect("different names");
        let tree = parse_expression(text).expect(text);
        let Ok(Column::Number(values)) = evaluate(&tree, &table) else { panic!("{text} is a number") };
        values[0]
    }

    #[test]
    fn gradients_and_hessians_are_derivatives_of_the_losses() {
        for name in ["gaussian", "poisson", "gamma", "student_t"] {
            let card = loss_of(name).expect("it has a card");
            // Products are written with a space, as in print.
            let typed = |text: &str| {
                let text: Vec<char> = text.replace("log sigma", "log(sigma)").chars().collect();
                let ends = |c: char| c.is_alphanumeric() || c == ')';
                let begins = |c: char| c.is_alphanumeric() || c == '(';
                let is_product = |i: usize| text[i] == ' ' && ends(text[i - 1]) && begins(text[i + 1]);
                (0..text.len()).map(|i| if is_product(i) { '*' } else { text[i] }).collect::<String>()
            };
            let at = |e: f64| [("y", 1.7), ("e", e), ("sigma", 1.3), ("nu", 4.0), ("shape", 2.5)];
            let of = |text: &str, e: f64| value(&typed(text), &at(e));
            for e in [-0.4, 0.3, 1.1] {
                let step = 1e-5;
                let slope = |text: &str| (of(text, e + step) - of(text, e - step)) / (2.0 * step);
                // Central differences: error about step^2, 1e-10.
                assert!((slope(card.loss) - of(card.gradient, e)).abs() < 1e-8, "{name} gradient at {e}");
                assert!((slope(card.gradient) - of(card.hessian, e)).abs() < 1e-8, "{name} hessian at {e}");
            }
        }
    }

    #[test]
    fn a_name_finds_one_loss_in_any_spelling() {
        assert_eq!(loss("Log-Loss").and_then(|l| l.likelihood), Some("bernoulli"));
        assert_eq!(loss("hinge").map(|l| l.likelihood), Some(None));
        let names: Vec<&str> = LOSSES.iter().flat_map(|l| l.names).copied().collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)));
    }
}
