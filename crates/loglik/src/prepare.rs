//! From a spec and a table to a model and its data: rows, likelihood, design, predictors.
//!
//! One mask drops rows with a missing value in any role; everything after it sees the same rows. Parameters that the
//! formula does not name get an intercept, those that are fixed a constant, and the classes of a softmax share the main
//! formula.

use crate::clusters::Clusters;
use crate::layout::Layout;
use crate::own::OwnText;
use crate::response::{self, Responses};
use crate::{Error, Exit, FitSpec, Missing, ResponseInfo, WeightKind, weights};
use loglik_design::{
    Coef, FillOptions, Formula, LinearMap, Plan, PlanOptions, Response, RowColumns, Standard, Table,
    TableSource, UsedRows,
};
use loglik_expr::{condition, parse_expression_over};
use loglik_fit::{Model, Piece, Predictor};
use loglik_likelihood::{Args, Choice, Likelihood, Link, MakeError, Natural, Param, ParamAlias, Spec};
use loglik_own::Own;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One coefficient as it is reported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedCoef {
    /// Machine name, the parameter as prefix when it is not the main one.
    pub(crate) name: String,
    /// The parameter, or the class of a softmax.
    pub(crate) parameter: String,
    /// Index of the likelihood's parameter.
    pub(crate) k: usize,
    /// What the design says of it.
    pub(crate) coef: Coef,
    /// Its place in `beta`.
    pub(crate) at: usize,
}

/// A term of one predictor and its coefficients in `beta`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedTerm {
    /// Its name, the parameter as prefix when it is not the main one.
    pub(crate) name: String,
    /// Index of the likelihood's parameter.
    pub(crate) k: usize,
    /// Coefficients in `beta`.
    pub(crate) at: Vec<usize>,
}

/// Rows used and dropped.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowCounts {
    pub(crate) dropped: usize,
    pub(crate) by_column: BTreeMap<String, usize>,
    pub(crate) weight_sum: f64,
    /// Greatest sizes of the columns of numbers.
    pub(crate) largest: BTreeMap<String, f64>,
    /// Sum of the weights times the trials, or counts, of each row.
    pub(crate) units: f64,
}

/// What a name in the request came to.
pub(crate) struct Chosen {
    pub(crate) likelihood: Arc<dyn Likelihood>,
    pub(crate) natural: Natural,
    pub(crate) aliases: Vec<ParamAlias>,
    pub(crate) args: Args,
}

/// A model and its data, ready to be fitted.
pub(crate) struct Prepared {
    pub(crate) table: Table,
    pub(crate) plan: Arc<Plan>,
    pub(crate) model: Model,
    pub(crate) natural: Natural,
    pub(crate) aliases: Vec<ParamAlias>,
    pub(crate) args: Args,
    pub(crate) source: TableSource<'static>,
    pub(crate) map: LinearMap,
    pub(crate) coefs: Vec<NamedCoef>,
    pub(crate) terms: Vec<NamedTerm>,
    pub(crate) responses: Responses,
    pub(crate) rows: RowCounts,
    pub(crate) fixed: BTreeMap<String, f64>,
    /// Parameters that the formula names, the main one included.
    pub(crate) named: Vec<usize>,
    /// Block of the intercept, if the plan has one.
    pub(crate) ones: Option<usize>,
    /// Clusters of the rows, the keys of the chunks.
    pub(crate) clusters: Clusters,
    /// The user's likelihood, if it is one.
    pub(crate) own: Option<Arc<Own>>,
}

/// Columns of a table with these names that a fit reads.
///
/// # Errors
/// A formula that is not in the grammar, or a name that is no column.
pub fn needed_columns(spec: &FitSpec, names: &[String]) -> Result<Vec<String>, Error> {
    let own = OwnText::of(spec)?;
    let mut needed = match &own {
        Some(own) => {
            let read = own.columns(names)?;
            // `.` of a predictor is every column that the text does not use otherwise.
            let excluded: Vec<String> = excluded(spec).into_iter().chain(read.iter().cloned()).collect();
            let mut needed = own.formula.columns(names, &excluded)?;
            needed.extend(read.into_iter().filter(|name| !needed.contains(name)).collect::<Vec<_>>());
            needed
        }
        None => Formula::parse(&spec.formula)?.columns(names, &excluded(spec))?,
    };
    let mut add = |role: &str, name: &str| {
        if !names.iter().any(|n| n == name) {
            return Err(Error::unknown_column(role, name, names));
        }
        if !needed.iter().any(|n| n == name) {
            needed.push(name.to_owned());
        }
        Ok(())
    };
    if let Some(name) = &spec.weights {
        add("weights", name)?;
    }
    if let Some(name) = &spec.offset {
        add("an offset", name)?;
    }
    if let Some(name) = &spec.exposure {
        add("an exposure", name)?;
    }
    for name in &spec.cluster {
        add("clusters", name)?;
    }
    if let Some(name) = &spec.hac_order {
        add("--hac-order", name)?;
    }
    if let Some(filter) = &spec.filter {
        let tree = filter_tree(filter, names)?;
        for name in tree.names().iter().filter(|n| names.iter().any(|c| c == *n)) {
            add("--where", name)?;
        }
    }
    Ok(needed)
}

pub(crate) fn filter_tree(filter: &str, names: &[String]) -> Result<loglik_expr::Tree, Error> {
    parse_expression_over(filter, names)
        .map_err(|error| Error::new(error.id(), Exit::Request, error.pointed(filter)))
}

/// Columns that `.` leaves out.
fn excluded(spec: &FitSpec) -> Vec<String> {
    let single = [&spec.weights, &spec.offset, &spec.exposure];
    single.into_iter().flatten().chain(&spec.cluster).cloned().collect()
}

/// The rows used, and what was dropped.
fn used_rows(spec: &FitSpec, open: &[String], table: &Table) -> Result<(Table, RowCounts), Error> {
    let mut table = table.clone();
    if let Some(filter) = &spec.filter {
        let tree = filter_tree(filter, table.names())?;
        let keep = condition(&tree, &table)
            .map_err(|error| Error::new(error.id(), Exit::Request, error.pointed(filter)))?;
        table = table.filter(&keep);
    }
    weights::check_weights(spec, &table)?;
    let needed = needed_columns(spec, table.names())?;
    let in_filter_only = |name: &String| {
        let bare = FitSpec { filter: None, ..spec.clone() };
        spec.filter.is_some() && needed_columns(&bare, table.names()).is_ok_and(|n| !n.contains(name))
    };
    let columns: Vec<String> =
        needed.iter().filter(|n| !open.contains(n) && !in_filter_only(n)).cloned().collect();
    let used = UsedRows::of(&table, &columns, spec.weights.as_deref())?;
    if used.dropped > 0 && spec.missing == Missing::Error {
        let (column, count) = used.missing.first().cloned().unwrap_or_default();
        let row = (0..table.rows()).find(|r| table.column(&column).is_some_and(|c| c.is_missing(*r)));
        let message = format!("column `{column}` is missing in {count} rows");
        let error = Error::data("missing_column", message)
            .column(column)
            .remedy("use --missing drop, or fill the cells");
        return Err(row.map_or(error.clone(), |row| error.at(&table, row)));
    }
    let table = if used.are_all() { table } else { table.filter(&used.keep) };
    let rows = RowCounts {
        dropped: used.dropped,
        by_column: used.missing.into_iter().collect(),
        weight_sum: table.rows() as f64,
        largest: used.largest,
        units: table.rows() as f64,
    };
    if table.rows() == 0 {
        let message = format!("no row is left to fit: {} were dropped for missing values", rows.dropped);
        return Err(Error::data("empty_data", message));
    }
    Ok((table, rows))
}

/// The likelihood of the request; a `Surv` response implies `censored(..)`, `y in [a, b]` implies `truncated(..)`.
fn choose(spec: &FitSpec, formula: &Formula, table: &Table) -> Result<Chosen, Error> {
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
        (args.classes, args.counts) = response::classes(formula, table)?;
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
        && counts_above_zero(formula, table)
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

/// Everything that a fit needs, from a spec and a table.
pub(crate) fn prepare(spec: &FitSpec, table: &Table) -> Result<Prepared, Error> {
    let Requested { table, mut rows, chosen, mut responses, formula, excluded, own, named } =
        requested(spec, table)?;
    let what = chosen.likelihood.spec().clone();
    let (held, fixed) = held(spec, &chosen)?;
    let formula = if own.is_some() { formula } else { completed(&formula, &what, &held)? };
    let plan = Plan::new(&formula, &table, &PlanOptions { excluded })
        .map_err(|error| Error::design(&error, &table))?;
    let plan = Arc::new(plan);
    let weights = match &spec.weights {
        Some(name) => Some(weights::number_column(&table, "weights", name)?.to_vec()),
        None => None,
    };
    let precision = spec.weight_kind == WeightKind::Precision && what.precision.is_some();
    let logs: Option<Vec<f64>> =
        weights.as_ref().filter(|_| precision).map(|w| w.iter().map(|w| loglik_num::log(*w)).collect());
    if let Some(w) = &weights {
        rows.weight_sum = w.iter().sum();
    }
    rows.units = responses.units(what.response, weights.as_deref());
    let offset = weights::offset(spec, &table)?;
    let clusters = Clusters::of(&table, &spec.cluster)?;
    let mut standard = Standard::of(&plan, &table).map_err(|error| Error::design(&error, &table))?;
    let layout = Layout::of(&what, &plan, &held, &links(spec, &chosen)?, &mut standard);
    let columns = RowColumns {
        y: std::mem::take(&mut responses.y).into_iter().map(Cow::Owned).collect(),
        weight: weights.filter(|_| !precision).map(Cow::Owned),
        log_precision: logs.map(Cow::Owned),
        offsets: vec![offset.map(Cow::Owned)],
        keys: clusters.keys.iter().map(|(codes, n)| (Cow::Owned(codes.clone()), *n)).collect(),
        given: Vec::new(),
    };
    let offsets = plan.offset_columns(&columns);
    let largest = std::mem::take(&mut rows.largest);
    let options = FillOptions { threads: spec.threads(), largest, ..FillOptions::default() };
    let source =
        plan.chunks(&table, columns, &standard, &options).map_err(|error| Error::design(&error, &table))?;
    let (model, map, mut coefs, terms) = layout.finish(chosen.likelihood, &plan, &standard, &offsets);
    if own.is_some() {
        // A parameter is one number and has its own name; only coefficients of a predictor have two.
        let single = coefs.iter_mut().filter(|c| !named.contains(&c.k));
        single.for_each(|c| c.name = c.parameter.clone());
    }
    let ones = plan.blocks.iter().position(|b| matches!(b, loglik_design::BlockPlan::Ones));
    Ok(Prepared {
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
        fixed,
        named,
        ones,
        clusters,
        own,
    })
}

/// What a request asks of which rows.
struct Requested {
    table: Table,
    rows: RowCounts,
    chosen: Chosen,
    responses: Responses,
    formula: Formula,
    /// Columns that `.` leaves out.
    excluded: Vec<String>,
    own: Option<Arc<Own>>,
    named: Vec<usize>,
}

/// Rows, likelihood and responses of a formula or of an own likelihood.
fn requested(spec: &FitSpec, table: &Table) -> Result<Requested, Error> {
    if let Some(text) = OwnText::of(spec)? {
        let (table, rows) = used_rows(spec, &text.open_columns(), table)?;
        let own = text.compile(&table)?;
        let y = own.responses(&table).map_err(|error| text.refused(&error))?;
        let read = text.columns(table.names())?;
        let column = read.join(", ");
        let responses =
            Responses { y, info: ResponseInfo { column, ..ResponseInfo::default() }, no_events: false };
        let excluded = excluded(spec).into_iter().chain(read).collect();
        let named = (text.params()..own.spec().k()).collect();
        let (chosen, own) = (OwnText::chosen(&own), Some(own));
        return Ok(Requested { table, rows, chosen, responses, formula: text.formula, excluded, own, named });
    }
    let formula = Formula::parse(&spec.formula)?;
    let open: Vec<String> = formula.open_columns().into_iter().map(str::to_owned).collect();
    let (table, rows) = used_rows(spec, &open, table)?;
    let chosen = choose(spec, &formula, &table)?;
    let what = chosen.likelihood.spec();
    let responses = response::read(spec, &formula, &table, what.response)?;
    response::check(chosen.likelihood.as_ref(), &formula, &table, &responses)?;
    let is_named = |k: &usize| {
        *k == 0 || what.shared_predictor || formula.parameters().any(|p| p == owner(&what.params[*k]))
    };
    let named = (0..what.k()).filter(is_named).collect();
    let excluded = excluded(spec);
    Ok(Requested { table, rows, chosen, responses, formula, excluded, own: None, named })
}

/// The name under which a parameter stands in formulas.
pub(crate) fn owner(param: &Param) -> &str {
    param.group.as_deref().unwrap_or(&param.name)
}

impl Prepared {
    /// Whether a coefficient belongs to the main formula's predictor (for a softmax: any class's).
    pub(crate) fn in_main(&self, j: usize) -> bool {
        let shared = self.model.likelihood.spec().shared_predictor;
        let is_main = |k: usize| match &self.own {
            Some(own) => own.regression().is_none_or(|r| r.sigma != k),
            None => k == 0 || shared,
        };
        self.model.predictors.iter().enumerate().any(|(k, predictor)| {
            is_main(k) && predictor.pieces.iter().any(|x| (x.first..x.first + x.coefs).contains(&j))
        })
    }

    /// Whether the terms of a parameter stand in the place of its intercept (`sigma ~ c(sex) - 1`, one scale a
    /// stratum), so that the model with intercepts alone has them too.
    pub(crate) fn keeps_terms(&self, k: usize) -> bool {
        let predictor = &self.model.predictors[k];
        let spec = self.model.likelihood.spec();
        let main = k == 0 || spec.shared_predictor;
        !main && predictor.intercept.is_none() && !spec.params[k].no_intercept && !predictor.is_fixed()
    }

    /// The model with intercepts alone; a main predictor without intercept has nothing in it. `None` where the
    /// model is that already.
    pub(crate) fn null(&self) -> Option<Model> {
        if self.own.is_some() {
            return None;
        }
        let alone = |x: &Predictor| x.is_fixed() || (x.pieces.len() == 1 && x.intercept.is_some());
        if self.model.predictors.iter().all(alone) {
            return None;
        }
        let ones = self.ones.unwrap_or(usize::MAX);
        let mut p = 0;
        let predictors = self
            .model
            .predictors
            .iter()
            .enumerate()
            .map(|(k, predictor)| {
                let spec = self.model.likelihood.spec();
                let main = k == 0 || spec.shared_predictor || spec.params[k].no_intercept;
                let empty =
                    (self.ones.is_none() && !self.keeps_terms(k)) || (main && predictor.intercept.is_none());
                if predictor.is_fixed() || empty {
                    return Predictor { pieces: Vec::new(), intercept: None, ..predictor.clone() };
                }
                if self.keeps_terms(k) {
                    let mut pieces = predictor.pieces.clone();
                    pieces.iter_mut().for_each(|piece| {
                        piece.first = p;
                        p += piece.coefs;
                    });
                    return Predictor { pieces, ..predictor.clone() };
                }
                p += 1;
                let piece = Piece { block: ones, first: p - 1, coefs: 1 };
                Predictor { pieces: vec![piece], intercept: Some(p - 1), ..predictor.clone() }
            })
            .collect();
        Some(Model { likelihood: Arc::clone(&self.model.likelihood), predictors, p })
    }

    /// Name of a coefficient by its place in `beta`.
    pub(crate) fn name_of(&self, at: usize) -> &str {
        self.coefs.iter().find(|c| c.at == at).map_or("", |c| &c.name)
    }
}
