"""Reference values for tests of nonlinear hypotheses: the maximum under equations, likelihood ratio and score.

Usage: python3 oracle/constrained.py > crates/loglik/tests/constrained_by_mpmath.json
Tool: mpmath 1.4.1, starts by scipy 1.17.1 (`pip install mpmath scipy`); the versions used are written into the output.

Log-likelihoods are written out at 60 digits. The maximum under g(beta) = 0 solves score = G' lambda, g = 0 by Newton's
method; it begins at the best of SLSQP's ends from 40 starts, so that the highest sheet of the equations counts.
Derivatives are central differences of step 1e-20, with an error near 1e-38. The score statistic is s' I^-1 s with the
observed information.
"""
import json

import mpmath
import numpy as np
import scipy
from mpmath import mp, mpf
from scipy.optimize import minimize

mp.dps = 60
STEP = mpf(10) ** -20

rng = np.random.default_rng(20261129)
N = 40
x = np.round(rng.uniform(-1, 2, N), 3)
z = np.round(rng.normal(size=N), 3)
count = rng.negative_binomial(3, 3 / (3 + np.exp(0.8 + 0.5 * x - 0.3 * z)))
number = np.round(1 + 0.8 * x - 0.5 * z + np.exp(-0.3 + 0.4 * x) * rng.normal(size=N), 4)
event = (rng.uniform(size=N) < 1 / (1 + np.exp(-(-0.3 + 1.1 * x)))).astype(int)


def linear(b, i, columns):
    return b[0] + sum(c * column[i] for c, column in zip(b[1:], columns))


def poisson(b, m):
    rows = range(N)
    eta = [linear(b, i, (x, z)) for i in rows]
    return sum(int(count[i]) * eta[i] - m.exp(eta[i]) - m.log(m.factorial(int(count[i]))) for i in rows)


def negative_binomial(b, m):
    theta, total = m.exp(b[2]), 0
    for i in range(N):
        mu, y = m.exp(linear(b[:2], i, (x,))), int(count[i])
        total += sum(m.log(theta + k) for k in range(y)) - m.log(m.factorial(y))
        total += theta * m.log(theta / (theta + mu)) + y * m.log(mu / (theta + mu))
    return total


def gaussian(b, m):
    total = 0
    for i in range(N):
        mu, log_sigma = linear(b[:3], i, (x, z)), linear(b[3:], i, (x,))
        total -= ((number[i] - mu) * m.exp(-log_sigma)) ** 2 / 2 + log_sigma + m.log(2 * m.pi) / 2
    return total


def bernoulli(b, m):
    eta = [linear(b, i, (x,)) for i in range(N)]
    return sum(int(event[i]) * eta[i] - m.log(1 + m.exp(eta[i])) for i in range(N))


# name, formula, likelihood, log-likelihood, coefficients, what is 0, the text
CASES = [
    ("poisson y ~ x + z", poisson, 3, lambda b, m: [m.exp(b[1]) + b[2] - 1], "exp(x) + z = 1"),
    ("poisson y ~ x + z", poisson, 3, lambda b, m: [b[1] * b[2] + mpf("0.3"), b[0] ** 2 + b[1] ** 2 - mpf("0.5")],
     "x * z = -0.3, `(intercept)`^2 + x^2 = 0.5"),
    ("poisson y ~ x + z", poisson, 3, lambda b, m: [b[1] ** 2 - mpf("0.04")], "x^2 = 0.04"),
    ("negative_binomial y ~ x", negative_binomial, 3, lambda b, m: [m.exp(b[2]) * m.exp(b[1]) - 1], "theta * exp(x) = 1"),
    ("negative_binomial y ~ x", negative_binomial, 3, lambda b, m: [m.exp(b[2]) - 1, b[1] - mpf("0.2")],
     "theta = 1, x = 0.2"),
    ("gaussian c ~ x + z; sigma ~ x", gaussian, 5, lambda b, m: [b[1] * m.exp(b[4]) - 1], "x * exp(`sigma: x`) = 1"),
    ("bernoulli e ~ x", bernoulli, 2, lambda b, m: [-b[0] / b[1] - mpf("0.9")], "-(intercept) / x = 0.9"),
]


class Double:
    """The functions that a log-likelihood needs, in double precision."""
    exp, log, pi = np.exp, np.log, np.pi
    factorial = staticmethod(lambda k: float(mpmath.factorial(k)))


def slope(f, b):
    def at(j, by):
        moved = list(b)
        moved[j] += by
        return f(moved)
    return [(at(j, STEP) - at(j, -STEP)) / (2 * STEP) for j in range(len(b))]


def information(f, b):
    p = len(b)
    out = mpmath.matrix(p, p)
    for j in range(p):
        up, down = list(b), list(b)
        up[j] += STEP
        down[j] -= STEP
        for k, (u, d) in enumerate(zip(slope(f, up), slope(f, down))):
            out[j, k] = -(u - d) / (2 * STEP)
    return (out + out.T) / 2


def newton(f, b, g=None):
    """The zero of the Lagrangian's slope."""
    p, q = len(b), len(g(b)) if g else 0
    multipliers = [mpf(0)] * q
    for turn in range(60):
        constraint = g(b) if g else []
        slopes = [slope(lambda c, i=i: g(c)[i], b) for i in range(q)]
        score = slope(f, b)
        if turn == 0 and q:
            least = mpmath.matrix(slopes)
            multipliers = list(mpmath.lu_solve(least * least.T, least * mpmath.matrix(score)))
        bent = information(lambda c: f(c) - sum(m * v for m, v in zip(multipliers, g(c))) if g else f(c), b)
        system, right = mpmath.matrix(p + q, p + q), mpmath.matrix(p + q, 1)
        for j in range(p):
            right[j] = score[j] - sum(m * s[j] for m, s in zip(multipliers, slopes))
            for k in range(p):
                system[j, k] = bent[j, k]
            for i in range(q):
                system[j, p + i] = system[p + i, j] = slopes[i][j]
        for i in range(q):
            right[p + i] = -constraint[i]
        step = mpmath.lu_solve(system, right)
        b = [v + step[j] for j, v in enumerate(b)]
        multipliers = [v + step[p + i] for i, v in enumerate(multipliers)]
        if max(abs(v) for v in step) < mpf(10) ** -30:
            return b
    raise ArithmeticError("Newton did not end")


def case(model, loglik, p, equations, text):
    double = lambda b: -float(loglik(b, Double))
    starts = [rng.normal(size=p) for _ in range(40)]
    free = min((minimize(double, s, method="BFGS") for s in starts[:8]), key=lambda r: r.fun)
    under = {"type": "eq", "fun": lambda b: np.array([float(v) for v in equations([mpf(c) for c in b], mp)])}
    with np.errstate(all="ignore"):
        ends = [minimize(double, s, method="SLSQP", constraints=under) for s in [free.x, *starts]]
    best = min((r for r in ends if r.success and np.abs(under["fun"](r.x)).max() < 1e-6), key=lambda r: r.fun)
    exact = lambda b: loglik(b, mp)
    top = newton(exact, [mpf(v) for v in free.x])
    held = newton(exact, [mpf(v) for v in best.x], lambda b: equations(b, mp))
    score = mpmath.matrix(slope(exact, held))
    statistic = (score.T * mpmath.lu_solve(information(exact, held), score))[0]
    likelihood, formula = model.split(" ", 1)
    return {"likelihood": likelihood, "formula": formula, "hypotheses": text, "df": len(equations(held, mp)),
            "loglik": float(exact(top)), "constrained_loglik": float(exact(held)),
            "lr": float(2 * (exact(top) - exact(held))), "score": float(statistic),
            "coefficients": [float(v) for v in held]}


versions = {"mpmath": mpmath.__version__, "scipy": scipy.__version__, "numpy": np.__version__}
data = {"x": x.tolist(), "z": z.tolist(), "y": count.tolist(), "c": number.tolist(), "e": event.tolist()}
print(json.dumps({"versions": versions, "data": data, "cases": [case(*c) for c in CASES]}, indent=1))
