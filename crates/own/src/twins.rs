//! Every density as a text in the language of own likelihoods: the twins of the built-in ones.
//!
//! Response columns and parameters have the names of the registry and natural values. `lcdf` and `lccdf` are the logs of
//! the lower and upper tail, where the language can say them. A test holds both together in value, score and information.
//! Those over classes, whose number is the call's, are in `class_twins`.

use loglik_likelihood::families;

/// A density as text.
pub(crate) struct Twin {
    /// The family that it is a twin of.
    pub(crate) name: &'static str,
    /// Definitions and `loglik`.
    pub(crate) text: &'static str,
    /// Other parameters: a name, the parameter that it replaces, and that parameter's value in terms of it.
    pub(crate) given: &'static [(&'static str, &'static str, &'static str)],
    /// Values of arguments that need not be given; those that are no parameters come last.
    pub(crate) defaults: &'static [(&'static str, f64)],
}

/// A twin without further names.
const fn plain(name: &'static str, text: &'static str) -> Twin {
    Twin { name, text, given: &[], defaults: &[] }
}

/// Shape and scale of time itself, for location and scale of its logarithm.
const SHAPE_AND_SCALE: &[(&str, &str, &str)] =
    &[("shape", "sigma", "1 / shape"), ("scale", "mu", "log(scale)")];

/// One trial a row unless they are given.
const ONE_TRIAL: &[(&str, f64)] = &[("trials", 1.0)];

/// The twins.
pub(crate) const TWINS: &[Twin] = &[
    plain(
        families::gaussian::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = log_ndtr(z)
        lccdf = log_ndtr(-z)
        loglik = -0.5*z^2 - log(sigma) - 0.5*log(2*pi)",
    ),
    plain(
        families::laplace::FAMILY.name,
        "z = (y - mu) / sigma
        near = log(0.5) - abs(z)
        far = log1p(-0.5*exp(-abs(z)))
        lcdf = if(z < 0, near, far)
        lccdf = if(z > 0, near, far)
        loglik = -abs(z) - log(2*sigma)",
    ),
    Twin {
        defaults: &[("tau", 0.5)],
        ..plain(
        families::quantile::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = if(z < 0, log(tau) + (1 - tau)*z, log1p(-(1 - tau)*exp(-tau*z)))
        lccdf = if(z > 0, log(1 - tau) - tau*z, log1p(-tau*exp((1 - tau)*z)))
        loglik = log(tau*(1 - tau)) - log(sigma) - if(z > 0, tau*z, (tau - 1)*z)",
    )
    },
    plain(
        families::student_t::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = log_t_cdf(z, nu)
        lccdf = log_t_cdf(-z, nu)
        loglik = log_rising(0.5*nu, 0.5) - 0.5*log(nu*pi) - log(sigma) - 0.5*(nu + 1)*log1p(z^2/nu)",
    ),
    plain(
        families::logistic_dist::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = -log1p(exp(-z))
        lccdf = -log1p(exp(z))
        loglik = -z - 2*log1p(exp(-z)) - log(sigma)",
    ),
    plain(
        families::cauchy::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = if(z < -1, log(atan(-1/z)/pi), log(0.5 + atan(z)/pi))
        lccdf = if(z > 1, log(atan(1/z)/pi), log(0.5 - atan(z)/pi))
        loglik = -log1p(z^2) - log(pi*sigma)",
    ),
    plain(
        families::gumbel::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = -exp(-z)
        lccdf = log1mexp(-exp(-z))
        loglik = -z - exp(-z) - log(sigma)",
    ),
    plain(
        families::gumbel_min::FAMILY.name,
        "z = (y - mu) / sigma
        lcdf = log1mexp(-exp(z))
        lccdf = -exp(z)
        loglik = z - exp(z) - log(sigma)",
    ),
    Twin {
        given: &[("logit", "mu", "sigmoid(logit)")],
        defaults: ONE_TRIAL,
        ..plain(
        families::bernoulli::FAMILY.name,
        "choose = lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
        all = successes >= trials
        a = if(all, 1, trials - floor(successes))
        b = floor(successes) + 1
        lcdf = if(all, 0, if(mu > 0.5, log_beta_inc(1 - mu, a, b), log_beta_inc_upper(mu, b, a)))
        lccdf = if(all, -inf, if(mu > 0.5, log_beta_inc_upper(1 - mu, a, b), log_beta_inc(mu, b, a)))
        loglik = choose + successes*log(mu) + (trials - successes)*log(1 - mu)",
    )
    },
    Twin {
        defaults: ONE_TRIAL,
        ..plain(
        families::beta_binomial::FAMILY.name,
        "s = (1 - rho) / rho
        failures = trials - successes
        choose = lgamma(trials + 1) - lgamma(successes + 1) - lgamma(failures + 1)
        loglik = choose + log_rising(mu*s, successes) + log_rising((1 - mu)*s, failures) - log_rising(s, trials)",
    )
    },
    Twin {
        given: &[("lambda", "mu", "lambda"), ("rate", "mu", "rate")],
        ..plain(
        families::poisson::FAMILY.name,
        "lcdf = log_gamma_q(floor(y) + 1, mu)
        lccdf = log_gamma_p(floor(y) + 1, mu)
        loglik = y*log(mu) - mu - lgamma(y + 1)",
    )
    },
    Twin {
        given: &[("alpha", "theta", "1 / alpha")],
        ..plain(
        families::negative_binomial::FAMILY.name,
        "p = theta / (theta + mu)
        q = mu / (theta + mu)
        k = floor(y) + 1
        lcdf = if(theta < mu, log_beta_inc(p, theta, k), log_beta_inc_upper(q, k, theta))
        lccdf = if(theta < mu, log_beta_inc_upper(p, theta, k), log_beta_inc(q, k, theta))
        loglik = log_rising(theta, y) - lgamma(y + 1) - theta*log1p(mu/theta) - y*log1p(theta/mu)",
    )
    },
    plain(
        families::negative_binomial1::FAMILY.name,
        "theta = mu / phi
        p = 1 / (1 + phi)
        q = phi / (1 + phi)
        k = floor(y) + 1
        lcdf = if(phi > 1, log_beta_inc(p, theta, k), log_beta_inc_upper(q, k, theta))
        lccdf = if(phi > 1, log_beta_inc_upper(p, theta, k), log_beta_inc(q, k, theta))
        loglik = log_rising(theta, y) - lgamma(y + 1) - theta*log1p(phi) - y*log1p(1/phi)",
    ),
    Twin {
        given: &[("prob", "mu", "(1 - prob) / prob")],
        ..plain(
        families::geometric::FAMILY.name,
        "lccdf = -(floor(y) + 1)*log1p(1/mu)
        lcdf = log1mexp(lccdf)
        loglik = -y*log1p(1/mu) - log1p(mu)",
    )
    },
    plain(
        families::log_series::FAMILY.name,
        "loglik = y*log(p) - log(y) - log(-log(1 - p))",
    ),
    Twin {
        given: &[
            ("rate", "mu", "shape / rate"),
            ("scale", "mu", "shape * scale"),
            ("dispersion", "shape", "1 / dispersion"),
        ],
        ..plain(
        families::gamma::FAMILY.name,
        "lcdf = log_gamma_p(shape, shape*y/mu)
        lccdf = log_gamma_q(shape, shape*y/mu)
        loglik = shape*(log(shape) - log(mu)) + (shape - 1)*log(y) - shape*y/mu - lgamma(shape)",
    )
    },
    Twin {
        given: &[("dispersion", "shape", "1 / dispersion")],
        ..plain(
        families::inverse_gaussian::FAMILY.name,
        "a = (y/mu - 1)*sqrt(shape/y)
        b = (y/mu + 1)*sqrt(shape/y)
        lcdf = logaddexp(log_ndtr(a), 2*shape/mu + log_ndtr(-b))
        lccdf = logdiffexp(log_ndtr(-a), 2*shape/mu + log_ndtr(-b))
        loglik = 0.5*log(shape) - 0.5*log(2*pi) - 1.5*log(y) - 0.5*shape*(y/mu - 1)^2/y",
    )
    },
    plain(
        families::tweedie::FAMILY.name,
        "none = mu^(2 - power) / (phi*(2 - power))
        amounts = y*mu^(1 - power) / (phi*(1 - power))
        log_y = if(y > 0, log(y), 0)
        some = amounts + log_tweedie_series(log_y, log(phi), power) - log_y
        loglik = if(y > 0, some, 0) - none + if(y >= 0, 0, -inf)",
    ),
    Twin {
        given: &[("shape1", "mu", "shape1 / (shape1 + shape2)"), ("shape2", "phi", "shape1 + shape2")],
        ..plain(
        families::beta::FAMILY.name,
        "a = mu*phi
        b = (1 - mu)*phi
        lcdf = if(y < 0.5, log_beta_inc(y, a, b), log_beta_inc_upper(1 - y, b, a))
        lccdf = if(y < 0.5, log_beta_inc_upper(y, a, b), log_beta_inc(1 - y, b, a))
        loglik = (mu*phi - 1)*log(y) + ((1 - mu)*phi - 1)*log(1 - y) - lbeta(mu*phi, (1 - mu)*phi)",
    )
    },
    Twin {
        given: &[("rate", "mu", "-log(rate)"), ("scale", "mu", "log(scale)"), ("mean", "mu", "log(mean)")],
        ..plain(
        families::exponential::FAMILY.name,
        "lcdf = log1mexp(-y*exp(-mu))
        lccdf = -y*exp(-mu)
        loglik = -mu - y*exp(-mu)",
    )
    },
    Twin {
        given: SHAPE_AND_SCALE,
        ..plain(
        families::weibull::FAMILY.name,
        "z = (log(y) - mu) / sigma
        lcdf = log1mexp(-exp(z))
        lccdf = -exp(z)
        loglik = z - exp(z) - log(sigma) - log(y)",
    )
    },
    plain(
        families::lognormal::FAMILY.name,
        "z = (log(y) - mu) / sigma
        lcdf = log_ndtr(z)
        lccdf = log_ndtr(-z)
        loglik = -0.5*z^2 - log(sigma) - 0.5*log(2*pi) - log(y)",
    ),
    Twin {
        given: SHAPE_AND_SCALE,
        ..plain(
        families::loglogistic::FAMILY.name,
        "z = (log(y) - mu) / sigma
        lcdf = -log1p(exp(-z))
        lccdf = -log1p(exp(z))
        loglik = z - 2*log1p(exp(z)) - log(sigma) - log(y)",
    )
    },
    Twin {
        given: &[("sigma", "mu", "log(sigma) + 0.5*log(2)")],
        ..plain(
        families::rayleigh::FAMILY.name,
        "z = 2*(log(y) - mu)
        lcdf = log1mexp(-exp(z))
        lccdf = -exp(z)
        loglik = z - exp(z) + log(2) - log(y)",
    )
    },
    plain(
        families::gompertz::FAMILY.name,
        "hazard = rate*y*exprel(shape*y)
        lcdf = log1mexp(-hazard)
        lccdf = -hazard
        loglik = log(rate) + shape*y - hazard",
    ),
    plain(
        families::generalized_gamma::FAMILY.name,
        "w = (log(y) - mu) / sigma
        a = 1 / Q^2
        lcdf = if(Q > 0, log_gamma_p(a, a*exp(Q*w)), log_gamma_q(a, a*exp(Q*w)))
        lccdf = if(Q > 0, log_gamma_q(a, a*exp(Q*w)), log_gamma_p(a, a*exp(Q*w)))
        loglik = log(abs(Q)) + a*log(a) - lgamma(a) + a*(Q*w - exp(Q*w)) - log(sigma) - log(y)",
    ),
    plain(
        families::gev::FAMILY.name,
        "z = (y - mu) / sigma
        inside = 1 + xi*z > 0
        s = if(xi == 0, z, log1p(xi*z)/xi)
        lcdf = if(inside, -exp(-s), if(xi > 0, -inf, 0))
        lccdf = if(inside, log1mexp(-exp(-s)), if(xi > 0, 0, -inf))
        loglik = if(inside, -log(sigma) - (1 + xi)*s - exp(-s), -inf)",
    ),
    plain(
        families::gpd::FAMILY.name,
        "inside = 1 + xi*y/sigma > 0
        s = if(xi == 0, y/sigma, log1p(xi*y/sigma)/xi)
        lcdf = if(inside, log1mexp(-s), 0)
        lccdf = if(inside, -s, -inf)
        loglik = if(inside, -log(sigma) - (1 + xi)*s, -inf)",
    ),
    plain(
        families::lomax::FAMILY.name,
        "far = log1p(y/scale)
        lcdf = log1mexp(-shape*far)
        lccdf = -shape*far
        loglik = log(shape) - log(scale) - far - shape*far",
    ),
    plain(
        families::pareto::FAMILY.name,
        "far = log(y) - log(scale)
        lcdf = if(far > 0, log1mexp(-shape*far), -inf)
        lccdf = if(far > 0, -shape*far, 0)
        loglik = if(y >= scale, log(shape) - shape*far - log(y), -inf)",
    ),
    plain(
        families::burr::FAMILY.name,
        "w = shape2*(log(y) - log(scale))
        far = log1p(exp(w))
        lcdf = log1mexp(-shape1*far)
        lccdf = -shape1*far
        loglik = log(shape1) + log(shape2) + w - far - shape1*far - log(y)",
    ),
    Twin {
        given: &[("max", "width", "max - min")],
        ..plain(
        families::uniform::FAMILY.name,
        "share = (y - min) / width
        lcdf = if(share < 0, -inf, log(min(share, 1)))
        lccdf = if(share > 1, -inf, log(min(1 - share, 1)))
        loglik = if(share >= 0 and share <= 1, -log(width), -inf)",
    )
    },
    plain(
        families::von_mises::FAMILY.name,
        "loglik = -2*kappa*sin(0.5*(y - mu))^2 - log(2*pi) - (log_bessel_i0(kappa) - kappa)",
    ),
];
