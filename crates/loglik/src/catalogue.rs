//! What the registry of likelihoods holds, for people.

use loglik_likelihood::{Args, Spec, WRAPPERS, families};

/// One likelihood or wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Other names that are understood.
    pub aliases: Vec<String>,
    /// Its parameters, the location first; what it takes for a wrapper.
    pub parameters: Vec<String>,
    /// What it is.
    pub title: String,
}

/// Every likelihood and wrapper, in the order of the registry.
#[must_use]
pub fn likelihoods() -> Vec<Listed> {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let args = Args { classes: vec!["1".into(), "2".into(), "3".into()], ..Args::default() };
    let families = families::ALL.iter().map(|family| {
        let parameters = (family.make)(&args).map_or_else(|_| Vec::new(), |l| formula_names(l.spec()));
        Listed {
            name: family.name.to_owned(),
            aliases: words(family.aliases),
            parameters,
            title: family.title.to_owned(),
        }
    });
    let wrappers = WRAPPERS.iter().map(|wrapper| Listed {
        name: format!("{}(..)", wrapper.name),
        aliases: words(wrapper.aliases),
        parameters: Vec::new(),
        title: wrapper.title.to_owned(),
    });
    families.chain(wrappers).collect()
}

/// Names of the parameters as formulas call them: a predictor for each class is `mu`, a group goes by its own name.
fn formula_names(spec: &Spec) -> Vec<String> {
    if spec.shared_predictor {
        return vec!["mu".to_owned()];
    }
    let mut names: Vec<String> =
        spec.params.iter().map(|p| p.group.as_ref().unwrap_or(&p.name).clone()).collect();
    names.dedup();
    names
}

/// The likelihood of a log-likelihood: 0 where it is too small for a double.
#[must_use]
pub fn likelihood_of(loglik: f64) -> f64 {
    loglik_num::exp(loglik)
}
