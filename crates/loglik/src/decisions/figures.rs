//! One line of an evaluation: a figure with its interval, under the name that gates and tables use.

use crate::Number;
use loglik_decide::proportion::Share;
use serde::Serialize;

/// A figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Its name in gates.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Null where it cannot be had.
    pub value: Number,
    /// Lower end of its interval; null where none is given.
    pub conf_low: Number,
    /// Upper end.
    pub conf_high: Number,
}

impl Figure {
    /// A figure without an interval.
    pub(crate) fn plain(name: &'static str, title: &'static str, value: impl Into<Number>) -> Self {
        Self::within(name, title, value, None)
    }

    /// A figure with its interval.
    pub(crate) fn within(
        name: &'static str,
        title: &'static str,
        value: impl Into<Number>,
        interval: Option<(f64, f64)>,
    ) -> Self {
        Self {
            name,
            title,
            value: value.into(),
            conf_low: interval.map(|i| i.0).into(),
            conf_high: interval.map(|i| i.1).into(),
        }
    }

    /// A share with its interval.
    pub(crate) fn share(name: &'static str, title: &'static str, share: Share) -> Self {
        Self::within(name, title, share.estimate, share.conf_low.zip(share.conf_high))
    }

    /// estimate -+ z se
    pub(crate) fn normal(
        name: &'static str,
        title: &'static str,
        value: f64,
        se: Option<f64>,
        z: f64,
    ) -> Self {
        Self::within(name, title, value, se.map(|se| (value - z * se, value + z * se)))
    }
}
