"""AUC, average precision and a reliability diagram by scikit-learn (`pip install scikit-learn`), timed.

Usage: python3 benches/peers/decisions.py DIR, a folder with the raw columns `y.f64` and `p.f64`. Prints one line of JSON.
"""
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, roc_auc_score

y, p = (np.fromfile(f"{sys.argv[1]}/{name}.f64") for name in "yp")
start = time.perf_counter()
auc = roc_auc_score(y, p)
precision = average_precision_score(y, p)
observed, predicted = calibration_curve(y, p, n_bins=10, strategy="quantile")
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "auc": auc, "average_precision": precision, "observed": observed.tolist(),
                  "version": sklearn.__version__}))
