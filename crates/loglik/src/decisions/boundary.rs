//! The decision boundary of a linear model: where its linear predictor equals that of the threshold.
//!
//! On the boundary sum b_j x_j = c, the x_j being the columns of the design (a dummy is 0 or 1). The unit normal is
//! b / |b|, the offset c / |b| is the boundary's distance from the origin, a row lies (sum b_j x_j - c) / |b| from it, on
//! the event's side where that is positive. An axis is cut at c / b_j, all other columns at 0.

use crate::{Error, ModelFile, Number};
use loglik_design::Table;
use loglik_likelihood::{Link, Support};
use serde::Serialize;

/// A boundary between two classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Boundary {
    /// On the positive side.
    pub class: String,
    /// On the other side.
    pub against: String,
    /// Probability of `class` on the boundary; of the two classes alone where there are more.
    pub threshold: f64,
    /// Length of the coefficients without the intercept.
    pub length: f64,
    /// Distance from the origin, along the normal.
    pub offset: Number,
    /// One line a column of the design.
    pub axes: Vec<Axis>,
}

/// One column of the design.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// Its machine name.
    pub term: String,
    /// Its coefficient.
    pub coefficient: f64,
    /// Its part of the unit normal.
    pub normal: Number,
    /// Where the boundary cuts the axis; null where it runs along it.
    pub cut: Number,
}

impl ModelFile {
    /// Boundaries of a linear model of two or more classes: one, or one for each class against the base.
    ///
    /// # Errors
    /// A model whose response is no class, or that has no finite coefficients.
    pub fn boundaries(&self) -> Result<Vec<Boundary>, Error> {
        let fit = &self.fit;
        let refused = |why: &str| Error::request(format!("a decision boundary needs {why}"));
        let levels = fit.response.levels.clone().unwrap_or_default();
        if self.costs().is_some() {
            return Err(refused("classes decided by probability; this model decides by costs"));
        }
        match fit.likelihood.as_str() {
            "bernoulli" => {
                let link: Link = fit.links.get("mu").map_or(Ok(Link::Logit), |text| text.parse())?;
                let given = self.threshold().unwrap_or(0.5);
                let t = self.before_recalibration(given)?;
                if !(t > 0.0 && t < 1.0) {
                    return Err(refused("a threshold between 0 and 1; here every row is of one class"));
                }
                let [other, event] = levels.as_slice() else {
                    return Ok(vec![self.boundary("", "success", "failure", t, link.link(t))?]);
                };
                Ok(vec![self.boundary("", event, other, t, link.link(t))?])
            }
            "categorical" => {
                let base = self.prediction.reference.clone().or(levels.first().cloned()).unwrap_or_default();
                let others = levels.iter().filter(|level| **level != base);
                others.map(|level| self.boundary(level, level, &base, 0.5, 0.0)).collect()
            }
            _ => Err(refused("a bernoulli or categorical model")),
        }
    }

    /// The probability that recalibration takes to `t`, by halving: every map rises.
    fn before_recalibration(&self, t: f64) -> Result<f64, Error> {
        if self.recalibration.is_none() {
            return Ok(t);
        }
        let (mut low, mut high) = (0.0, 1.0);
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return Ok(middle);
            }
            if self.recalibrated(middle) <= t { low = middle } else { high = middle }
        }
    }

    /// The boundary of one linear predictor at `level`.
    fn boundary(
        &self,
        parameter: &str,
        class: &str,
        against: &str,
        t: f64,
        level: f64,
    ) -> Result<Boundary, Error> {
        let mut constant = 0.0;
        let mut columns = Vec::new();
        for line in &self.fit.coefficients {
            if !parameter.is_empty() && line.parameter != parameter {
                continue;
            }
            let b = line.estimate.0;
            let name = line.term.strip_prefix(&format!("{parameter}: ")).unwrap_or(&line.term);
            if self.fit.aliased.iter().any(|a| a.term == line.term) {
                continue;
            }
            if !b.is_finite() {
                let message =
                    format!("the coefficient of `{}` is not finite: no boundary can be drawn", line.term);
                return Err(Error::request(message).remedy("fit with a penalty or bias reduction"));
            }
            if name == "(intercept)" { constant += b } else { columns.push((name.to_owned(), b)) }
        }
        let length = columns.iter().map(|(_, b)| b * b).sum::<f64>().sqrt();
        if length == 0.0 {
            return Err(Error::request("every slope is 0: the model has no boundary"));
        }
        let cut = level - constant;
        let axis = |(term, b): (String, f64)| Axis {
            term,
            coefficient: b,
            normal: Number(b / length),
            cut: Number(if b == 0.0 { f64::NAN } else { cut / b }),
        };
        Ok(Boundary {
            class: class.to_owned(),
            against: against.to_owned(),
            threshold: t,
            length,
            offset: Number(cut / length),
            axes: columns.into_iter().map(axis).collect(),
        })
    }

    /// Signed distance of every row from every boundary, rows with a missing value NaN  `[boundaries][n]`
    ///
    /// # Errors
    /// As [`ModelFile::boundaries`]; columns or levels that the model does not know.
    pub fn distances(&self, table: &Table) -> Result<Vec<Vec<f64>>, Error> {
        let boundaries = self.boundaries()?;
        let needed = self.needed_columns(table.names())?;
        let used = loglik_design::UsedRows::of(table, &needed, None, loglik_design::threads(None))?;
        let at = self.coordinates(&used.of_table(table))?;
        let keep = used.flags();
        let of = |(k, boundary): (usize, &Boundary)| {
            let link: Link = match self.fit.likelihood.as_str() {
                "bernoulli" => self.fit.links.get("mu").map_or(Ok(Link::Logit), |text| text.parse())?,
                _ => Link::Identity,
            };
            let level = if at.us.len() == 1 { link.link(boundary.threshold) } else { 0.0 };
            let eta = |u: f64| if link == Link::Identity { u } else { link.from_u(Support::Unit, u) };
            let mut next = at.us[k].iter();
            let cells = keep.iter().map(|keep| match keep {
                true => next.next().map_or(f64::NAN, |u| (eta(*u) - level) / boundary.length),
                false => f64::NAN,
            });
            Ok(cells.collect())
        };
        boundaries.iter().enumerate().map(of).collect()
    }
}
