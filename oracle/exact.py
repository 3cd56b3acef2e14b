"""Models of reference cases in exact arithmetic: estimates, covariances, profile limits, predictions from definitions.

Used by oracle/disputed.py. Tool: mpmath 1.4.1 with gmpy2 2.3.2 (`pip install mpmath gmpy2`).

Every density is written anew as a function of a row's linear predictors. Its derivatives are differences of step 1e-30
at 120 digits, with an error near 1e-60; estimates are Newton's, profile limits solve score and fall together (Venzon &
Moolgavkar 1988), sandwiches are products of rows. Columns come from machine names: treatment coding alone.
"""
import csv
import json
import re
from functools import cached_property, lru_cache

import mpmath
from mpmath import matrix, mp, mpf

mp.dps = 120
STEP = mpf(10) ** -30
END = mpf(10) ** -50  # Newton ends where no step is longer, beside what it moves
CHI2 = 2 * mpmath.erfinv(mpf("0.95")) ** 2  # 95 % point of chi-square with one degree of freedom


class NotCovered(Exception):
    """A quantity or model that this script does not know."""


# Densities: log density of a count, event or number y; p holds natural parameters ----------------------------------

@lru_cache(maxsize=None)
def log_factorial(y):
    return mpmath.log(mpmath.factorial(y))


def negative_binomial(y, mu, theta):
    rising = mpf(1)
    for k in range(int(y)):
        rising *= theta + k
    return mpmath.log(rising) - log_factorial(y) - theta * mpmath.log1p(mu / theta) + y * mpmath.log(mu / (theta + mu))


PLAIN = {
    "gaussian": lambda y, p: -((y - p["mu"]) ** 2) / 2,
    "bernoulli": lambda y, p: mpmath.log(p["mu"] if y else 1 - p["mu"]),
    "poisson": lambda y, p: y * mpmath.log(p["mu"]) - p["mu"] - log_factorial(y),
    "geometric": lambda y, p: negative_binomial(y, p["mu"], mpf(1)),
    "negative_binomial": lambda y, p: negative_binomial(y, p["mu"], p["theta"]),
    "negative_binomial1": lambda y, p: negative_binomial(y, p["mu"], p["mu"] / p["phi"]),
}
VARIANCE = {"gaussian": lambda p: mpf(1), "bernoulli": lambda p: p["mu"] * (1 - p["mu"]), "poisson": lambda p: p["mu"],
            "negative_binomial": lambda p: p["mu"] + p["mu"] ** 2 / p["theta"]}
NATURAL = {"log": mpmath.exp, "identity": lambda e: e, "sqrt": lambda e: e * e, "probit": mpmath.ncdf,
           "logit": lambda e: 1 / (1 + mpmath.exp(-e)), "cloglog": lambda e: -mpmath.expm1(-mpmath.exp(e))}
LINKS = {"mu": "log", "theta": "log", "phi": "log", "pi": "logit"}


def log_density(likelihood, y, p):
    wrapper, inner = re.fullmatch(r"(?:(\w+)\()?(\w+)\)?", likelihood).groups()
    if inner not in PLAIN:
        raise NotCovered(likelihood)
    f = PLAIN[inner]
    if wrapper is None:
        return f(y, p)
    if wrapper == "zero_inflated":
        return mpmath.log((0 if y else p["pi"]) + (1 - p["pi"]) * mpmath.exp(f(y, p)))
    positive = f(y, p) - mpmath.log(-mpmath.expm1(f(0, p))) if y else None
    if wrapper == "hurdle":
        return mpmath.log(1 - p["pi"]) if y == 0 else mpmath.log(p["pi"]) + positive
    if wrapper == "truncated":
        return positive
    raise NotCovered(likelihood)


# A case: its rows and columns -------------------------------------------------------------------------------

def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def calculated(text, row, at):
    """An expression of the case, in doubles as any reader of the file has it; rows count from 1."""
    words = {"row": at, "repeat": lambda *v: v[(at - 1) % len(v)]}
    return eval(text.replace("^", "**"), {"__builtins__": {}}, row | words)


def read_rows(root, case):
    said, about = case["dataset"], json.load(open(f"{root}/data/datasets.json"))[case["dataset"]["name"]]
    kinds, rows = about["columns"], []
    for at, line in enumerate(csv.DictReader(open(f"{root}/{said['file']}")), 1):
        row = {k: v if kinds[k]["type"] in ("category", "string") else number(v) for k, v in line.items()}
        row |= {k: float(calculated(text, row, at)) for k, text in said.get("derived", {}).items()}
        if "subset" not in said or calculated(said["subset"], row, at):
            rows.append(row)
    used = [k for k in rows[0] if re.search(rf"\b{re.escape(k)}\b", str(case["model"]))]
    return [row for row in rows if all(row[k] != "" for k in used)]


def column(term, row):
    """One entry of the design: the product of indicators and numbers that a machine name spells."""
    out = mpf(1)
    for part in term.split(":"):
        level = re.fullmatch(r"([\w.]+)\[(.+)\]", part)
        if level:
            out *= row[level[1]] == level[2]
        elif part != "(intercept)":
            if part not in row:
                raise NotCovered(f"column {part}")
            out *= mpf(row[part])
    return out


class Case:
    """The model of a case on its rows; `got` has the program's figures, where Newton starts."""

    def __init__(self, root, case, got):
        self.case, self.model, self.results = case, case["model"], case["results"]
        self.likelihood, self.got = self.model["likelihood"], got
        if "offset(" in self.model["formula"] or "contrasts" in self.model:
            raise NotCovered("offset or contrasts")
        names = dict(case["names"])
        coef = {n: got.get(("coef", n)) for n in names}
        self.names = [n for n in names if coef[n] is not None]  # an aliased column is none
        self.start = [mpf(coef[n]) for n in self.names]
        if "theta" in self.results and "log(theta)" not in self.names:
            names["log(theta)"] = "theta: (intercept)"
            self.names.append("log(theta)")
            self.start.append(mpmath.log(mpf(got[("theta", "")])))
        self.p, self.table = len(self.names), read_rows(root, case)
        split = [names[n].split(": ", 1) if ": " in names[n] else ["mu", names[n]] for n in self.names]
        self.parameters = list(dict.fromkeys(s[0] for s in split))
        self.of = [self.parameters.index(s[0]) for s in split]
        self.terms = [s[1] for s in split]
        self.weights = [mpf(row[self.model["weights"]]) if "weights" in self.model else mpf(1) for row in self.table]
        self.x = [[column(term, row) for term in self.terms] for row in self.table]
        response = self.model["formula"].split("~")[0].split(" in ")[0].strip()
        self.y = [row[response] for row in self.table]
        self.y = [int(y) if y == int(y) else mpf(y) for y in self.y]
        used = [i for i, w in enumerate(self.weights) if w]
        self.table, self.weights, self.x, self.y = ([v[i] for i in used] for v in (self.table, self.weights, self.x, self.y))
        self.n = len(self.y)

    def natural(self, etas):
        links = LINKS | self.model["links"]
        return {q: NATURAL[links[q]](eta) for q, eta in zip(self.parameters, etas)}

    def etas(self, i, beta):
        etas = [mpf(0)] * len(self.parameters)
        for j, k in enumerate(self.of):
            etas[k] += self.x[i][j] * beta[j]
        return etas

    def row(self, i, beta, order):
        """Log density of a row, its slopes and curvatures in the linear predictors, by differences."""
        etas, k = self.etas(i, beta), len(self.parameters)

        def at(*moves):
            moved = list(etas)
            for j, m in moves:
                moved[j] += m * STEP
            return self.weights[i] * log_density(self.likelihood, self.y[i], self.natural(moved))

        l = at()
        if order == 0:
            return l, None, None
        up, down = [at((j, 1)) for j in range(k)], [at((j, -1)) for j in range(k)]
        g = [(up[j] - down[j]) / (2 * STEP) for j in range(k)]
        h = matrix(k, k)
        for j in range(k):
            h[j, j] = (up[j] - 2 * l + down[j]) / STEP**2
            for m in range(j):
                both = at((j, 1), (m, 1)) + at((j, -1), (m, -1)) + 2 * l
                h[j, m] = h[m, j] = (both - up[j] - down[j] - up[m] - down[m]) / (2 * STEP**2)
        return l, g, h

    def sums(self, beta, order=2):
        """Log-likelihood, score and information."""
        l, score, info = mpf(0), matrix(self.p, 1), matrix(self.p, self.p)
        for i in range(self.n):
            li, g, h = self.row(i, beta, order)
            l += li
            for a in range(self.p) if order else ():
                xa = self.x[i][a]
                if xa:
                    score[a] += xa * g[self.of[a]]
                    for b in range(a + 1):
                        info[a, b] -= xa * self.x[i][b] * h[self.of[a], self.of[b]]
        for a in range(self.p):
            for b in range(a):
                info[b, a] = info[a, b]
        return l, score, info

    def climbed(self, beta, free):
        """Newton in the coefficients `free`, halved where it would fall, until no step is left."""
        beta = list(beta)
        for _ in range(60):
            l, score, info = self.sums(beta)
            step = mpmath.lu_solve(part(info, free, free), part(score, free, [0])) if free else []
            if all(abs(by) < END * (abs(beta[j]) + mpf(10) ** -8) for j, by in zip(free, step)):
                return beta
            for half in range(30):
                moved = list(beta)
                for j, by in zip(free, step):
                    moved[j] += by / 2**half
                if self.sums(moved, 0)[0] > l - END:
                    break
            beta = moved
        raise NotCovered("Newton does not end")

    @cached_property
    def beta(self):
        return self.climbed(self.start, range(self.p))

    @cached_property
    def at_beta(self):
        return self.sums(self.beta)

    @cached_property
    def mu_terms(self):
        return [j for j in range(self.p) if self.parameters[self.of[j]] == "mu"]

    def weighed(self, beta):
        """Slope of the density, expected weight and squared Pearson residual of every row, in the predictor of the mean."""
        if self.likelihood not in VARIANCE:
            raise NotCovered(f"expected information of {self.likelihood}")
        out = []
        for y, w, etas in zip(self.y, self.weights, (self.etas(i, beta) for i in range(self.n))):
            p, up, down = (self.natural([etas[0] + s] + etas[1:]) for s in (0, STEP, -STEP))
            slope, variance, rest = (up["mu"] - down["mu"]) / (2 * STEP), VARIANCE[self.likelihood](p), y - p["mu"]
            out.append((w * rest * slope / variance, w * slope**2 / variance, w * rest**2 / variance))
        return out

    @cached_property
    def working(self):
        return self.weighed(self.beta)

    @cached_property
    def df_residual(self):
        return self.n - len(self.mu_terms)

    @cached_property
    def phi(self):
        """Pearson's dispersion."""
        return sum(w[2] for w in self.working) / self.df_residual

    @cached_property
    def vcov(self):
        """Of the kind that the case's convention names, with the names of its rows."""
        said = self.case["conventions"]["se"]
        if said.startswith("observed"):
            return self.at_beta[2] ** -1, self.names
        if not said.startswith("expected"):
            raise NotCovered(said)
        scale = self.phi if "dispersion" in self.case["conventions"] else 1
        return self.bread * scale, [self.names[j] for j in self.mu_terms]

    @cached_property
    def design(self):
        return matrix([[row[j] for j in self.mu_terms] for row in self.x])

    @cached_property
    def bread(self):
        return gram(self.design, [w[1] for w in self.working]) ** -1

    def robust_se(self, kind, name, as_package=False):
        k = [self.names[j] for j in self.mu_terms].index(name)
        return mpmath.sqrt(self.sandwich(kind, as_package)[k, k])

    def sandwich(self, kind, as_package):
        """R's names: HC0 to HC4, cluster_HC0 to cluster_HC3. `as_package`: cluster_HC3 as sandwich 3.0.2 computes it."""
        x, a, q = self.design, self.bread, len(self.mu_terms)
        g, w = [v[0] for v in self.working], [v[1] for v in self.working]
        if not kind.startswith("cluster_"):
            h = [w[i] * (x[i, :] * a * x[i, :].T)[0] for i in range(self.n)]
            by = {"HC0": lambda h: 1, "HC1": lambda h: mpf(self.n) / self.df_residual, "HC2": lambda h: 1 / (1 - h),
                  "HC3": lambda h: (1 - h) ** -2, "HC4": lambda h: (1 - h) ** -min(4, h * self.n / q)}[kind]
            return a * gram(x, [g[i] ** 2 * by(h[i]) for i in range(self.n)]) * a
        cluster = [tuple(row[c] for c in self.model["cluster"]) for row in self.table]
        groups = [[i for i in range(self.n) if cluster[i] == c] for c in dict.fromkeys(cluster)]
        info, out, size = a**-1, matrix(q, q), len(groups)
        for rows in groups:
            xc = part(x, rows, range(q))
            score, own = xc.T * matrix([g[i] for i in rows]), gram(xc, [w[i] for i in rows])
            if as_package:  # rows' residuals y - mu are multiplied by (I - H)^-1 with H = X A X' W, not by its transpose
                hat = xc * a * xc.T * mpmath.diag([w[i] for i in rows])
                moved = a * xc.T * mpmath.lu_solve(mpmath.eye(len(rows)) - hat, matrix([g[i] for i in rows]))
            elif kind == "cluster_HC3":  # one Newton step without the group
                moved = mpmath.lu_solve(info - own, score)
            elif kind == "cluster_HC2":  # the root that leaves the expectation under the model right
                low = mpmath.cholesky(a)
                value, vector = mpmath.eigsy(low.T * own * low)
                moved = low * vector * mpmath.diag([1 / mpmath.sqrt(1 - v) for v in value]) * vector.T * low.T * score
            else:
                moved = a * score
            out += moved * moved.T
        groups = mpf(size) / (size - 1)
        return out * {"cluster_HC0": groups, "cluster_HC1": groups * (self.n - 1) / self.df_residual}.get(kind, 1)

    def fall(self, beta):
        """Twice the fall of the log-likelihood from its maximum."""
        return 2 * (self.at_beta[0] - self.sums(beta, 0)[0])

    def others(self, k, given):
        """The coefficients that move while one is held; those of the mean alone where theta is given."""
        return [j for j in (self.mu_terms if given else range(self.p)) if j != k]

    def limit(self, name, side, given):
        """An end of the profile interval: score zero but for the coefficient's own, and the fall of chi-square."""
        k = self.names.index(name)
        others = self.others(k, given)
        width = mpmath.sqrt(CHI2 * (self.at_beta[2] ** -1)[k, k])
        beta = list(self.beta)
        beta[k] += width if side == "1" else -width
        beta = self.climbed(beta, others)
        for _ in range(60):
            l, score, info = self.sums(beta)
            order = others + [k]
            left, right = -part(info, order, order), -part(score, order, [0])
            left[len(others), :] = part(score, order, [0]).T
            right[len(others)] = -(CHI2 / 2 - (self.at_beta[0] - l))
            step = mpmath.lu_solve(left, right)
            for j, by in zip(order, step):
                beta[j] += by
            if max(abs(by) for by in step) < END and (beta[k] > self.beta[k]) == (side == "1"):
                return beta[k]
        raise NotCovered("no limit found")

    def profiled_fall(self, name, value, given=False):
        k = self.names.index(name)
        beta = list(self.beta)
        beta[k] = mpf(value)
        return self.fall(self.climbed(beta, self.others(k, given)))

    def without(self, variable):
        """Twice the fall when every column of a variable is left out."""
        out = [j for j in range(self.p) if variable in re.split(r"[:\[]", self.terms[j])]
        beta = [mpf(0) if j in out else b for j, b in enumerate(self.beta)]
        return self.fall(self.climbed(beta, [j for j in range(self.p) if j not in out])), len(out)

    def predicted(self, what, i, beta):
        etas = self.etas(i, beta)
        p = self.natural(etas)
        inflated, zero = self.likelihood.startswith("zero_inflated"), lambda: mpmath.exp(log_density(self.likelihood, 0, p))
        known = {"eta": lambda: etas[0], "count": lambda: p["mu"], "prob_zero": zero}
        if inflated:
            known |= {"zero": lambda: p["pi"], "response": lambda: (1 - p["pi"]) * p["mu"]}
        elif self.likelihood.startswith("truncated("):
            known = {"mu": lambda: p["mu"] / -mpmath.expm1(PLAIN[self.likelihood[10:-1]](0, p))}
        elif self.likelihood in PLAIN:
            known["mu"] = lambda: p["mu"]
        if what not in known:
            raise NotCovered(f"predict {what}")
        return known[what]()

    def scoring_ends(self, name, value):
        """Whether Fisher scoring from the estimate ends, one coefficient held and no step shortened, as in R's glm.fit."""
        k, beta = self.names.index(name), list(self.beta)
        others, beta[k] = [j for j in self.mu_terms if j != k], mpf(value)
        x = part(self.x, range(self.n), others)
        for _ in range(60):
            try:
                rows = self.weighed(beta)
            except ZeroDivisionError:  # a fitted probability is 1 to 120 digits
                return False
            step = mpmath.lu_solve(gram(x, [w[1] for w in rows]), x.T * matrix([w[0] for w in rows]))
            for j, by in zip(others, step):
                beta[j] += by
            longest = max(abs(by) for by in step)
            if not 1e-9 < longest < 100:
                return longest < 1
        return False


def part(m, rows, columns):
    return matrix([[m[i][j] if isinstance(m, list) else m[i, j] for j in columns] for i in rows])


def gram(x, w):
    return x.T * matrix([[w[i] * x[i, j] for j in range(x.cols)] for i in range(x.rows)])
