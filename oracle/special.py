"""Reference values of the special functions in crates/num, by mpmath at 60 digits or more.

Usage: python3 oracle/special.py crates/num/tests
Tool: mpmath 1.3 or later (`pip install mpmath gmpy2`); the version used is written into the output.

special.txt   one value a line: name, arguments, the value rounded to a double, and what the rounding
              left, in units of its last place.
slopes.txt    one function a line: name, arguments, then value, first and second derivatives.

Sums of positive terms stand in for mpmath's own incomplete gamma and beta functions, whose convergence at
60 digits is not certain for all shapes.
"""
import math
import random
import sys

import mpmath
from mpmath import mp, mpf

mp.dps = 60
rng = random.Random(20261124)


def log_uniform(low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def signed(x):
    return x if rng.random() < 0.5 else -x


def near(centre, count, low=1e-15, high=0.3):
    return [centre + signed(log_uniform(low, high)) for _ in range(count)]


# Exact formulas ---------------------------------------------------------------------------------------------

def gamma_factor(a, x):
    return mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a + 1))


def gamma_p(a, x):
    """x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + ..)"""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -(mp.dps + 5):
        n += 1
        term *= x / (a + n)
        total += term
    return gamma_factor(a, x) * total


def upper(lower, *args):
    """1 - lower at a precision that keeps all digits of the difference."""
    for extra in (20, 100, 400, 900):
        with mp.workdps(mp.dps + extra):
            rest = 1 - lower(*args)
        if rest > mpf(10) ** (-extra):
            return rest
    raise ValueError(args)


def gamma_q(a, x):
    return upper(gamma_p, a, x)


def beta_below(x, a, b):
    """x^a y^b / (a B(a, b)) (1 + (a + b) / (a + 1) x + ..)"""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -(mp.dps + 5) * (1 - x):
        term *= (a + b + n) / (a + 1 + n) * x
        total += term
        n += 1
    log_beta = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)
    return mpmath.exp(a * mpmath.log(x) + b * mpmath.log(1 - x) - log_beta) / a * total


def beta_inc(x, a, b):
    # The series in the smaller of x and 1 - x; the digits lost by 1 - .. are added beforehand.
    return beta_below(x, a, b) if x <= 0.5 else upper(beta_below, 1 - x, b, a)


def beta_inc_upper(x, a, b):
    return beta_inc(1 - x, b, a)


def ndtr(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def log_ndtr(x):
    return mpmath.log(ndtr(x)) if x < 5 else mpmath.log1p(-ndtr(-x))


def norm_quantile(p):
    if p > mpf(1) / 2:
        return -norm_quantile(1 - p)
    start = -mpmath.sqrt(-2 * mpmath.log(2 * p)) if p < mpf("0.5") else mpf(0)
    x = start
    for _ in range(200):
        # Newton on log Phi, which is concave: it converges from below and above.
        density = mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
        step = (mpmath.log(ndtr(x)) - mpmath.log(p)) * ndtr(x) / density
        x -= step
        if abs(step) < mpf(10) ** -50:
            return x
    raise ValueError(p)


def log_rising(x, y):
    return mpmath.loggamma(x + y) - mpmath.loggamma(x)


def lbeta(a, b):
    return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def wide(f):
    """f at 120 digits: for differences of large terms."""
    def g(*args):
        with mp.workdps(120):
            return f(*args)
    return g


def log_of(f, other):
    """log f, by the complement where f is near 1."""
    def g(*args):
        v = f(*args)
        return mpmath.log(v) if v < 0.5 else mpmath.log1p(-other(*args))
    return g


log_gamma_p, log_gamma_q = log_of(gamma_p, gamma_q), log_of(gamma_q, gamma_p)
log_beta_inc, log_beta_inc_upper = log_of(beta_inc, beta_inc_upper), log_of(beta_inc_upper, beta_inc)


def log1mexp(x):
    return mpmath.log(-mpmath.expm1(x)) if x > -1 else mpmath.log1p(-mpmath.exp(x))


def loggamma(x):
    return mpmath.log(abs(mpmath.gamma(x))) if x < 0 else mpmath.loggamma(x)


# Points -----------------------------------------------------------------------------------------------------

def unary_points():
    U = rng.uniform
    L = log_uniform
    yield "exp", mpmath.exp, [U(-745, 709.7) for _ in range(150)] + [signed(L(1e-300, 1)) for _ in range(60)] \
        + [U(-2, 2) for _ in range(60)] + [709.782712893384, -708.3964185322641, -745.13, 0.0, 1.0, -1.0, 5e-324]
    yield "log", mpmath.log, [L(1e-307, 1e308) for _ in range(150)] + near(1.0, 100) \
        + [5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308, 0.5, 2.0, 10.0, 0.7071067811865476]
    yield "log1p", mpmath.log1p, [signed(L(1e-300, 0.5)) for _ in range(120)] + [L(0.5, 1e308) for _ in range(60)] \
        + [U(-0.9999999, 0) for _ in range(60)] + [U(-0.4, 1) for _ in range(60)] + [-0.9999999999999999, 1e-16]
    yield "expm1", mpmath.expm1, [U(-50, 709.7) for _ in range(80)] + [signed(L(1e-300, 1)) for _ in range(100)] \
        + [U(-2, 2) for _ in range(100)] + [709.782712893384, -40.0, -800.0, 0.3465735902799726, -0.3465735902799727]
    yield "log1pexp", lambda x: mpmath.log1p(mpmath.exp(x)), [U(-745, 750) for _ in range(100)] \
        + [U(-40, 40) for _ in range(100)] + [signed(L(1e-20, 1)) for _ in range(80)]
    yield "log1mexp", log1mexp, [-L(1e-300, 1) for _ in range(100)] \
        + [-L(1e-2, 700) for _ in range(120)] + [-0.6931471805599453]
    yield "sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), [U(-700, 40) for _ in range(150)] + [U(-4, 4) for _ in range(80)]
    angles = [U(-20, 20) for _ in range(120)] + [signed(L(1e-300, 1)) for _ in range(60)] \
        + [signed(L(1, 1e5)) for _ in range(80)] + [k * math.pi / 4 for k in range(-12, 13)]
    yield "sin", mpmath.sin, angles
    yield "cos", mpmath.cos, angles
    yield "tan", mpmath.tan, angles
    yield "atan", mpmath.atan, [signed(L(1e-300, 1e300)) for _ in range(100)] + [U(-4, 4) for _ in range(150)] + [1.0, -1.0]
    yield "erf", mpmath.erf, [U(-6, 6) for _ in range(200)] + [signed(L(1e-300, 1)) for _ in range(80)]
    yield "erfc", mpmath.erfc, [U(-6, 26.5) for _ in range(220)] + [signed(L(1e-300, 1)) for _ in range(60)] + near(0.84375, 10) + near(1.25, 10)
    yield "erfcx", wide(lambda x: mpmath.exp(x * x) * mpmath.erfc(x)), [U(-26, 30) for _ in range(200)] \
        + [L(1e-3, 1e150) for _ in range(60)] + near(0.0, 20)
    yield "ndtr", ndtr, [U(-37.5, 8) for _ in range(220)] + [signed(L(1e-20, 1)) for _ in range(60)]
    yield "log_ndtr", log_ndtr, [U(-40, 10) for _ in range(150)] + [-L(1, 1e150) for _ in range(60)] \
        + [U(0, 38) for _ in range(50)] + [signed(L(1e-20, 1)) for _ in range(40)]
    yield "norm_quantile", norm_quantile, [U(0, 1) for _ in range(150)] + [L(5e-324, 0.1) for _ in range(100)] \
        + near(0.5, 40) + [1 - L(1.2e-16, 0.1) for _ in range(30)] + [0.075, 0.925]
    yield "lgamma", loggamma, [L(1e-300, 1e300) for _ in range(80)] + [U(0, 30) for _ in range(120)] \
        + near(1.0, 60) + near(2.0, 60) + [float(k) for k in range(3, 30, 3)]
    root = 1.4616321449683622
    yield "digamma", mpmath.digamma, [L(1e-300, 1e300) for _ in range(80)] + [U(0, 30) for _ in range(150)] + near(root, 50) \
        + [1.0, 2.0, 10.0]
    yield "trigamma", lambda x: mpmath.psi(1, x), [L(1e-150, 1e300) for _ in range(80)] + [U(0, 30) for _ in range(180)]
    yield "tetragamma", lambda x: mpmath.psi(2, x), [L(1e-100, 1e150) for _ in range(60)] + [U(0, 30) for _ in range(150)]
    yield "log_bessel_i0", wide(lambda x: mpmath.log(mpmath.besseli(0, x))), [U(0, 60) for _ in range(150)] \
        + [L(1e-8, 1e5) for _ in range(100)]
    yield "bessel_i1_i0", wide(lambda x: mpmath.besseli(1, x) / mpmath.besseli(0, x)), [U(0, 60) for _ in range(150)] \
        + [L(1e-300, 1e5) for _ in range(80)]


def gamma_points(count, top=2e4):
    out = []
    while len(out) < count:
        a = log_uniform(1e-6, top)
        kind = rng.random()
        if kind < 0.6:
            x = a + math.sqrt(a) * rng.uniform(-8, 8)
        elif kind < 0.8:
            x = log_uniform(1e-10, 700)
        else:
            x = a * rng.uniform(0.2, 3)
        if x <= 0 or not 1e-290 < gamma_p(mpf(a), mpf(x)) or x > a + 600:
            continue
        if float(gamma_factor(mpf(a), mpf(x))) < 1e-280:
            continue
        out.append((a, x))
    return out


def beta_points(count, top=3e3):
    out = []
    while len(out) < count:
        a, b = log_uniform(1e-4, top), log_uniform(1e-4, top)
        mean, sd = a / (a + b), math.sqrt(a * b / (a + b + 1)) / (a + b)
        kind = rng.random()
        x = mean + sd * rng.uniform(-8, 8) if kind < 0.6 else (rng.random() if kind < 0.8 else log_uniform(1e-12, 1))
        if not 0 < x < 1 or x > 1 - 1e-9:
            continue
        v, w = beta_inc(mpf(x), mpf(a), mpf(b)), beta_inc_upper(mpf(x), mpf(a), mpf(b))
        if min(v, w) > mpf("1e-280"):
            out.append((x, a, b))
    return out


def several_points():
    L, U = log_uniform, rng.uniform
    yield "pow", mpmath.power, [(L(1e-5, 1e5), U(-50, 50)) for _ in range(200)] + [(1 + signed(L(1e-12, 1e-2)), signed(L(1, 1e5))) for _ in range(60)]
    yield "logaddexp", wide(lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b))), [(U(5, 60), U(5, 60)) for _ in range(150)]
    yield "logdiffexp", wide(lambda a, b: mpmath.log(mpmath.exp(a) - mpmath.exp(b))), [(50 + U(0, 10), U(-20, 49)) for _ in range(100)]
    rising = [(L(1e-8, 1e16), L(1e-3, 1e6)) for _ in range(150)] + [(L(1e-3, 1e16), float(rng.randrange(0, 50))) for _ in range(150)]
    yield "log_rising", wide(log_rising), rising
    yield "digamma_rising", wide(lambda x, y: mpmath.digamma(x + y) - mpmath.digamma(x)), rising
    yield "trigamma_falling", wide(lambda x, y: mpmath.psi(1, x) - mpmath.psi(1, x + y)), rising
    yield "lbeta", wide(lbeta), [(L(1e-8, 1e8), L(1e-8, 1e8)) for _ in range(200)] + [(U(0.1, 20), U(0.1, 20)) for _ in range(100)]
    points = gamma_points(300)
    yield "gamma_p", gamma_p, points
    yield "gamma_q", gamma_q, points
    yield "log_gamma_p", log_gamma_p, points[:150]
    yield "log_gamma_q", log_gamma_q, points[:150]
    points = beta_points(300)
    yield "beta_inc", beta_inc, points
    yield "beta_inc_upper", beta_inc_upper, points
    yield "log_beta_inc", log_beta_inc, points[:150]
    yield "log_beta_inc_upper", log_beta_inc_upper, points[:150]


def line(name, args, value):
    rounded = float(value)
    if rounded == 0 or math.isinf(rounded):
        return f"{name} {' '.join(map(repr, args))} {rounded!r} 0\n"
    rest = (value - mpf(rounded)) / mpf(math.ulp(rounded))
    return f"{name} {' '.join(map(repr, args))} {rounded!r} {float(rest):.2f}\n"


def values(out):
    for name, f, points in unary_points():
        for x in points:
            out.write(line(name, (x,), f(mpf(x))))
    for name, f, points in several_points():
        for args in points:
            out.write(line(name, args, f(*map(mpf, args))))


# Derivatives ------------------------------------------------------------------------------------------------

def slopes(f, args):
    """Value, gradient and lower Hessian by differences of step 1e-22 at 100 digits: error 1e-40."""
    with mp.workdps(100):
        h = mpf(10) ** -22
        n = len(args)
        args = [mpf(a) for a in args]
        step = [h * max(abs(a), mpf("1e-8")) for a in args]

        def at(moves):
            moved = list(args)
            for i, m in moves:
                moved[i] += m * step[i]
            return f(*moved)

        v = at([])
        plus, minus = [at([(i, 1)]) for i in range(n)], [at([(i, -1)]) for i in range(n)]
        out = [v] + [(plus[i] - minus[i]) / (2 * step[i]) for i in range(n)]
        for i in range(n):
            for j in range(i + 1):
                if i == j:
                    out.append((plus[i] - 2 * v + minus[i]) / step[i] ** 2)
                else:
                    cross = at([(i, 1), (j, 1)]) - at([(i, 1), (j, -1)]) - at([(i, -1), (j, 1)]) + at([(i, -1), (j, -1)])
                    out.append(cross / (4 * step[i] * step[j]))
        return [float(x) for x in out]


def log_t_cdf(t, df):
    x = df / (df + t * t)
    half = beta_inc(x, df / 2, mpf(1) / 2) / 2
    return mpmath.log(half) if t < 0 else mpmath.log(1 - half)


def derivative_points(out):
    L, U = log_uniform, rng.uniform
    gamma = gamma_points(60, 2e3)
    beta = beta_points(60, 5e2)
    table = [
        ("log_gamma_p", log_gamma_p, gamma),
        ("log_gamma_q", log_gamma_q, gamma),
        ("log_beta_inc", log_beta_inc, beta),
        ("log_beta_inc_upper", log_beta_inc_upper, beta),
        ("log_t_cdf", log_t_cdf, [(U(-8, 8), L(0.5, 200)) for _ in range(50)] + [(-L(8, 1e4), L(0.5, 50)) for _ in range(20)]),
        ("lbeta", lbeta, [(L(1e-2, 1e6), L(1e-2, 1e6)) for _ in range(60)]),
        ("lgamma", mpmath.loggamma, [(L(1e-3, 1e6),) for _ in range(40)]),
        ("digamma", mpmath.digamma, [(L(1e-3, 1e6),) for _ in range(40)]),
        ("log_ndtr", log_ndtr, [(U(-30, 6),) for _ in range(40)]),
        ("norm_quantile", norm_quantile_wide, [(U(0.001, 0.999),) for _ in range(20)]),
        ("log_bessel_i0", lambda x: mpmath.log(mpmath.besseli(0, x)), [(L(1e-2, 300),) for _ in range(40)]),
        ("log1mexp", log1mexp, [(-L(1e-4, 50),) for _ in range(30)]),
        ("log1pexp", lambda x: mpmath.log1p(mpmath.exp(x)), [(U(-30, 30),) for _ in range(30)]),
        ("logaddexp", lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)), [(U(-9, 9), U(-9, 9)) for _ in range(30)]),
        ("logdiffexp", lambda a, b: mpmath.log(mpmath.exp(a) - mpmath.exp(b)), [(U(0, 9), -U(0.1, 9)) for _ in range(30)]),
        ("pow", mpmath.power, [(L(1e-2, 1e2), U(-5, 5)) for _ in range(30)]),
        ("atan", mpmath.atan, [(U(-5, 5),) for _ in range(20)]),
        ("tan", mpmath.tan, [(U(-1.5, 1.5),) for _ in range(20)]),
        ("erf", mpmath.erf, [(U(-3, 3),) for _ in range(20)]),
        ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), [(U(-30, 30),) for _ in range(20)]),
    ]
    for name, f, points in table:
        for args in points:
            out.write(f"{name} {' '.join(map(repr, args))} {' '.join(map(repr, slopes(f, args)))}\n")


def norm_quantile_wide(p):
    """The quantile to 90 digits."""
    x = norm_quantile(p)
    for _ in range(3):
        x -= (ndtr(x) - p) * mpmath.exp(x * x / 2) * mpmath.sqrt(2 * mpmath.pi)
    return x


if __name__ == "__main__":
    folder = sys.argv[1]
    head = f"# written by oracle/special.py with mpmath {mpmath.__version__} at {mp.dps} digits; do not edit\n"
    with open(f"{folder}/special.txt", "w") as out:
        out.write(head)
        values(out)
    with open(f"{folder}/slopes.txt", "w") as out:
        out.write(head)
        derivative_points(out)
