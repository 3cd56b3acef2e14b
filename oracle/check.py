"""Reference values for the diagnosis of a fit: score tests, link test, RESET, overdispersion, extra zeros, normality.

Usage: python3 oracle/check.py > crates/loglik/tests/check_by_statsmodels.json
Tool: statsmodels 0.15.0 (`pip install statsmodels`); the versions used are written into the output.

Where statsmodels has no such test the formula is written out here in numpy: Tarone's score with Dean's correction for
covariates, and the calibration slope of predictions with their own row left out by one Newton step.
"""
import json

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from statsmodels.discrete import diagnostic
from statsmodels.stats.diagnostic import het_breuschpagan, linear_reset, normal_ad

rng = np.random.default_rng(20261128)
N = 60
x = np.round(rng.uniform(-1, 2, N), 3)
z = np.round(rng.normal(size=N), 3)
count = rng.poisson(np.exp(0.3 + 0.5 * x + rng.normal(scale=0.5, size=N)))
number = np.round(1 + x + 0.4 * x**2 + (0.3 + 0.3 * np.abs(z)) * rng.standard_t(5, N), 4)
event = (rng.uniform(size=N) < 1 / (1 + np.exp(-(-0.3 + x - 0.4 * z)))).astype(int)
trials = rng.integers(3, 12, N)
p = 1 / (1 + np.exp(-(0.2 + 0.6 * x + rng.normal(scale=0.7, size=N))))
hits = rng.binomial(trials, p)
X = sm.add_constant(np.column_stack([x, z]))


def powers(eta, top):
    return np.column_stack([eta**k for k in range(2, top + 1)])


def scores(fit, eta):
    """Score tests of the squared and cubed linear predictor and of each squared column, expected information."""

    def of(extra):
        chi2, p, df = fit.model.score_test(fit.params, exog_extra=extra, observed=False)
        return {"statistic": float(np.ravel(chi2)[0]), "df": int(df), "p": float(np.ravel(p)[0])}

    return {"link_test": of(powers(eta, 2)), "reset": of(powers(eta, 3)), "x": of(x**2), "z": of(z**2)}


out = {"versions": {"statsmodels": statsmodels.__version__, "numpy": np.__version__, "scipy": scipy.__version__}}
out["data"] = {"x": x.tolist(), "z": z.tolist(), "count": count.tolist(), "number": number.tolist(),
               "event": event.tolist(), "trials": trials.tolist(), "hits": hits.tolist()}

poisson = sm.GLM(count, X, family=sm.families.Poisson()).fit(tol=1e-14)
discrete = sm.Poisson(count, X).fit(disp=0, tol=1e-14, method="newton")
spread = diagnostic.test_poisson_dispersion(discrete)
names = list(spread.method)
out["poisson"] = scores(poisson, poisson.predict(which="linear"))
out["poisson"]["dispersion"] = float(spread.statistic[names.index("Dean B")])
zeros = diagnostic.test_poisson_zeroinflation_broek(discrete)
out["poisson"]["extra_zeros"] = {"z": float(zeros.statistic), "p": float(scipy.stats.norm.sf(zeros.statistic))}

ols = sm.OLS(number, X).fit()
reset = {k: linear_reset(ols, power=np.arange(2, k + 1), test_type="fitted", use_f=True) for k in (2, 3)}
out["gaussian"] = {
    "link_test": {"statistic": float(reset[2].fvalue), "p": float(reset[2].pvalue)},
    "reset": {"statistic": float(reset[3].fvalue), "p": float(reset[3].pvalue)},
    "information_matrix": float(het_breuschpagan(
        ols.resid, np.column_stack([np.ones(N), x, z, x**2, z**2]), robust=False)[0]),
}
a2, p_a2 = normal_ad(ols.resid)
out["gaussian"]["quantile_residuals"] = {"statistic": float(a2), "p": float(p_a2)}

logit = sm.GLM(event, X, family=sm.families.Binomial()).fit(tol=1e-14)
out["logit"] = scores(logit, logit.predict(which="linear"))
h = logit.get_influence().hat_matrix_diag
eta = logit.predict(which="linear")
mu = logit.fittedvalues
left_out = eta - h / (1 - h) * (event - mu) / (mu * (1 - mu))
line = sm.Logit(event, sm.add_constant(left_out)).fit(disp=0, tol=1e-14)
out["logit"]["calibration"] = {"slope": float(line.params[1]), "se": float(line.bse[1])}

probit = sm.GLM(event, X, family=sm.families.Binomial(sm.families.links.Probit())).fit(tol=1e-14)
out["probit"] = scores(probit, probit.predict(which="linear"))

grouped = sm.GLM(np.column_stack([hits, trials - hits]), X, family=sm.families.Binomial()).fit(tol=1e-14)
mu = grouped.predict()
gap = hits - trials * mu
score = ((gap**2 + mu * gap - hits * (1 - mu)) / (mu * (1 - mu))).sum()
out["binomial"] = {"dispersion": float(score / np.sqrt(2 * (trials * (trials - 1)).sum()))}

print(json.dumps(out, indent=1))
