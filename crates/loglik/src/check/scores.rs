//! Score tests of what the model might lack: a bend, another link, spread, zeros, coefficients that vary.

use super::rows::Rows;
use super::{Diagnosis, Mend};
use crate::diagnostics::information;
use crate::{Error, Fitted};
use loglik_expr::Column;
use loglik_fit::{Local, Precision};
use loglik_infer::{
    BinomialSpread, Bread, Extra, ExtraAsk, ExtraScore, ExtraZeros, PoissonSpread, Powers, Squares, Varying,
    extra_score,
};
use loglik_likelihood::ResponseKind;
use loglik_num::{chisq_sf, f_sf, normal_sf, normal_two_sided};

/// Coefficients whose variation is tested, at most.
const MOST_VARYING: usize = 30;

/// Draws for the variance of the information-matrix test, and the most of one row.
const DRAWS: usize = 200_000;
const MOST_DRAWS: usize = 2_000;

/// The tests that suit the fit.
pub(super) fn all(fitted: &Fitted, rows: &Rows) -> Result<Vec<Diagnosis>, Error> {
    let (fit, spec) = (&fitted.fit, fitted.fit.model.likelihood.spec());
    let single = !spec.shared_predictor && fitted.prepared.own.is_none() && !fit.estimated.is_empty();
    if !single || spec.name == "quantile" {
        return Ok(Vec::new());
    }
    let mut run = fitted.executor();
    let (info, expected) =
        information(&fit.model, &fit.point, &fit.limits, &fit.estimated, Precision::Plain, &mut run)?;
    let Some(bread) = Bread::new(&info, &fit.estimated, fit.model.p) else { return Ok(Vec::new()) };
    let ask = ExtraAsk { model: &fit.model, at: &fit.point, limits: &fit.limits, bread: &bread, expected };
    let mut tests = Tests { fitted, ask, run };
    let mut found = Vec::new();
    let bend = tests.bend()?;
    let remedy = bend.as_ref().and_then(|(_, mend)| mend.clone());
    found.extend(tests.powers(rows, 1, remedy.clone())?);
    found.extend(tests.powers(rows, 2, remedy)?);
    found.extend(bend.map(|(found, _)| found));
    found.extend(tests.spread()?);
    found.extend(tests.zeros(rows)?);
    found.extend(tests.varying()?);
    Ok(found)
}

struct Tests<'a> {
    fitted: &'a Fitted,
    ask: ExtraAsk<'a>,
    run: Local<'a>,
}

impl Tests<'_> {
    fn score<E: Extra + 'static>(&mut self, extra: E) -> Result<ExtraScore, Error> {
        Ok(extra_score(&self.ask, extra, &mut self.run)?)
    }

    /// A chi-square in the fit's own terms: F for least squares, in units of the dispersion elsewhere.
    fn judged(&self, id: &str, what: &str, score: &ExtraScore) -> Diagnosis {
        let (statistics, q) = (&self.fitted.statistics, score.df as f64);
        if statistics.sigma.is_some() {
            // n (RSS0 - RSS1) / RSS0 is the chi-square of least squares with sigma by maximum likelihood.
            let share = score.statistic / statistics.n;
            let residual = statistics.df_residual - q;
            let f = share / (1.0 - share) * residual / q;
            let message = format!("{what}: F {f:.2} on {} and {residual} df", score.df);
            return Diagnosis::test(id, message, f, score.df, f_sf(f, q, residual));
        }
        let unit = if statistics.scaled { statistics.phi / statistics.dispersion } else { 1.0 };
        let chisq = score.statistic * unit;
        let message = format!("{what}: chi-square {chisq:.2} on {} df", score.df);
        Diagnosis::test(id, message, chisq, score.df, chisq_sf(chisq, q))
    }

    /// Link test with the square of the linear predictor, RESET with square and cube.
    fn powers(&mut self, rows: &Rows, count: usize, mend: Option<Mend>) -> Result<Option<Diagnosis>, Error> {
        let main = &self.fitted.fit.model.predictors[0];
        let etas = rows.seen().etas;
        let mean = etas.mean;
        let free = main.intercept.is_some() && main.offset.is_none();
        let center = if free { mean } else { 0.0 };
        let scale = etas.about(center).sqrt();
        if main.is_constant() || scale <= 1e-9 * mean.abs() || scale.is_nan() {
            return Ok(None);
        }
        let score = self.score(Powers { center, scale, count })?;
        if score.df == 0 {
            return Ok(None);
        }
        let (id, what) = match count {
            1 => ("link_test", "link test, the squared linear predictor as one more term"),
            _ => ("reset", "RESET, powers 2 and 3 of the linear predictor"),
        };
        let found = self.judged(id, what, &score);
        let mend = mend.or_else(|| Mend::interaction(self.fitted)).or_else(|| Mend::flag("se", "hc3"));
        Ok(Some(found.mended("another --link, a transformation, interactions or splines: ns(x, 4)", mend)))
    }

    /// Columns of numbers in the main formula: machine name and place among the kept coefficients.
    fn numbers(&self) -> Vec<(String, usize)> {
        let prepared = &self.fitted.prepared;
        let place = |at: usize| self.ask.bread.kept.iter().position(|j| *j == at);
        let is_number = |name: &str| matches!(prepared.table.column(name), Some(Column::Number(_)));
        let plain =
            prepared.coefs.iter().filter(|c| c.k == 0 && c.name == c.coef.variable && is_number(&c.name));
        plain.filter_map(|c| Some((c.name.clone(), place(c.at)?))).collect()
    }

    /// The column whose square adds most, by Bonferroni; and the formula with it.
    fn bend(&mut self) -> Result<Option<(Diagnosis, Option<Mend>)>, Error> {
        let numbers = self.numbers();
        if numbers.is_empty() {
            return Ok(None);
        }
        let score = self.score(Squares { places: numbers.iter().map(|(_, place)| *place).collect() })?;
        let tried: Vec<(usize, f64)> =
            score.each.iter().copied().enumerate().filter(|(_, z)| !z.is_nan()).collect();
        let Some((worst, z)) = tried.iter().copied().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else {
            return Ok(None);
        };
        let alone = ExtraScore { statistic: z * z, df: 1, each: Vec::new() };
        let name = &numbers[worst].0;
        let mut found = self.judged("curvature", &format!("does a column bend? most `{name}`"), &alone);
        let p = (found.p_value.0 * tried.len() as f64).min(1.0);
        found = Diagnosis {
            message: found.message.clone(),
            ..Diagnosis::test("curvature", found.message, found.statistic.0, 1, p)
        };
        let mend = Mend::main(self.fitted, &format!(" + I({}^2)", loglik_expr::spell_name(name)));
        Ok(Some((
            found.of(vec![name.clone()]).mended("add its square, or a spline: ns(x, 4)", mend.clone()),
            mend,
        )))
    }

    /// Overdispersion of counts and of shares of several trials.
    fn spread(&mut self) -> Result<Option<Diagnosis>, Error> {
        let fitted = self.fitted;
        let statistics = &fitted.statistics;
        let name = fitted.result.likelihood.as_str();
        if statistics.scaled {
            return Ok(None);
        }
        let (score, other) = match name {
            "poisson" => (self.score(PoissonSpread)?, "negative_binomial"),
            "bernoulli" => (self.score(BinomialSpread)?, "beta_binomial"),
            _ => return Ok(None),
        };
        if score.df == 0 {
            return Ok(None);
        }
        let z = score.each[0];
        let ratio = statistics.pearson_chi2.unwrap_or(f64::NAN) / statistics.df_residual;
        let message = format!("dispersion {ratio:.3} (Pearson over df); score test z {z:.2}");
        // Less spread than the model has is no variance component, but it is no fit either.
        let found = Diagnosis::test("dispersion", message, z, 1, normal_two_sided(z));
        let mend =
            if z > 0.0 { Mend::flag("likelihood", other) } else { Mend::flag("dispersion", "pearson") };
        let remedy = if z > 0.0 {
            "a likelihood with a dispersion of its own, or --dispersion pearson"
        } else {
            "the response varies less than the likelihood says: --dispersion pearson"
        };
        Ok(Some(found.mended(remedy, mend)))
    }

    fn zeros(&mut self, rows: &Rows) -> Result<Option<Diagnosis>, Error> {
        let fitted = self.fitted;
        if fitted.result.likelihood != "poisson" {
            return Ok(None);
        }
        let score = self.score(ExtraZeros)?;
        if score.df == 0 {
            return Ok(None);
        }
        let z = score.each[0];
        let seen = rows.seen().zeros;
        let message = format!("{seen} rows are 0; score test of extra zeros z {z:.2}");
        let found = Diagnosis::test("extra_zeros", message, z, 1, normal_sf(z));
        let mend = Mend::flag("likelihood", "zero_inflated(poisson)");
        Ok(Some(found.mended("zero_inflated(poisson), hurdle(poisson) or negative_binomial", mend)))
    }

    /// The information-matrix test, of the squares of the main predictor's columns.
    fn varying(&mut self) -> Result<Option<Diagnosis>, Error> {
        let fitted = self.fitted;
        let kind = fitted.fit.model.likelihood.spec().response;
        if !matches!(kind, ResponseKind::Number | ResponseKind::Trials) {
            return Ok(None);
        }
        let main = |at: &usize| fitted.prepared.coefs.iter().any(|c| c.at == *at && c.k == 0);
        let kept = self.ask.bread.kept.iter().enumerate();
        let places: Vec<usize> =
            kept.filter(|(_, at)| main(at)).map(|(place, _)| place).take(MOST_VARYING).collect();
        let rows = fitted.fit.end.rows.max(1);
        let draws = (DRAWS / rows).clamp(1, MOST_DRAWS);
        let seed = fitted.spec.seed.unwrap_or(0);
        let intercept = fitted.fit.model.predictors[0].intercept.is_some();
        let score = self.score(Varying { places, intercept, draws, seed })?;
        if score.df == 0 || score.statistic.is_nan() {
            return Ok(None);
        }
        let message = format!("information matrix: chi-square {:.2} on {} df", score.statistic, score.df);
        let p = chisq_sf(score.statistic, score.df as f64);
        let found = Diagnosis::test("information_matrix", message, score.statistic, score.df, p);
        Ok(Some(found.mended(
            "variance or coefficients vary from row to row: robust errors, or a formula for the scale",
            Mend::flag("se", "hc3"),
        )))
    }
}
