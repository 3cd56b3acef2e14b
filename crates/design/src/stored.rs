//! A plan as it is stored in a model file: texts and what the data decided, nothing that follows from them.
//!
//! Loading reads the texts again and checks that the facts hang together; a damaged file is an error, never a panic.

use serde::{Deserialize, Serialize};

use crate::DesignError;
use crate::plan::Plan;
use crate::predictor::PredictorFacts;
use crate::state::{FixedVariable, State};
use crate::variable::Variable;

/// The stored form of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredPlan {
    columns: Vec<String>,
    variables: Vec<StoredVariable>,
    predictors: Vec<PredictorFacts>,
}

/// The stored form of a variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredVariable {
    /// In the canonical spelling.
    text: String,
    /// As typed, where that is another spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typed: Option<String>,
    /// As typed, the part that names the coefficients, where that is another spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "is_number")]
    state: State,
}

fn is_number(state: &State) -> bool {
    *state == State::Number
}

impl From<Plan> for StoredPlan {
    fn from(plan: Plan) -> Self {
        Self {
            columns: plan.columns,
            variables: plan.variables.into_iter().map(StoredVariable::from).collect(),
            predictors: plan.facts,
        }
    }
}

impl TryFrom<StoredPlan> for Plan {
    type Error = DesignError;

    fn try_from(stored: StoredPlan) -> Result<Self, DesignError> {
        let variables =
            stored.variables.into_iter().map(StoredVariable::restore).collect::<Result<_, _>>()?;
        Self::assemble(stored.columns, variables, stored.predictors)
    }
}

impl From<FixedVariable> for StoredVariable {
    fn from(fixed: FixedVariable) -> Self {
        let variable = fixed.variable;
        let canonical = Variable::restore(&variable.text).ok();
        let differs = |mine: &str, of: fn(&Variable) -> &str| {
            canonical.as_ref().is_none_or(|canonical| of(canonical) != mine).then(|| mine.to_owned())
        };
        Self {
            typed: differs(&variable.typed, |v| &v.typed),
            name: differs(variable.name(), Variable::name),
            text: variable.text,
            state: fixed.state,
        }
    }
}

impl StoredVariable {
    fn restore(self) -> Result<FixedVariable, DesignError> {
        let mut variable = Variable::restore(&self.text)?;
        if let Some(typed) = self.typed {
            variable.typed = typed;
        }
        if let Some(name) = self.name {
            variable.rename(name);
        }
        FixedVariable::new(variable, self.state).map_err(|error| DesignError::Stored(error.to_string()))
    }
}
