//! The model file: what prediction needs and what was found, as plain versioned JSON, without rows.
//!
//! Loading runs nothing and follows no path; seals, sizes and ranges are checked before anything is used, and the
//! file's own synthetic rows are predicted.

use crate::certificate::Certificate;
use crate::own::OWN;
use crate::self_test::SelfTest;
use crate::{Decision, Error, Exit, FitResult, FitSpec, Fitted, Status, seal};
use loglik_data::Fingerprint;
use loglik_decide::recalibrate::Recalibration;
use loglik_design::{Plan, Table};
use loglik_fit::{Model, Piece, Predictor, Recession};
use loglik_likelihood::{Args, Likelihood};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The version that this program writes.
const FORMAT: &str = "loglik.model/1";

/// Bytes of a model file, at most.
const MOST_BYTES: u64 = 64 << 20;

/// A fitted model as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelFile {
    format: String,
    /// What was found.
    pub fit: FitResult,
    pub(crate) prediction: Stored,
    /// What was asked, for refits.
    #[serde(default, serialize_with = "crate::spec::serialize_asked")]
    pub(crate) request: FitSpec,
    /// How predictions become classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// What is done to probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalibration: Option<Recalibration>,
    /// What was true at the estimate.
    pub certificate: Certificate,
    /// Of the rows used.
    pub data: Fingerprint,
    #[serde(default)]
    pub(crate) self_test: SelfTest,
}

/// What prediction needs beyond the result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) plan: Plan,
    pub(crate) predictors: Vec<StoredPredictor>,
    /// Coefficients of the user's columns; finite, also where the limit model is reported  `[p]`
    pub(crate) beta: Vec<f64>,
    /// Directions along which rows run to their limit, in the user's columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) limits: Vec<StoredLimit>,
    /// Machine names and their places in `beta`.
    pub(crate) names: Vec<(String, usize)>,
    pub(crate) classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    pub(crate) counts: bool,
    /// Whether rows of a truncated response have bounds of their own.
    #[serde(default)]
    pub(crate) bounded: bool,
    pub(crate) tau: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) power: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) structure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link_inside: Option<String>,
}

/// One predictor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredPredictor {
    /// Block, first coefficient, number of coefficients.
    pieces: Vec<(usize, usize, usize)>,
    constant: f64,
    link: String,
    /// Offset column of the chunks that is added, if any.
    offset: Option<usize>,
}

impl StoredPredictor {
    /// Whether nothing in it is estimated.
    pub(crate) fn is_held(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What is added to it.
    pub(crate) fn constant(&self) -> f64 {
        self.constant
    }
}

/// One direction of recession.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredLimit {
    direction: Vec<f64>,
    cut: f64,
    shift: f64,
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new("model_file_invalid", Exit::Data, message).remedy("fit the model again with -o")
}

/// The fields of something that is written as a JSON object.
fn object(of: &impl Serialize) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(Error::new("internal", Exit::Internal, error.to_string())),
    }
}

impl ModelFile {
    /// What was asked of the fit, the event and the base class of its response named: asked again it fits the same model.
    #[must_use]
    pub fn spec(&self) -> FitSpec {
        let (event, reference) = (self.fit.response.event.clone(), self.prediction.reference.clone());
        FitSpec { event, reference, ..self.request.clone() }
    }
}

impl Fitted {
    /// The model file, as text.
    ///
    /// # Errors
    /// When the model cannot be written down, which only a bug of ours can bring about.
    pub fn model_file(&self) -> Result<String, Error> {
        let prepared = &self.prepared;
        let predictors = self.fit.model.predictors.iter().map(|x| StoredPredictor {
            pieces: x.pieces.iter().map(|p| (p.block, p.first, p.coefs)).collect(),
            constant: x.constant,
            link: x.link.to_string(),
            offset: x.offset,
        });
        let user = |direction: &[f64]| prepared.map.to_user(direction, &vec![0.0; direction.len()]);
        let limits = self.fit.limits.iter();
        let limits = limits
            .map(|l| StoredLimit { direction: user(&l.direction), cut: l.cut, shift: l.shift })
            .collect();
        let args = &prepared.args;
        let prediction = Stored {
            plan: prepared.plan.as_ref().clone(),
            predictors: predictors.collect(),
            beta: self.beta.clone(),
            limits,
            names: prepared.coefs.iter().map(|c| (c.name.clone(), c.at)).collect(),
            classes: args.classes.clone(),
            reference: args.reference.clone(),
            counts: args.counts,
            bounded: args.bounded,
            tau: args.tau,
            power: args.power,
            structure: args.structure.clone(),
            link_inside: args.link.map(|link| link.to_string()),
        };
        let names = crate::needed_columns(&self.spec, prepared.table.names())?;
        let mut file = ModelFile {
            format: FORMAT.to_owned(),
            fit: self.result.clone(),
            prediction,
            request: self.spec.clone(),
            decision: None,
            recalibration: None,
            certificate: Certificate::of(self)?,
            data: prepared.fingerprint(&names)?,
            self_test: SelfTest::default(),
        };
        file.self_test = SelfTest::of(&file, &prepared.table)?;
        file.text()
    }
}

impl ModelFile {
    /// The model file, as text.
    ///
    /// # Errors
    /// When the model cannot be written down, which only a bug of ours can bring about.
    pub fn text(&self) -> Result<String, Error> {
        let mut json = object(self)?;
        seal::seal(&mut json);
        Ok(Value::Object(json).to_string() + "\n")
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// `no_such_file`, `model_file_invalid`, `unsupported_version`.
    pub fn load(path: &str) -> Result<Self, Error> {
        let size = std::fs::metadata(path)
            .map_err(|error| Error::new("no_such_file", Exit::Request, format!("{path}: {error}")))?
            .len();
        if size > MOST_BYTES {
            return Err(invalid(format!("{path} has {size} bytes, more than any model file")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| invalid(format!("{path}: {error}")))?;
        Self::parse(&text).map_err(|error| Error { message: format!("{path}: {}", error.message), ..error })
    }

    /// Reads the text of a model file.
    ///
    /// # Errors
    /// `model_file_invalid` with the section that is damaged, `unsupported_version`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| invalid(format!("not a whole model file: {error}")))?;
        check_version(&json)?;
        let Value::Object(mut fields) = json else { return Err(invalid("it is no JSON object")) };
        seal::open(&mut fields)?;
        let file: Self =
            serde_json::from_value(Value::Object(fields)).map_err(|error| invalid(error.to_string()))?;
        file.check_parts()?;
        file.self_test.check(&file)?;
        Ok(file)
    }

    /// Whether the parts fit together and every number is one that a fit can come to.
    fn check_parts(&self) -> Result<(), Error> {
        let stored = &self.prediction;
        let p = stored.beta.len();
        let fits = stored.predictors.iter().flat_map(|x| &x.pieces).all(|(block, first, coefs)| {
            let specs = stored.plan.block_specs();
            specs.get(*block).map(loglik_design::BlockSpec::coefs) == Some(*coefs) && first + coefs <= p
        });
        let finite = stored.beta.iter().all(|b| b.is_finite());
        let places = stored.names.iter().all(|(_, at)| *at < p);
        let directions = stored.limits.iter().all(|l| l.direction.len() == p);
        let may_be_infinite =
            matches!(self.fit.status, Status::Infinite | Status::Boundary | Status::Unbounded);
        let infinite = self.fit.coefficients.iter().find(|c| c.estimate.0.is_infinite());
        match infinite {
            Some(c) if !may_be_infinite => {
                Err(invalid(format!("`{}` is infinite though the fit says that it converged", c.term)))
            }
            _ if fits && finite && places && directions && self.decides_soundly() => Ok(()),
            _ => Err(invalid("its parts do not fit together")),
        }
    }

    /// What is added to the main predictor of new rows: offset and log of the exposure.
    pub(crate) fn offset(&self, table: &Table) -> Result<Option<Vec<f64>>, Error> {
        let spec = FitSpec {
            offset: self.fit.offset.clone(),
            exposure: self.fit.exposure.clone(),
            ..FitSpec::default()
        };
        crate::weights::offset(&spec, table)
    }

    /// The model with the user's coefficients.
    pub(crate) fn model(&self) -> Result<Model, Error> {
        let likelihood = self.likelihood()?;
        if likelihood.spec().k() != self.prediction.predictors.len() {
            return Err(invalid("its predictors are not those of its likelihood"));
        }
        let predictors = self.predictors()?;
        Ok(Model { likelihood: Arc::from(likelihood), predictors, p: self.prediction.beta.len() })
    }

    /// The likelihood that it names.
    pub(crate) fn likelihood(&self) -> Result<Box<dyn Likelihood>, Error> {
        if self.fit.likelihood == OWN {
            return Err(Error::request("a likelihood of one's own has no mean that is known here")
                .remedy("say what to predict: --predict 'exp(eta)'"));
        }
        let stored = &self.prediction;
        let link = stored.link_inside.as_ref().map(|text| text.parse()).transpose()?;
        let args = Args {
            tau: stored.tau,
            classes: stored.classes.clone(),
            reference: stored.reference.clone(),
            counts: stored.counts,
            bounded: stored.bounded,
            power: stored.power,
            structure: stored.structure.clone(),
            link,
        };
        Ok(loglik_likelihood::parse(&self.fit.likelihood, &args)?.likelihood)
    }

    /// The predictors of its parameters.
    pub(crate) fn predictors(&self) -> Result<Vec<Predictor>, Error> {
        let mut predictors = Vec::new();
        for x in &self.prediction.predictors {
            let pieces = x.pieces.iter().map(|(block, first, coefs)| Piece {
                block: *block,
                first: *first,
                coefs: *coefs,
            });
            predictors.push(Predictor {
                pieces: pieces.collect(),
                offset: x.offset,
                constant: x.constant,
                link: x.link.parse()?,
                intercept: None,
            });
        }
        Ok(predictors)
    }

    /// Directions in which rows run to their limit.
    pub(crate) fn limits(&self) -> Vec<Recession> {
        let limits = self.prediction.limits.iter();
        limits.map(|l| Recession { direction: l.direction.clone(), cut: l.cut, shift: l.shift }).collect()
    }

    /// Covariance of `beta`, zeros for those without; empty where the fit has none `[p, p]`
    pub(crate) fn vcov(&self) -> Vec<f64> {
        let p = self.prediction.beta.len();
        let Some(vcov) = &self.fit.vcov else { return Vec::new() };
        let mut out = vec![0.0; p * p];
        let place = |name: &String| self.prediction.names.iter().find(|(n, _)| n == name).map(|(_, at)| *at);
        let places: Vec<Option<usize>> = vcov.names.iter().map(place).collect();
        for (i, a) in places.iter().enumerate() {
            for (j, b) in places.iter().enumerate().take(i + 1) {
                if let (Some(a), Some(b), Some(v)) = (a, b, vcov.lower.get(i * (i + 1) / 2 + j)) {
                    out[a * p + b] = v.0;
                    out[b * p + a] = v.0;
                }
            }
        }
        out
    }
}

/// Refuses what another major version wrote; a later minor one only adds.
fn check_version(json: &Value) -> Result<(), Error> {
    let Some(format) = json["format"].as_str() else {
        return Err(invalid(format!("its `format` is not {FORMAT}")));
    };
    if format == FORMAT || format.strip_prefix(FORMAT).is_some_and(|minor| minor.starts_with('.')) {
        return Ok(());
    }
    if format.starts_with("loglik.model/") {
        let message = format!("its format is {format}, this program reads {FORMAT}");
        return Err(Error::new("unsupported_version", Exit::Data, message)
            .remedy("use the version of loglik that wrote it, or fit the model again with -o"));
    }
    Err(invalid(format!("its `format` is {format}, not {FORMAT}")))
}
