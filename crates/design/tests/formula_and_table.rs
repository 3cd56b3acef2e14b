//! What formulas say, and what is refused: terms, responses, unknown names, levels, values that are not finite.

use loglik_design::{
    Block, Chunk, DesignError, DesignNote, FillOptions, Formula, NO_COEF, Numbers, PART_ROWS, Plan,
    PlanOptions, Response, RowColumns, Source, Standard, Table, Unseen, UsedRows,
};
use loglik_expr::{Column, MISSING};
use std::borrow::Cow;
use std::sync::Arc;

fn number(values: &[f64]) -> Column {
    Column::Number(values.to_vec())
}

fn category(codes: &[u32], levels: &[&str]) -> Column {
    let levels = levels.iter().map(|level| (*level).to_owned()).collect();
    Column::Category { codes: codes.to_vec(), levels, ordered: false }
}

/// Six rows: `y` and `x` numbers, `z` with a zero, `region` of three levels in four, `cyl` a number of three values.
fn table() -> Table {
    Table::from_columns([
        ("y", number(&[1.0, 0.0, 2.0, 1.0, 3.0, 2.0])),
        ("x", number(&[0.5, 1.5, 2.5, 3.5, 4.5, 5.5])),
        ("z", number(&[1.0, 2.0, 0.0, 4.0, 5.0, 6.0])),
        ("region", category(&[0, 2, 3, 0, 2, 3], &["north", "nowhere", "south", "west"])),
        ("cyl", number(&[4.0, 6.0, 8.0, 4.0, 6.0, 8.0])),
        ("a b", number(&[1.0, 1.0, 2.0, 3.0, 5.0, 8.0])),
    ])
    .expect("columns of six rows")
}

fn plan(text: &str) -> Result<Plan, DesignError> {
    Plan::new(&Formula::parse(text)?, &table(), &PlanOptions::default())
}

fn names(text: &str) -> Vec<String> {
    let plan = plan(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let of = |p: &loglik_design::PredictorPlan| p.coefs.iter().map(|c| p.machine_name(c)).collect::<Vec<_>>();
    plan.predictors.iter().flat_map(of).collect()
}

fn fill(plan: &Plan, table: &Table) -> Result<Vec<Vec<Chunk>>, DesignError> {
    Arc::new(plan.clone())
        .chunks(table, RowColumns::default(), &Standard::none(plan), &FillOptions::default())
        .map(|source| all(&source))
}

/// The chunks of every part.
fn all(source: &dyn Source) -> Vec<Vec<Chunk>> {
    let part = |part: usize| {
        let mut chunks = Vec::new();
        let read = source.read(part, &mut |chunk| {
            chunks.push(chunk.clone());
            Ok(())
        });
        read.expect("a table in memory can be read");
        chunks
    };
    (0..source.parts()).map(part).collect()
}

#[test]
fn coefficients_are_named_as_they_were_typed() {
    assert_eq!(names("y ~ x + region"), ["(intercept)", "x", "region[south]", "region[west]"]);
    assert_eq!(names("y ~ factor(cyl):x - 1"), ["cyl[4]:x", "cyl[6]:x", "cyl[8]:x"]);
    assert_eq!(names("y ~ I(x^2)+log(x +  1) - 1"), ["I(x^2)", "log(x + 1)"]);
    assert_eq!(names("y ~ `a b` + 0"), ["a b"]);
    assert_eq!(names("y ~ 1; sigma ~ x"), ["(intercept)", "sigma: (intercept)", "sigma: x"]);
    assert_eq!(names("~ c(region, coding = poly) - 1"), ["region[north]", "region[south]", "region[west]"]);
    assert_eq!(names("~ c(region, coding = poly)"), ["(intercept)", "region[.L]", "region[.Q]"]);
    assert_eq!(names("~ poly(x, 2)"), ["(intercept)", "poly(x, 2)[1]", "poly(x, 2)[2]"]);
    assert_eq!(names("~ c(cyl, base = 8)"), ["(intercept)", "cyl[4]", "cyl[6]"]);
}

#[test]
fn one_variable_coded_twice_has_two_sets_of_names() {
    let twice = names("~ factor(cyl) + c(cyl, coding = sum)");
    assert_eq!(twice[1..3], ["factor(cyl)[6]", "factor(cyl)[8]"]);
    assert_eq!(twice[3..], ["c(cyl, coding = sum)[1]", "c(cyl, coding = sum)[2]"]);
}

#[test]
fn the_dot_leaves_out_the_response_and_what_the_caller_excludes() {
    let formula = Formula::parse("log(y + 1) ~ . - x").expect("a formula");
    let options = PlanOptions { excluded: vec!["z".to_owned(), "region".to_owned()] };
    let plan = Plan::new(&formula, &table(), &options).expect("a plan");
    assert_eq!(plan.used_columns(), ["x", "cyl", "a b"]);
    let names: Vec<&str> = plan.predictors[0].coefs.iter().map(|coef| coef.name.as_str()).collect();
    assert_eq!(names, ["(intercept)", "cyl", "a b"]);
    assert_eq!(formula.columns(table().names(), &options.excluded), Ok(vec_of(&["y", "x", "cyl", "a b"])));
}

fn vec_of(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn responses_are_told_apart() {
    let response = |text: &str| Formula::parse(text).expect(text).response().clone();
    assert_eq!(response("~ x"), Response::Absent);
    assert!(matches!(response("cbind(a, n - a) ~ x"), Response::Cbind(trees) if trees.len() == 2));
    assert!(matches!(response("Surv(t, d) ~ x"), Response::Surv { entry: None, event: Some(_), .. }));
    assert!(matches!(response("Surv(t0, t, d) ~ x"), Response::Surv { entry: Some(_), .. }));
    assert!(matches!(response("y in [1, inf] ~ x"), Response::Truncated { .. }));
    let interval = Formula::parse("Surv(lo, hi, type = \"interval\") ~ x").expect("a formula");
    assert!(matches!(interval.response(), Response::Interval { .. }));
    assert_eq!(interval.open_columns(), ["lo", "hi"]);
    let ratio = response("dead / total ~ x");
    let (dead, total) = ratio.ratio().expect("a ratio");
    assert_eq!((dead.to_string(), total.to_string()), ("dead".to_owned(), "total".to_owned()));
    assert_eq!(response("y == 'yes' ~ x").ratio(), None);
}

#[test]
fn an_unknown_column_is_pointed_at_with_the_nearest_one() {
    let error = plan("y ~ x + log(regoin)").expect_err("no such column");
    let shown = error.to_string();
    let want = "no column `regoin`\n  y ~ x + log(regoin)\n              ^^^^^^ did you mean `region`?   \
                columns: y, x, z, region, cyl, a b";
    assert_eq!((error.id(), error.column(), shown.as_str()), ("unknown_column", Some("regoin"), want));
}

#[test]
fn texts_that_say_nothing_are_refused_where_they_are_wrong() {
    for (text, at, id) in [
        ("y ~ x^2", "x^2", "expression_rejected"),
        ("y ~ 2*x", "2", "expression_rejected"),
        ("y ~ x:offset(z)", "offset(z)", "expression_rejected"),
        ("y ~ c(region, coding = summ)", "summ", "expression_rejected"),
        ("y ~ c(region, base = sauth)", "region", "expression_rejected"),
        ("y ~ c(region, bsae = south)", "c(region, bsae = south)", "expression_rejected"),
        ("y ~ poly(x, 9)", "x", "expression_rejected"),
        ("y ~ ns(x, df = 3, knots = [1])", "ns(x, df = 3, knots = [1])", "expression_rejected"),
        ("y ~ Surv(x, z)", "Surv(x, z)", "expression_rejected"),
        ("Surv(x, z, type = \"left\") ~ 1", "Surv(x, z, type = \"left\")", "expression_rejected"),
    ] {
        let error = plan(text).expect_err(text);
        let DesignError::Formula { span, .. } = &error else { panic!("{text}: {error}") };
        assert_eq!((span.of(text), error.id()), (at, id), "{text}: {error}");
    }
    assert_eq!(plan("y ~ poly(region, 2)").expect_err("text").id(), "type_mismatch");
    assert_eq!(plan("y ~ log(region)").expect_err("text").id(), "type_mismatch");
    assert_eq!(plan("y ~ x +").expect_err("cut off").id(), "expression_rejected");
}

#[test]
fn a_value_that_is_not_finite_is_named_with_its_row() {
    let table = table();
    for (text, column, row) in [
        ("y ~ log(z)", "log(z)", 2),
        ("y ~ x:log(z) + x", "log(z)", 2),
        ("y ~ sqrt(3 - x)", "sqrt(3 - x)", 3),
    ] {
        let error = fill(&plan(text).expect(text), &table).expect_err(text);
        assert_eq!(
            (error.id(), error.column(), error.row()),
            ("non_finite_value", Some(column), Some(row)),
            "{text}"
        );
    }
    let infinite = Table::from_columns([("x", number(&[1.0, 2.0, f64::INFINITY]))]).expect("a column");
    for text in ["~ x", "~ x:x", "~ exp(-x)", "~ offset(x)", "~ factor(x)"] {
        let plan =
            Plan::new(&Formula::parse(text).expect(text), &infinite, &PlanOptions::default()).expect(text);
        let error = fill(&plan, &infinite).expect_err(text);
        assert_eq!(
            (error.id(), error.column(), error.row()),
            ("non_finite_value", Some("x"), Some(2)),
            "{text}"
        );
    }
}

#[test]
fn rows_are_dropped_under_one_mask_and_counted_by_column() {
    let table = Table::from_columns([
        ("y", number(&[1.0, f64::NAN, 3.0, 4.0])),
        ("g", category(&[0, MISSING, MISSING, 1], &["a", "b"])),
        ("w", number(&[1.0, 1.0, 1.0, 0.0])),
    ])
    .expect("columns of four rows");
    let used = UsedRows::of(&table, &vec_of(&["y", "g"]), Some("w"), 1).expect("they are there");
    assert_eq!((used.dropped, used.weightless, used.of_table(&table).rows()), (2, 1, 1));
    assert_eq!(used.missing, [("y".to_owned(), 1), ("g".to_owned(), 2)]);
    assert_eq!(used.flags(), [true, false, false, false]);
    // A missing value that was not dropped is refused, not turned into a number.
    let plan = Plan::new(&Formula::parse("~ g").expect("a formula"), &table, &PlanOptions::default())
        .expect("a plan");
    let error = fill(&plan, &table).expect_err("row 1 is missing");
    assert_eq!(error, DesignError::Missing { column: "g".to_owned(), row: 1 });
}

#[test]
fn an_unseen_level_is_an_error_the_base_or_a_row_without_prediction() {
    let plan = plan("y ~ region + x").expect("a plan");
    let region = category(&[1, 2, 0, 0], &["suoth", "north", "west"]);
    let new = Table::from_columns([("x", number(&[1.0; 4])), ("region", region)]).expect("four rows");
    let want = DesignError::UnseenLevel {
        column: "region".to_owned(),
        level: "suoth".to_owned(),
        row: 2,
        count: 2,
        nearest: Some("south".to_owned()),
    };
    assert_eq!(fill(&plan, &new), Err(want));
    assert_eq!(plan.unseen_rows(&new), Ok(vec![false, false, true, true]));
    let chunks = plan.fill_part(&new, &RowColumns::default(), &Standard::none(&plan), 0, Unseen::Base);
    let chunks = chunks.expect("unseen levels count as the base");
    let Block::Levels(levels) = &chunks[0].blocks[2] else { panic!("region is kept as codes") };
    assert_eq!(levels.codes[..4], [NO_COEF, 1, NO_COEF, NO_COEF]);
}

#[test]
fn a_combination_without_rows_has_no_coefficient_and_no_prediction() {
    let old = Table::from_columns([
        ("a", category(&[0, 1, 0], &["p", "q"])),
        ("b", category(&[0, 0, 1], &["r", "s"])),
    ])
    .expect("three rows");
    let plan = Plan::new(&Formula::parse("~ a*b").expect("a formula"), &old, &PlanOptions::default())
        .expect("a plan");
    assert_eq!(plan.predictors[0].empty_cells, ["a[q]:b[s]"]);
    let new = Table::from_columns([("a", category(&[1], &["p", "q"])), ("b", category(&[1], &["r", "s"]))])
        .expect("one row");
    let cell = "a[q]:b[s]".to_owned();
    assert_eq!(fill(&plan, &new), Err(DesignError::UnseenCell { cell, row: 0 }));
    assert_eq!(plan.unseen_rows(&new), Ok(vec![true]));
}

#[test]
fn a_category_with_one_level_has_no_coefficient_and_is_noted() {
    let table = Table::from_columns([("g", category(&[0, 0], &["only", "other"]))]).expect("two rows");
    let plan = Plan::new(&Formula::parse("~ g").expect("a formula"), &table, &PlanOptions::default())
        .expect("a plan");
    assert_eq!(plan.predictors[0].coefs.len(), 1);
    let note = DesignNote::OneLevelFactor { column: "g".to_owned(), level: "only".to_owned() };
    assert_eq!(plan.notes(), [note]);
}

#[test]
fn a_category_in_which_every_row_is_a_level_of_its_own_is_refused() {
    let levels: Vec<String> = (0..1200).map(|i| format!("id{i}")).collect();
    let column = Column::Category { codes: (0..1200).collect(), levels: levels.into(), ordered: false };
    let table = Table::from_columns([("id", column)]).expect("one column");
    let error = Plan::new(&Formula::parse("~ id").expect("a formula"), &table, &PlanOptions::default());
    let want = DesignError::TooManyLevels { column: "id".to_owned(), levels: 1200, rows: 1200 };
    assert_eq!(error, Err(want));
}

#[test]
fn predictors_share_the_blocks_that_are_the_same() {
    let plan = plan("y ~ x + region; sigma ~ region; nu ~ x + region").expect("a plan");
    // Ones, x, region.
    assert_eq!(plan.blocks.len(), 3);
    assert_eq!(plan.predictors[0].blocks, [0, 1, 2]);
    assert_eq!(plan.predictors[1].blocks, [0, 2]);
    assert_eq!(plan.predictors[2].blocks, plan.predictors[0].blocks);
}

#[test]
fn offsets_of_formula_and_caller_add_up() {
    let plan = plan("y ~ offset(x) + offset(2 * x); sigma ~ x").expect("a plan");
    let exposure = [1.0; 6];
    let rows = RowColumns { offsets: vec![Some(Cow::Borrowed(&exposure)), None], ..RowColumns::default() };
    assert_eq!(plan.offset_columns(&rows), [Some(0), None]);
    let standard = Standard::none(&plan);
    let source = Arc::new(plan).chunks(&table(), rows, &standard, &FillOptions::default()).expect("filled");
    assert_eq!(all(&source)[0][0].offsets[0][..6], [2.5, 5.5, 8.5, 11.5, 14.5, 17.5]);
}

#[test]
fn chunks_are_the_same_on_any_number_of_threads_and_padded_with_the_last_row() {
    let n = 2 * PART_ROWS + 13;
    let x: Vec<f64> = (0..n).map(|i| (i % 101) as f64).collect();
    let codes: Vec<u32> = (0..n as u32).map(|i| i % 3).collect();
    let table = Table::from_columns([("x", number(&x)), ("g", category(&codes, &["a", "b", "c"]))])
        .expect("two columns");
    let formula = Formula::parse("~ x + g + g:log(x + 1)").expect("a formula");
    let plan = Plan::new(&formula, &table, &PlanOptions::default()).expect("a plan");
    let standard = Standard::of(&plan, &table).expect("finite columns");
    let rows = RowColumns { y: vec![Numbers::Borrowed(&x)], ..RowColumns::default() };
    let plan = Arc::new(plan);
    let filled = |threads| {
        let options = FillOptions { threads, ..FillOptions::default() };
        all(&plan.chunks(&table, rows.clone(), &standard, &options).expect("finite columns"))
    };
    let parts = filled(1);
    assert_eq!(parts, filled(3));
    let sizes: Vec<usize> = parts.iter().map(|part| part.iter().map(|chunk| chunk.rows).sum()).collect();
    assert_eq!(sizes, [PART_ROWS, PART_ROWS, 13]);
    let last = &parts[2][0];
    assert_eq!((last.rows, last.n, last.first_row), (13, 16, 2 * PART_ROWS));
    assert_eq!(last.weight[12..], [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(last.y[0][12..], [x[n - 1]; 4]);
}
