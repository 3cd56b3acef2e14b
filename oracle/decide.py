"""Reference values for areas, averages over classes, agreement and the parts of the Brier score, with ties and weights.

Usage: python3 oracle/decide.py > crates/decide/tests/decide_by_sklearn.json
Tool: scikit-learn 1.9.1 (`pip install scikit-learn`); the versions used are written into the output.

scikit-learn has no partial area at the end of few misses: classes are swapped and scores negated, which turns misses
into false alarms. It does not take a score apart: the parts are scores of its own isotonic fit and of the base rate.
"""
import json

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import label_binarize

rng = np.random.default_rng(20261128)
N, K = 90, 4
p = rng.integers(1, 20, N) / 20
y = (rng.random(N) < 0.2 + 0.6 * p).astype(int)
w = rng.integers(1, 9, N) / 4


def binary(w):
    given = {"sample_weight": w}
    base = np.average(y, weights=w)
    fitted = IsotonicRegression(y_min=0, y_max=1).fit(p, y, sample_weight=w).predict(p)
    flat = np.full(N, base)
    flagged = (p > 0.5).astype(int)
    out = {}
    for name, score in [
        ("brier", lambda q: metrics.brier_score_loss(y, q, **given)),
        ("log_loss", lambda q: metrics.log_loss(y, q, labels=[0, 1], **given)),
    ]:
        mean, best, uncertainty = score(p), score(fitted), score(flat)
        out[name] = {
            "mean": mean,
            "miscalibration": mean - best,
            "discrimination": uncertainty - best,
            "uncertainty": uncertainty,
        }
    return out | {
        "auc": metrics.roc_auc_score(y, p, **given),
        "few_alarms": metrics.roc_auc_score(y, p, max_fpr=0.15, **given),
        "few_misses": metrics.roc_auc_score(1 - y, -p, max_fpr=0.15, **given),
        "average_precision": metrics.average_precision_score(y, p, **given),
        "mcc": metrics.matthews_corrcoef(y, flagged, **given),
        "kappa": metrics.cohen_kappa_score(y, flagged, **given),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, flagged, **given),
        "jaccard": metrics.jaccard_score(y, flagged, **given),
        "f2": metrics.fbeta_score(y, flagged, beta=2, **given),
    }


truth = rng.integers(0, K, N)
# Twentieths with a pull to the truth: many ties.
scores = np.array([rng.multinomial(20, (1 + 2 * np.eye(K)[t]) / (K + 2)) for t in truth]) / 20
predicted = scores.argmax(1)


def classes(w):
    given = {"sample_weight": w}
    area = lambda average: metrics.roc_auc_score(truth, scores, multi_class="ovr", average=average, **given)
    out = {
        "macro_auc": area("macro"),
        "weighted_auc": area("weighted"),
        "micro_auc": metrics.roc_auc_score(label_binarize(truth, classes=range(K)), scores, average="micro", **given),
        "accuracy": metrics.accuracy_score(truth, predicted, **given),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted, **given),
        "cohen_kappa": metrics.cohen_kappa_score(truth, predicted, **given),
        "kappa_linear": metrics.cohen_kappa_score(truth, predicted, weights="linear", **given),
        "kappa_quadratic": metrics.cohen_kappa_score(truth, predicted, weights="quadratic", **given),
        "mcc": metrics.matthews_corrcoef(truth, predicted, **given),
        "f1_macro": metrics.f1_score(truth, predicted, average="macro", **given),
        "f1_weighted": metrics.f1_score(truth, predicted, average="weighted", **given),
    }
    if w is None:
        out["pairs"] = metrics.roc_auc_score(truth, scores, multi_class="ovo", average="macro")
        out["pairs_weighted"] = metrics.roc_auc_score(truth, scores, multi_class="ovo", average="weighted")
    return out


print(json.dumps({
    "tool": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "data": {
        "p": p.tolist(), "y": y.tolist(), "w": w.tolist(),
        "truth": truth.tolist(), "scores": scores.T.tolist(), "predicted": predicted.tolist(),
    },
    "binary": {"plain": binary(None), "weighted": binary(w)},
    "classes": {"plain": classes(None), "weighted": classes(w)},
}))
