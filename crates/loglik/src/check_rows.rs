//! Linear predictor and mean of every row used, for diagnosis.

use crate::predict::mean_of;
use crate::{Error, Fitted};
use loglik_design::Source;
use loglik_fit::{Precision, RunError, Sweep};

/// Values of all rows used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// Linear predictor of the main parameter                                `[n]`
    pub(crate) etas: Vec<f64>,
    /// Mean of the response; empty where the likelihood does not know it       `[n]`
    pub(crate) means: Vec<f64>,
}

impl Values {
    pub(crate) fn of(fitted: &Fitted) -> Result<Self, Error> {
        let (fit, source) = (&fitted.fit, &fitted.prepared.source);
        let mut out = Self::default();
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                let mut sweep = Sweep::default();
                sweep.predict(&fit.model, &fit.point, Precision::Plain, &fit.limits, chunk);
                sweep.coordinates(&fit.model, chunk);
                out.etas.extend_from_slice(&sweep.etas[0][..chunk.rows]);
                if let Some(means) = mean_of(&fit.model, &sweep.us) {
                    out.means.extend_from_slice(&means[..chunk.rows]);
                }
                Ok(())
            });
            read.map_err(|halt| Error::from(RunError::from(halt)))?;
        }
        Ok(out)
    }
}
