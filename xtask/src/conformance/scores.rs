//! Cases of scores and outcomes: areas, tests of areas, metrics, calibration.

use super::case::{Case, strings};
use loglik::decide::confusion::Flag;
use loglik::decide::delong_test::AucTest;
use loglik::decide::multiclass::PairAreas;
use loglik::decide::roc::RocPoint;
use loglik::{
    Binary, Direction, Error, EvaluateSpec, Findings, Number, RowsSpec, evaluate, paired_test, roc_points,
    unpaired_test,
};
use serde_json::{Value, json};

/// What the scores of a case come to.
pub(crate) enum Scores {
    Binary { rows: usize, found: Box<Binary>, points: Vec<RocPoint> },
    Pairs(PairAreas),
    Test(AucTest),
}

/// Whether a case is about scores.
pub(crate) fn is_about_scores(case: &Case) -> bool {
    let has = |key: &str| !case.model(key).is_null();
    !has("likelihood") && has("response") && (has("predictor") || has("predictors") || has("score"))
}

/// Judges the scores of a case.
pub(crate) fn scores(case: &Case) -> Result<Result<Scores, Error>, String> {
    let text = |key: &str| case.model(key).as_str().map(str::to_owned);
    let mut names = strings(case.model("predictors"));
    names.extend(text("predictor").or(text("score")));
    let lower = text("direction").is_some_and(|words| words.starts_with("lower"));
    let mut rows = RowsSpec {
        scores: names,
        outcome: text("response"),
        event: text("case_level"),
        direction: if lower { Direction::Lower } else { Direction::Higher },
        weights: text("weights"),
        ..RowsSpec::default()
    };
    if rows.weights.is_some() {
        rows.weight_kind =
            text("weight_kind").as_deref().unwrap_or("sampling").parse().map_err(|e: Error| e.to_string())?;
    }
    if !case.model("test").is_null() {
        return test(case, &rows);
    }
    let table = case.table()?;
    // scikit-learn's rule, which the metrics cases state.
    let spec = EvaluateSpec { rows, ties: Flag::AtOrAbove, ..EvaluateSpec::default() };
    Ok(evaluate(&spec, None, &table).and_then(|found| match found.findings {
        Findings::Binary(binary) => {
            let points = roc_points(&spec.rows, &table)?;
            Ok(Scores::Binary { rows: found.used.n, found: binary, points })
        }
        Findings::Pairs(pairs) => Ok(Scores::Pairs(pairs)),
        Findings::Classes(classes) => Ok(Scores::Pairs(classes.by_pairs)),
        Findings::Regression(_) => Err(Error::request("the outcome is a number")),
    }))
}

fn test(case: &Case, rows: &RowsSpec) -> Result<Result<Scores, Error>, String> {
    if case.model("paired").as_bool() == Some(true) {
        return Ok(paired_test(rows, &case.table()?, 0.95).map(Scores::Test));
    }
    let samples = strings(case.model("samples"));
    let [first, second] = samples.as_slice() else {
        return Err("an unpaired test takes two samples".to_owned());
    };
    let one = |at: usize| RowsSpec { scores: vec![rows.scores[at].clone()], ..rows.clone() };
    let (a, b) = (case.prepared(Some(first))?, case.prepared(Some(second))?);
    Ok(unpaired_test((&one(0), &a), (&one(1), &b), 0.95).map(Scores::Test))
}

impl Scores {
    /// The program's value of a figure.
    pub(crate) fn get(&self, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
        let place = |i: usize| path.get(i)?.parse::<usize>().ok();
        let ends = |a: f64, b: f64| number(if place(0)? == 0 { a } else { b });
        match self {
            Self::Pairs(found) => match quantity {
                "auc" => number(found.auc?),
                "pairwise" => number(found.pairs.get(place(0)?)?.auc?),
                _ => None,
            },
            Self::Test(found) => match quantity {
                "auc" => number(found.auc[place(0)?]),
                "statistic" => number(found.statistic),
                "pvalue" => number(found.p_value),
                "df" => found.df.and_then(number),
                "covariance" => found.covariance.and_then(number),
                "confint95_difference" => ends(found.conf_low, found.conf_high),
                _ => None,
            },
            Self::Binary { rows, found, points } => area(case, found, points, quantity, path)
                .or_else(|| calibration(found, quantity, path))
                .or_else(|| metric(*rows, found, quantity, path)),
        }
    }
}

fn number(v: f64) -> Option<Value> {
    Some(json!(Number(v)))
}

fn area(case: &Case, found: &Binary, points: &[RocPoint], quantity: &str, path: &[String]) -> Option<Value> {
    let auc = found.auc.as_ref()?;
    let name = path.first().map(String::as_str);
    let coordinate = |what: &str, point: &RocPoint| match what {
        "threshold" => number(point.threshold),
        "specificity" => number(1.0 - point.fpr),
        "sensitivity" => number(point.tpr),
        _ => None,
    };
    let at: Option<usize> = path.get(1).and_then(|text| text.parse().ok());
    match quantity {
        "n_controls" => number(found.n_controls as f64),
        "n_cases" | "positives" => number(found.n_cases as f64),
        "auc" => number(auc.auc),
        "auc_variance_delong" => number(auc.variance?),
        "auc_ci95_delong" => number(if name? == "0" { auc.delong_low? } else { auc.delong_high? }),
        "gini" => number(auc.gini),
        "wilcoxon_u" => number(auc.wilcoxon_u),
        "partial_auc" => {
            let areas = found.partial_auc.as_ref()?;
            match name? {
                "specificity_1_to_0.9" => number(areas.false_positive_rate.area),
                "specificity_1_to_0.9_corrected" => number(areas.false_positive_rate.standardised),
                "sensitivity_1_to_0.9" => number(areas.miss_rate.area),
                "sensitivity_1_to_0.9_corrected" => number(areas.miss_rate.standardised),
                _ => None,
            }
        }
        "roc_auc_max_fpr_0.1_standardised" => {
            number(found.partial_auc.as_ref()?.false_positive_rate.standardised)
        }
        "youden_best" => {
            let found = &found.youden;
            coordinate(name?, found.get(found.len().checked_sub(1 + at?)?)?)
        }
        "curve" if name? == "points" => number(points.len() as f64),
        "curve" => {
            let index = case.json()["results"]["curve"]["index"].get(at?)?.as_u64()?;
            match name? {
                "index" => number(index as f64),
                what => coordinate(what, points.get(usize::try_from(index).ok()? - 1)?),
            }
        }
        "roc_curve_points" => number(points.len() as f64),
        "pr_curve_points" => number(found.precision_recall.as_ref()?.points as f64),
        "average_precision" => number(found.precision_recall.as_ref()?.average_precision),
        "pr_auc_trapezoid" => number(found.precision_recall.as_ref()?.trapezoid),
        _ => None,
    }
}

fn calibration(found: &Binary, quantity: &str, path: &[String]) -> Option<Value> {
    let calibration = found.calibration.as_ref()?;
    let name = path.first().map(String::as_str);
    let (scores, line) = (&calibration.scores, calibration.line.as_ref());
    match quantity {
        "brier" => number(scores.brier),
        "log_loss" => number(scores.log_loss),
        "d2_log_loss" => number(scores.log_loss_skill?),
        "brier_skill" => number(scores.brier_skill?),
        "spiegelhalter_z" => number(scores.spiegelhalter_z?),
        "calibration_in_the_large" => number(line?.in_the_large),
        "calibration_intercept_and_slope" => {
            number(if name? == "intercept" { line?.intercept } else { line?.slope })
        }
        "se" => number(if name? == "intercept" { line?.intercept_se } else { line?.slope_se }),
        "hosmer_lemeshow" => {
            let table = calibration.hosmer_lemeshow.as_ref()?;
            let group = |list: &[f64]| number(*list.get(path.get(1)?.parse::<usize>().ok()?)?);
            match name? {
                "groups" => number(table.groups as f64),
                "statistic" => number(table.statistic),
                // The reference counts groups - 2.
                "df" => number(table.df_of_the_fit as f64),
                "pvalue" => number(table.p_value_of_the_fit),
                "n" => group(&table.n),
                "observed" => group(&table.observed),
                "expected" => group(&table.expected),
                _ => None,
            }
        }
        _ => None,
    }
}

fn metric(rows: usize, found: &Binary, quantity: &str, path: &[String]) -> Option<Value> {
    if quantity == "nobs" {
        return number(rows as f64);
    }
    let at = found.at_threshold.as_ref()?;
    let f = &at.figures;
    match quantity {
        "threshold" => number(at.threshold.0),
        "confusion" => number(match path.first()?.as_str() {
            "tp" => at.confusion.tp,
            "fp" => at.confusion.fp,
            "fn" => at.confusion.missed,
            _ => at.confusion.tn,
        }),
        "accuracy" => number(f.accuracy?),
        "balanced_accuracy" => number(f.balanced_accuracy?),
        "precision" => number(f.precision?),
        "recall" => number(f.recall?),
        "f1" => number(f.f1?),
        "fbeta_2" => number(f.f2?),
        "mcc" => number(f.mcc?),
        "cohen_kappa" => number(f.cohen_kappa?),
        "jaccard" => number(f.jaccard?),
        _ => None,
    }
}
