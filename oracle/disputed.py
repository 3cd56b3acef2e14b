"""Who is right where the program and a directory of reference cases differ: the truth at 50 digits, from definitions.

Usage: cargo xtask conformance DIR --json figures.json; python3 oracle/disputed.py DIR figures.json > oracle/DISPUTED.md
       --below D   also figures that agree, but to fewer than D digits
Tool: mpmath 1.4.1 with gmpy2 2.3.2 (`pip install mpmath gmpy2`); the versions used are written into the output.

Reads the directory's cases, data and `compare.py`, which says what agreement is; oracle/exact.py knows the models. Each
reason given is one that a figure shows or the case states. Ends with status 1 where the program is not right to ten digits.
"""
import importlib.util
import json
import re
import sys

import gmpy2
import mpmath
from exact import CHI2, PLAIN, VARIANCE, Case, NotCovered
from mpmath import mpf


def truth(model, quantity, path):
    """The figure, and the size beside which its error is read where that is not its own."""
    at, alone = path.split("/"), mpf(0)
    if quantity == "coef":
        return model.beta[model.names.index(path)], alone
    if quantity == "vcov" and at[0] == "values":
        (v, names), rows = model.vcov, [model.results["vcov"]["names"][int(k)] for k in at[1:]]
        a, b = (names.index(n) for n in rows)
        return v[a, b], mpmath.sqrt(v[a, a] * v[b, b])
    if quantity in ("se", "se_log_theta"):
        v, names = model.vcov
        k = names.index(path or "log(theta)")
        return mpmath.sqrt(v[k, k]), alone
    if quantity in ("confint_profile", "confint_profile_given_theta"):
        return model.limit(at[0], at[1], quantity.endswith("theta")), alone
    if quantity == "robust_se":
        return model.robust_se(*at), alone
    if quantity == "tests" and at[1] in ("statistic", "pvalue"):
        name = model.results["tests"][int(at[0])]["name"]
        if not re.fullmatch(r"drop [\w.]+", name) or model.likelihood == "gaussian":
            raise NotCovered(name)
        statistic, df = model.without(name[5:])
        p = mpmath.gammainc(mpf(df) / 2, statistic / 2, regularized=True)
        return (statistic, mpf(1)) if at[1] == "statistic" else (p, alone)
    if quantity == "predict" and len(at) == 2:
        return predicted(model, path, model.beta), alone
    raise NotCovered(f"{quantity} {path}")


def predicted(model, path, beta):
    what, place = path.split("/")
    return model.predicted(what, model.results["predict"]["rows"][int(place)] - 1, beta)


def why(model, quantity, path, want, truth, scale):
    """What the reference did, where a figure shows it."""
    at, conventions = path.split("/"), model.case["conventions"]
    if is_zero(truth, scale):
        return "the truth is an exact zero (below 1e-50 of its scale), and the reference is what rounding left of it"
    if quantity == "predict" and truth < EPS and digits(want, EPS) > 9:
        return "the reference is 2^-52 itself: R's binomial links let no probability come nearer to 0"
    if quantity == "predict":
        own = [mpf(model.results["coef"].get(n, b)) for n, b in zip(model.names, model.beta)]
        same, fall = digits(want, predicted(model, path, own)), short(model.fall(own) / 2)
        return f"the reference's fit stopped early: the figure is that of its own coefficients ({same:.1f} digits), " \
               f"where the log-likelihood is {fall} below the maximum"
    if quantity.startswith("se") and "numerical Hessian" in conventions["se"]:
        return "the reference's Hessian is numerical, as its conventions say"
    if quantity.startswith("confint_profile"):
        return of_limit(model, at[0], want, quantity.endswith("theta"))
    if at[0] in ("cluster_HC2", "cluster_HC3"):
        kind = "cluster_HC3"
        same = digits(model.results["robust_se"][kind][at[1]], model.robust_se(kind, at[1], as_package=True))
        return "the reference multiplies a group's residuals by (I - X A X' W)^-1, which is what one Newton step without the " \
               f"group does for constant weights W alone: so computed, its {kind} comes out ({same:.1f} digits). The step " \
               "itself has the transpose, and cluster_HC2 the root of it that is symmetric beside A"
    if quantity == "robust_se":
        ratio = mpf(model.results["robust_se"]["HC1"][at[1]]) / model.results["robust_se"]["HC0"][at[1]]
        right = mpmath.sqrt(mpf(model.n) / model.df_residual)
        return f"the reference lost digits: its HC1 is {short(ratio)} times its HC0, by definition {short(right)}"
    return "not explained"


def of_limit(model, name, want, given):
    fall = model.profiled_fall(name, want, given)
    shown = f"twice the log-likelihood falls by {short(fall)} to the reference's limit, not by {short(CHI2)}"
    if model.likelihood in VARIANCE and digits(fall / CHI2, model.phi) > 6:
        return f"{shown}: it multiplies by Pearson's dispersion {short(model.phi)}, which its conventions do not name"
    inward = (model.beta[model.names.index(name)] - want) / 10**6
    inside, outside = (model.scoring_ends(name, want + by) for by in (inward, -inward))
    return f"{shown}: Fisher scoring with no step shortened {ENDS[inside]} a millionth inside of it and {ENDS[outside]} " \
           "a millionth outside, where a search for a root sees the sign change"


EPS = mpf(2) ** -52
ENDS = {True: "ends", False: "runs off"}


def is_zero(truth, scale):
    return abs(truth) < mpf(10) ** -50 * (scale or 1)


def short(v):
    return mpmath.nstr(v, 7)


def digits(got, truth, scale=0):
    """Decimal digits right, at most 16."""
    off, size = abs(mpf(got) - truth), max(abs(truth), mpf(scale))
    return 16.0 if off == 0 else 0.0 if size == 0 else float(min(16, max(0, -mpmath.log10(off / size))))


# The comparison ------------------------------------------------------------------------------------------------------

def density_truth(case, path):
    """Class density: a row's log density or one of its log tails."""
    at, which = path.split("/")
    name, values, y = case["results"]["rows"][int(at)][:3]
    order = {"negative_binomial": ("theta", "mu"), "poisson": ("mu",)}
    if name not in order:
        raise NotCovered(name)
    mass = [mpmath.exp(PLAIN[name](k, dict(zip(order[name], map(mpf, values))))) for k in range(int(y) + 1)]
    return {"3": mpmath.log(mass[-1]), "4": mpmath.log(sum(mass)), "5": mpmath.log(1 - sum(mass))}[which]


def density_why(case, path, truth):
    at, which = map(int, path.split("/"))
    same = digits(case["refined"]["rows"][at][which], truth)
    return f"the figure compared is R's, which loses digits here; the case's refined one has {same:.1f} digits"


def disputed(compare, case, got, below):
    """Figures that disagree, or agree to fewer digits than asked for."""
    for quantity, name, want, asked, scale in compare.expected(case):
        found = got.get((quantity, name))
        both = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (found, want))
        if both and (not compare.agree(found, want, asked, scale) or compare.lre(found, want, scale) < below):
            yield quantity, name, mpf(want), mpf(found)


def judged(root, compare, case, got, below, open_):
    """Per quantity: digits of reference and program, name, reference, truth, program, scale, of every figure; and the model."""
    rows, model = {}, None
    for quantity, name, want, found in disputed(compare, case, got, below):
        try:
            if case["class"] == "density":
                right, scale = density_truth(case, name), mpf(0)
            else:
                model = model or Case(root, case, got)
                right, scale = truth(model, quantity, name)
        except (NotCovered, KeyError, ValueError) as error:
            open_.append(f"{case['id']}, {quantity} {name}: {error}")
            continue
        line = (digits(want, right, scale), digits(found, right, scale), name, want, right, found, scale)
        rows.setdefault(quantity, []).append(line)
    return rows, model


def main():
    arguments = sys.argv[1:]
    at = arguments.index("--below") if "--below" in arguments else len(arguments)
    below, (root, figures) = float((arguments[at + 1 : at + 2] or [0])[0]), arguments[:at] + arguments[at + 2 :]
    spec = importlib.util.spec_from_file_location("compare", f"{root}/compare.py")
    compare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(compare)
    table, reasons, open_, least = [], {}, [], 16.0
    for answer in json.load(open(figures))["cases"]:
        case = json.load(open(f"{root}/cases/{answer['id']}.json"))
        got = {(v["quantity"], v["name"]): v["got"] for v in answer["values"]}
        rows, model = judged(root, compare, case, got, below, open_)
        for quantity, found in rows.items():
            theirs, _, name, want, right, have, scale = min(found)
            ours = min(f[1] for f in found)
            least = min(least, ours)
            reason = why(model, quantity, name, want, right, scale) if model else density_why(case, name, right)
            shown = " | ".join(f"{float(v):.12g}" for v in (want, 0 if is_zero(right, scale) else right, have))
            number = reasons.setdefault(reason, len(reasons) + 1)
            where = f"{case['id']} | {quantity} {name}".strip()
            table.append(f"| {where} | {len(found)} | {shown} | {theirs:.1f} | {ours:.1f} | {number} |")
            print(table[-1], file=sys.stderr, flush=True)
    print(HEAD.format(mp=mpmath.__version__, gmp=gmpy2.version(), least=least), *table, sep="\n")
    print("\nWhy the reference differs:\n", *[f"{number}. {reason}." for reason, number in reasons.items()], sep="\n")
    if open_:
        print("\nNot covered by the script:\n", *[f"- {line}" for line in open_], sep="\n")
    sys.exit(least < 10)


HEAD = """# Where program and reference differ

Written by `python3 oracle/disputed.py DIR figures.json` with mpmath {mp} and gmpy2 {gmp}; not by hand. `figures.json` is
that of `cargo xtask conformance DIR --json figures.json`. One line for each quantity of a case: the figure that the
reference misses by most, with the reason for it, and how many differ. Digits are decimal ones shared with the truth, at
most 16: of the reference in this figure, of the program in all of them at least. Entries of a covariance are read beside
the standard errors of their row and column. The program has {least:.1f} digits or more everywhere.

| case | figure | differing | reference | truth | program | its digits | ours | why |
|---|---|---|---|---|---|---|---|---|"""

if __name__ == "__main__":
    main()
