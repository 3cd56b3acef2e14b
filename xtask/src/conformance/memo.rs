//! What was computed for one figure of a case and serves its others: standard errors of a kind, refits, row figures.

use loglik::{Fitted, RowDiagnostics};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Standard errors by machine name.
pub(crate) type Errors = BTreeMap<String, f64>;

/// Answers by their question.
#[derive(Default)]
pub(crate) struct Memo {
    errors: RefCell<BTreeMap<String, Option<Rc<Errors>>>>,
    refits: RefCell<BTreeMap<&'static str, Option<Rc<Fitted>>>>,
    rows: OnceCell<Option<Vec<RowDiagnostics>>>,
}

impl Memo {
    /// Standard errors of a kind, made at the first question.
    pub(crate) fn errors(&self, kind: &str, make: impl FnOnce() -> Option<Errors>) -> Option<Rc<Errors>> {
        if let Some(known) = self.errors.borrow().get(kind) {
            return known.clone();
        }
        let made = make().map(Rc::new);
        self.errors.borrow_mut().insert(kind.to_owned(), made.clone());
        made
    }

    /// Another fit of the same rows, made at the first question.
    pub(crate) fn refit(
        &self,
        what: &'static str,
        make: impl FnOnce() -> Option<Fitted>,
    ) -> Option<Rc<Fitted>> {
        if let Some(known) = self.refits.borrow().get(what) {
            return known.clone();
        }
        let made = make().map(Rc::new);
        self.refits.borrow_mut().insert(what, made.clone());
        made
    }

    /// Residuals and influence of the fit's rows.
    pub(crate) fn rows(&self, fitted: &Fitted) -> Option<&[RowDiagnostics]> {
        self.rows.get_or_init(|| fitted.diagnostics().ok()).as_deref()
    }
}
