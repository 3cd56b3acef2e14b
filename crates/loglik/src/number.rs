//! Numbers as the machine-readable output writes them: infinite ones as "inf" and "-inf", absent ones as null.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number in JSON; NaN is null.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            v if v.is_nan() => serializer.serialize_none(),
            v if v == f64::INFINITY => serializer.serialize_str("inf"),
            v if v == f64::NEG_INFINITY => serializer.serialize_str("-inf"),
            v => serializer.serialize_f64(v),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shown {
            Number(f64),
            Text(String),
            Absent(()),
        }
        match Shown::deserialize(deserializer)? {
            Shown::Number(v) => Ok(Self(v)),
            Shown::Text(t) if t == "inf" => Ok(Self(f64::INFINITY)),
            Shown::Text(t) if t == "-inf" => Ok(Self(f64::NEG_INFINITY)),
            Shown::Text(t) => Err(serde::de::Error::custom(format!("`{t}` is not a number"))),
            Shown::Absent(()) => Ok(Self(f64::NAN)),
        }
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

impl From<Option<f64>> for Number {
    fn from(value: Option<f64>) -> Self {
        Self(value.unwrap_or(f64::NAN))
    }
}
