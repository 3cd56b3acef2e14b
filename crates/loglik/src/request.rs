//! What a request comes to on rows that are known: likelihood, held parameters, links, design.
//!
//! What all rows together decide is found once, over a table or over the pieces of a stream; then any of the rows are
//! read alike. Parameters that the formula does not name get an intercept, those that are fixed a constant, and the
//! classes of a softmax share the main formula.

use crate::clusters::Clusters;
use crate::layout::Layout;
use crate::outcomes::Outcomes;
use crate::own::OwnText;
use crate::prepare::{Prepared, owner};
use crate::response::{self, Responses};
use crate::response_facts::Facts;
use crate::rows::Rows;
use crate::spec::Written;
use crate::used_rows::{RowCounts, excluded};
use crate::{Error, Exit, FitSpec, ResponseInfo, WeightKind};
use loglik_design::{Formula, Numbers, Pieces, Plan, PlanOptions, Response, Standard, Table};
use loglik_likelihood::{Args, Choice, Likelihood, Link, MakeError, Natural, NaturalPart, ParamAlias, Spec};
use loglik_own::Own;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was typed, read: a formula, or a likelihood of one's own.
#[derive(Clone)]
pub(crate) enum Typed {
    Formula(Box<Formula>),
    Own(Box<OwnText>),
}

impl Typed {
    /// Reads a spec.
    ///
    /// # Errors
    /// A text that is not in the grammar.
    pub(crate) fn of(spec: &FitSpec) -> Result<Self, Error> {
        Ok(match OwnText::of(spec)? {
            Some(text) => Self::Own(Box::new(text)),
            None => Self::Formula(Box::new(Formula::parse(&spec.formula)?)),
        })
    }

    /// Columns whose missing values the model asks about.
    pub(crate) fn open_columns(&self) -> Vec<String> {
        match self {
            Self::Formula(formula) => formula.open_columns().into_iter().map(str::to_owned).collect(),
            Self::Own(text) => text.open_columns(),
        }
    }
}

/// What a name in the request came to.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) likelihood: Arc<dyn Likelihood>,
    pub(crate) natural: Natural,
    pub(crate) aliases: Vec<ParamAlias>,
    pub(crate) args: Args,
}

impl Chosen {
    /// A likelihood whose natural parameters are its own, under no other names.
    pub(crate) fn of_singles(likelihood: Arc<dyn Likelihood>) -> Self {
        let single = |p: &loglik_likelihood::Param| NaturalPart::Single(p.name.clone(), p.support);
        let natural = Natural(likelihood.spec().params.iter().map(single).collect());
        Self { likelihood, natural, aliases: Vec::new(), args: Args::default() }
    }
}

/// Rows that are ready to be fitted.
pub(crate) struct Ready {
    /// The rows used; of a stream those of the first part.
    pub(crate) table: Table,
    pub(crate) source: Rows,
    pub(crate) rows: RowCounts,
    pub(crate) responses: Responses,
    pub(crate) clusters: Clusters,
    pub(crate) outcomes: Option<Outcomes>,
}

/// What a request comes to on rows that are known.
#[derive(Clone)]
pub(crate) struct Request {
    typed: Typed,
    chosen: Chosen,
    held: Held,
    facts: Facts,
    own: Option<Arc<Own>>,
    pub(crate) plan: Arc<Plan>,
}

impl Request {
    /// Likelihood and design of a request: what all rows together decide.
    pub(crate) fn of(spec: &FitSpec, typed: Typed, rows: &dyn Pieces) -> Result<Self, Error> {
        let mut excluded = excluded(spec);
        let (own, chosen, held, facts, formula) = match &typed {
            Typed::Own(text) => {
                // `.` of a predictor is every column that the text does not read otherwise.
                excluded.extend(text.columns(rows.names())?);
                let own = text.compile(rows.head())?;
                let chosen = Chosen::of_singles(Arc::clone(&own) as Arc<dyn Likelihood>);
                let held = held(spec, &chosen)?;
                (Some(own), chosen, held, Facts::default(), text.formula.clone())
            }
            Typed::Formula(formula) => {
                let chosen = choose(spec, formula, rows)?;
                let what = chosen.likelihood.spec();
                let facts = Facts::of(spec, formula, rows, what.response)?;
                let held = held(spec, &chosen)?;
                let completed = completed(formula, what, &held.0)?;
                (None, chosen, held, facts, completed)
            }
        };
        let plan = Plan::new(&formula, rows, &PlanOptions { excluded })
            .map_err(|error| Error::design(&error, rows.head()))?;
        Ok(Self { typed, chosen, held, facts, own, plan: Arc::new(plan) })
    }

    /// The response of some rows, refused where the likelihood does not admit it.
    pub(crate) fn responses(&self, spec: &FitSpec, table: &Table) -> Result<Responses, Error> {
        let likelihood = self.chosen.likelihood.as_ref();
        match (&self.typed, &self.own) {
            (Typed::Own(text), Some(own)) => {
                let y = own.responses(table).map_err(|error| text.refused(&error))?;
                let y = y.into_iter().map(Numbers::from).collect();
                let column = text.columns(table.names())?.join(", ");
                let info = ResponseInfo { column, ..ResponseInfo::default() };
                Ok(Responses { y, info, ..Responses::default() })
            }
            (Typed::Own(_), None) => unreachable!("an own text is compiled with its request"),
            (Typed::Formula(formula), _) => {
                let read = response::read(spec, formula, table, likelihood.spec().response, &self.facts)?;
                response::check(likelihood, formula, table, &read, spec.threads())?;
                Ok(read)
            }
        }
    }

    /// What the likelihood says of itself.
    pub(crate) fn likelihood(&self) -> &Spec {
        self.chosen.likelihood.spec()
    }

    /// Whether weights scale the likelihood's own dispersion.
    pub(crate) fn has_precision(&self, spec: &FitSpec) -> bool {
        spec.weight_kind == WeightKind::Precision && self.likelihood().precision.is_some()
    }

    /// Where coefficients lie, and the scaling of columns, by the first part of the rows.
    pub(crate) fn layout(&self, spec: &FitSpec, head: &Table) -> Result<(Layout, Standard), Error> {
        let mut standard = Standard::of(&self.plan, head).map_err(|error| Error::design(&error, head))?;
        let links = links(spec, &self.chosen)?;
        let layout = Layout::of(self.likelihood(), &self.plan, &self.held.0, &links, &mut standard);
        Ok((layout, standard))
    }

    /// Parameters that the request names, the main one included.
    fn named(&self) -> Vec<usize> {
        let what = self.likelihood();
        match &self.typed {
            Typed::Own(text) => (text.params()..what.k()).collect(),
            Typed::Formula(formula) => {
                let is_named = |k: &usize| {
                    let name = owner(&what.params[*k]);
                    *k == 0 || what.shared_predictor || formula.parameters().any(|p| p == name)
                };
                (0..what.k()).filter(is_named).collect()
            }
        }
    }

    /// The model and its data.
    pub(crate) fn finish(
        self,
        data: Ready,
        layout: Layout,
        standard: &Standard,
        offsets: &[Option<usize>],
    ) -> Prepared {
        let named = self.named();
        let Self { chosen, held, own, plan, .. } = self;
        let Ready { table, source, rows, responses, clusters, outcomes } = data;
        let (model, map, mut coefs, terms) = layout.finish(chosen.likelihood, &plan, standard, offsets);
        if own.is_some() {
            // A parameter is one number and has its own name; only coefficients of a predictor have two.
            let single = coefs.iter_mut().filter(|c| !named.contains(&c.k));
            single.for_each(|c| c.name = c.parameter.clone());
        }
        let ones = plan.blocks.iter().position(|b| matches!(b, loglik_design::BlockPlan::Ones));
        Prepared {
            table,
            plan,
            model,
            natural: chosen.natural,
            aliases: chosen.aliases,
            args: chosen.args,
            source,
            map,
            coefs,
            terms,
            responses,
            rows,
            fixed: held.1,
            named,
            ones,
            clusters,
            outcomes,
            own,
        }
    }
}

/// The likelihood of the request; a `Surv` response implies `censored(..)`, `y in [a, b]` implies `truncated(..)`.
fn choose(spec: &FitSpec, formula: &Formula, rows: &dyn Pieces) -> Result<Chosen, Error> {
    if let Some(Written(likelihood)) = &spec.written {
        if !matches!(formula.response(), Response::Expression(_) | Response::Cbind(_)) {
            let message = "a likelihood of the caller's own type takes a plain response";
            return Err(Error::request(message).remedy("censoring and truncation are written into the type"));
        }
        return Ok(Chosen::of_singles(Arc::clone(likelihood)));
    }
    let name = if spec.likelihood.is_empty() { "gaussian" } else { &spec.likelihood };
    let wrapped = match formula.response() {
        Response::Surv { .. } | Response::Interval { .. } if !name.starts_with("censored") => {
            format!("censored({name})")
        }
        Response::Truncated { .. } if !name.starts_with("truncated") => format!("truncated({name})"),
        _ => name.to_owned(),
    };
    let power = spec.fixed.iter().find(|(name, _)| name == "power").map(|(_, value)| *value);
    let link =
        spec.links.iter().find(|(param, _)| param.is_empty() || param == "mu").map(|(_, link)| link.parse());
    let mut args = Args {
        tau: spec.tau.unwrap_or(0.5),
        reference: spec.reference.clone(),
        power,
        structure: spec.structure.clone(),
        bounded: matches!(formula.response(), Response::Truncated { .. }),
        ..Args::default()
    };
    if let Some(link) = link {
        args.link = Some(link?);
    }
    let mut made = loglik_likelihood::parse(&wrapped, &args);
    if let Err(MakeError::Classes { .. }) = &made {
        (args.classes, args.counts) = response::classes(formula, rows)?;
        made = loglik_likelihood::parse(&wrapped, &args);
        if args.classes.len() < 2 {
            let error = Error::new("response_constant", Exit::Infinite, "the response has one class only");
            return Err(made
                .err()
                .map_or(error.clone(), |_| error)
                .column(formula.response().trees()[0].names().join(" ")));
        }
    }
    if made.as_ref().is_ok_and(|choice| choice.likelihood.spec().discrete)
        && counts_above_zero(formula, rows.head())
    {
        args.bounded = false;
        made = loglik_likelihood::parse(&wrapped, &args);
    }
    let Choice { likelihood, natural, aliases } = made?;
    Ok(Chosen { likelihood: Arc::from(likelihood), natural, aliases, args })
}

/// Whether the bounds of a truncated count say no more than that it is above 0: `y in [1, inf]`.
fn counts_above_zero(formula: &Formula, table: &Table) -> bool {
    let Response::Truncated { bounds, .. } = formula.response() else { return false };
    let constant = |tree: &loglik_expr::Tree| match loglik_expr::evaluate(tree, table) {
        Ok(loglik_expr::Column::Number(values)) => {
            let named = tree.names().iter().any(|name| table.column(name).is_some());
            values.first().copied().filter(|first| !named && values.iter().all(|v| v == first))
        }
        _ => None,
    };
    let [lower, upper] = [&bounds[0], &bounds[1]].map(constant);
    lower.is_some_and(|low| low > 0.0 && low <= 1.0) && upper == Some(f64::INFINITY)
}

/// Index and natural value of a parameter that a flag names, aliases understood.
pub(crate) fn parameter(
    spec: &Spec,
    aliases: &[ParamAlias],
    flag: &str,
    name: &str,
    value: f64,
) -> Result<(usize, f64), Error> {
    if let Some(k) = spec.param(name) {
        return Ok((k, value));
    }
    let alias = aliases.iter().find(|a| a.alias == name);
    if let Some((alias, k)) = alias.and_then(|a| Some((a, spec.param(a.param)?))) {
        return Ok((k, (alias.value)(value)));
    }
    Err(Error::unknown_word(flag, name, spec.params.iter().map(|p| p.name.as_str())))
}

/// Coordinates by index, natural values by name.
type Held = (BTreeMap<usize, f64>, BTreeMap<String, f64>);

/// Parameters that are held, by index, as coordinates; and their natural values by name.
fn held(spec: &FitSpec, chosen: &Chosen) -> Result<Held, Error> {
    let what = chosen.likelihood.spec();
    let (mut held, mut shown) = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in &spec.fixed {
        if name == "power" && what.param(name).is_none() && chosen.args.power.is_some() {
            shown.insert(name.clone(), *value);
            continue;
        }
        let (k, natural) = parameter(what, &chosen.aliases, "--fix", name, *value)?;
        let u = what.params[k].support.coordinate(natural);
        if u.is_nan() {
            return Err(Error::request(format!("--fix {name}={value}: outside the range of `{name}`")));
        }
        held.insert(k, u);
        shown.insert(what.params[k].name.clone(), natural);
    }
    Ok((held, shown))
}

/// The formula with an intercept for every parameter that it does not name and that is not held.
fn completed(formula: &Formula, spec: &Spec, held: &BTreeMap<usize, f64>) -> Result<Formula, Error> {
    let known = |name: &str| spec.params.iter().any(|p| p.group.as_deref().unwrap_or(&p.name) == name);
    if let Some(name) = formula.parameters().find(|name| !known(name)) {
        let words = spec.params.iter().map(|p| p.group.as_deref().unwrap_or(&p.name));
        return Err(Error::unknown_word("parameter", name, words));
    }
    let mut text = formula.text().to_owned();
    let mut added: Vec<&str> = formula.parameters().collect::<Vec<_>>();
    for (k, param) in spec.params.iter().enumerate().skip(1) {
        let owner = param.group.as_deref().unwrap_or(&param.name);
        let free = !held.contains_key(&k) && !added.contains(&owner) && param.held.is_none();
        if free && !(spec.shared_predictor && param.group.is_none()) {
            text.push_str(&format!("; {owner} ~ 1"));
            added.push(owner);
        }
    }
    Ok(Formula::parse(&text)?)
}

/// Links of the parameters: asked for, or the parameter's own.
fn links(spec: &FitSpec, chosen: &Chosen) -> Result<Vec<Link>, Error> {
    let what = chosen.likelihood.spec();
    let mut links: Vec<Link> = what.params.iter().map(|p| p.link).collect();
    for (name, text) in &spec.links {
        let link: Link = text.parse()?;
        let main = name.is_empty() || name == "mu";
        if main && what.shared_predictor && link != Link::Logit {
            return Err(Error::request(format!("--link {text}: `{}` has the logit link", what.name)).remedy(
                "leave out --link; probabilities of ordered classes take others: --likelihood ordinal",
            ));
        }
        if main && (what.shared_predictor || what.link_inside) {
            continue;
        }
        let k = if main && what.param(name).is_none() {
            0
        } else {
            parameter(what, &chosen.aliases, "--link", name, 1.0)?.0
        };
        links[k] = link;
    }
    Ok(links)
}
