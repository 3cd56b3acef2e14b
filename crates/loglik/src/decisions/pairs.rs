//! Several classes and one score: areas by pairs of classes, as pROC's `multiclass.roc` has them.

use super::Figure;
use super::rows::ScoredRows;
use crate::Error;
use loglik_decide::multiclass::{PairAreas, by_one_score};

/// Areas by pairs of the first score.
pub(crate) fn pairs(rows: &ScoredRows, codes: &[u32]) -> Result<PairAreas, Error> {
    let classes = rows.outcome.levels.as_ref().map_or(0, Vec::len);
    let weight = rows.weight.as_deref().map(|w| (w, rows.kind));
    by_one_score(codes, &rows.scores[0], weight, classes).map_err(|error| rows.refused(error, &rows.names[0]))
}

/// Their figures.
pub(crate) fn figures(found: &PairAreas) -> Vec<Figure> {
    vec![
        Figure::plain("auc", "AUC, mean over pairs (Hand & Till)", found.auc),
        Figure::plain("auc_weighted", "AUC, pairs by their rows", found.auc_weighted),
    ]
}
