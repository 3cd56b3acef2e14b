//! The request behind a model file: what fits the same model again to its rows.

use crate::{Dispersion, FitSpec, ModelFile};

impl ModelFile {
    /// A request for the model of this file: the same likelihood, formula, links, held parameters, weights and roles.
    ///
    /// Which rows are used is not in a model file: the caller brings the rows.
    #[must_use]
    pub fn spec(&self) -> FitSpec {
        let (fit, stored) = (&self.fit, &self.prediction);
        let inside = stored.link_inside.iter().map(|link| ("mu".to_owned(), link.clone()));
        let links = fit.links.iter().map(|(name, link)| (name.clone(), link.clone()));
        FitSpec {
            formula: fit.formula.clone(),
            likelihood: fit.likelihood.clone(),
            links: inside.chain(links).collect(),
            fixed: fit.fixed.iter().map(|(name, value)| (name.clone(), *value)).collect(),
            weights: fit.weights.as_ref().map(|w| w.column.clone()),
            weight_kind: fit.weights.as_ref().map(|w| w.kind).unwrap_or_default(),
            offset: fit.offset.clone(),
            exposure: fit.exposure.clone(),
            cluster: fit.cluster.clone(),
            event: fit.response.event.clone(),
            reference: stored.reference.clone(),
            tau: (fit.likelihood == "quantile").then_some(stored.tau),
            structure: stored.structure.clone(),
            dispersion: match fit.dispersion_kind.as_str() {
                "pearson" => Dispersion::Pearson,
                "deviance" => Dispersion::Deviance,
                "given" => Dispersion::Value(fit.dispersion.0),
                "unbiased" => Dispersion::Default,
                _ => Dispersion::Ml,
            },
            level: Some(fit.level),
            ..FitSpec::default()
        }
    }
}
