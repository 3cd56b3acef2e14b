//! Areas, averages over classes, agreement and the parts of scores against scikit-learn, with many ties, with and without
//! weights (script: `oracle/decide.py`).

use loglik_decide::calibration;
use loglik_decide::confusion::{Confusion, Flag};
use loglik_decide::confusion_matrix::{ConfusionMatrix, Disagreement};
use loglik_decide::delong::auc;
use loglik_decide::isotonic::{Decomposition, decompose};
use loglik_decide::multiclass::{ClassScores, against_rest, by_pairs};
use loglik_decide::precision_recall::precision_recall;
use loglik_decide::roc::{Along, partial_auc};
use loglik_decide::{Ranked, Scored, WeightKind};
use serde_json::Value;

struct Golden(Value);

impl Golden {
    fn new() -> Self {
        Self(serde_json::from_str(include_str!("decide_by_sklearn.json")).expect("the script writes JSON"))
    }

    fn column(&self, name: &str) -> Vec<f64> {
        numbers(&self.0["data"][name])
    }

    fn codes(&self, name: &str) -> Vec<u32> {
        self.column(name).iter().map(|code| *code as u32).collect()
    }

    /// Compares with a number of the script: sums of some ninety terms in another order.
    #[track_caller]
    fn agrees(&self, path: &str, ours: f64) {
        let theirs = self.0.pointer(path).and_then(Value::as_f64).expect("a number of the script");
        assert!((ours - theirs).abs() <= 1e-13, "{path}: {ours} {theirs}");
    }
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().expect("a column").iter().map(|v| v.as_f64().expect("a number")).collect()
}

#[test]
fn two_classes_with_ties_are_judged_as_by_scikit_learn() {
    let golden = Golden::new();
    let (y, p, w) = (golden.column("y"), golden.column("p"), golden.column("w"));
    let plain = Scored::new(&y, &p).expect("legal");
    let weighted = Scored::weighted(&y, &p, &w, WeightKind::Sampling).expect("legal");
    for (how, data) in [("plain", plain), ("weighted", weighted)] {
        let ranked = Ranked::new(&data, 1).expect("two classes");
        let agrees = |name: &str, ours: f64| golden.agrees(&format!("/binary/{how}/{name}"), ours);
        agrees("auc", auc(&ranked, 0.95).expect("legal").auc);
        let partial =
            |along| partial_auc(&ranked, along, 0.0, 0.15).expect("a range within 0 to 1").standardised;
        agrees("few_alarms", partial(Along::FalsePositiveRate));
        agrees("few_misses", partial(Along::MissRate));
        agrees("average_precision", precision_recall(&ranked, 400).average_precision);
        let figures = Confusion::at(&data, 0.5, Flag::Above).expect("a number").figures();
        agrees("mcc", figures.mcc.expect("both classes"));
        agrees("kappa", figures.cohen_kappa.expect("both classes"));
        agrees("balanced_accuracy", figures.balanced_accuracy.expect("both classes"));
        agrees("jaccard", figures.jaccard.expect("both classes"));
        agrees("f2", figures.f2.expect("both classes"));
        let (parts, scores) = (decompose(&ranked), calibration::scores(&ranked));
        for (name, mean, part) in
            [("brier", scores.brier, parts.brier), ("log_loss", scores.log_loss, parts.log_loss)]
        {
            let Decomposition { miscalibration, discrimination, uncertainty, .. } = part;
            agrees(&format!("{name}/mean"), mean);
            agrees(&format!("{name}/mean"), part.mean);
            agrees(&format!("{name}/miscalibration"), miscalibration);
            agrees(&format!("{name}/discrimination"), discrimination);
            agrees(&format!("{name}/uncertainty"), uncertainty);
        }
    }
}

#[test]
fn several_classes_with_ties_are_judged_as_by_scikit_learn() {
    let golden = Golden::new();
    let (truth, predicted, w) = (golden.codes("truth"), golden.codes("predicted"), golden.column("w"));
    let columns: Vec<Vec<f64>> =
        golden.0["data"]["scores"].as_array().expect("columns").iter().map(numbers).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    for (how, weight) in [("plain", None), ("weighted", Some(w.as_slice()))] {
        let agrees = |name: &str, ours: f64| golden.agrees(&format!("/classes/{how}/{name}"), ours);
        let data = ClassScores::new(&truth, &columns, weight.map(|w| (w, WeightKind::Sampling)));
        let data = data.expect("legal");
        assert_eq!(data.predicted(), predicted, "the first of tied classes");
        let rest = against_rest(&data, 0.95, 1).expect("all classes");
        agrees("macro_auc", rest.macro_auc.expect("all classes"));
        agrees("weighted_auc", rest.weighted_auc.expect("all classes"));
        agrees("micro_auc", rest.micro_auc);
        let matrix = ConfusionMatrix::new(&truth, &predicted, weight, columns.len()).expect("legal");
        let figures = matrix.figures();
        agrees("accuracy", figures.accuracy.expect("rows"));
        agrees("balanced_accuracy", figures.balanced_accuracy.expect("rows"));
        agrees("cohen_kappa", figures.cohen_kappa.expect("rows"));
        agrees("mcc", figures.mcc.expect("rows"));
        agrees("f1_macro", figures.f1_macro.expect("rows"));
        agrees("f1_weighted", figures.f1_weighted.expect("rows"));
        agrees("kappa_linear", matrix.kappa(Disagreement::Linear).expect("rows"));
        agrees("kappa_quadratic", matrix.kappa(Disagreement::Quadratic).expect("rows"));
        if weight.is_none() {
            let pairs = by_pairs(&data).expect("all classes");
            agrees("pairs", pairs.auc.expect("all classes"));
            agrees("pairs_weighted", pairs.auc_weighted.expect("all classes"));
        }
    }
}
