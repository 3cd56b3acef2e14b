//! What expressions over columns give, and what they refuse.

use std::sync::Arc;

use loglik_expr::{
    Column, Columns, EvalProblem, MISSING, check_levels, condition, evaluate, parse_expression, sort_levels,
};

struct Data {
    names: Vec<String>,
    columns: Vec<Column>,
    first: usize,
}

impl Columns for Data {
    fn rows(&self) -> usize {
        self.columns[0].len()
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|i| &self.columns[i])
    }
    fn file_row(&self, row: usize) -> usize {
        self.first + row
    }
}

const NAN: f64 = f64::NAN;

fn category(levels: &[&str], codes: &[u32], ordered: bool) -> Column {
    let levels: Arc<[String]> = levels.iter().map(|l| (*l).to_owned()).collect();
    Column::Category { codes: codes.to_vec(), levels, ordered }
}

/// Nine rows, so that a lane and a rest are both seen.
fn data() -> Data {
    let columns = vec![
        ("x", Column::Number(vec![1.0, 2.0, -3.0, NAN, 0.0, 1e3, 0.5, 8.0, 1e-300])),
        ("z", Column::Number(vec![2.0; 9])),
        ("g", category(&["low", "high", "mid"], &[0, 1, 2, MISSING, 0, 1, 2, 0, 1], true)),
        ("race", category(&["1", "2", "10"], &[0, 1, 2, 2, 1, 0, 0, 0, MISSING], false)),
    ];
    let (names, columns) = columns.into_iter().map(|(n, c)| (n.to_owned(), c)).unzip();
    Data { names, columns, first: 3 }
}

fn value(text: &str) -> Column {
    evaluate(&parse_expression(text).expect(text), &data()).expect(text)
}

fn numbers(text: &str) -> Vec<f64> {
    match value(text) {
        Column::Number(values) => values,
        other => panic!("{text}: {other:?}"),
    }
}

fn labels(text: &str) -> Vec<String> {
    match value(text) {
        Column::Category { codes, levels, .. } => {
            codes.iter().map(|c| levels.get(*c as usize).map_or("NA".to_owned(), String::clone)).collect()
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[track_caller]
fn assert_rows(text: &str, wanted: [f64; 9]) {
    let got = numbers(text);
    assert!(got.iter().zip(wanted).all(|(g, w)| (g.is_nan() && w.is_nan()) || *g == w), "{text}: {got:?}");
}

#[test]
fn arithmetic_keeps_missing_values_missing() {
    assert_rows("x^2 + 1", [2.0, 5.0, 10.0, NAN, 1.0, 1e6 + 1.0, 1.25, 65.0, 1.0]);
    assert_rows("-x % 3", [2.0, 1.0, 0.0, NAN, 0.0, 2.0, 2.5, 1.0, 3.0]);
    assert_rows("min(x, 1, z)", [1.0, 1.0, -3.0, NAN, 0.0, 1.0, 0.5, 1.0, 1e-300]);
    assert_rows("x / z - z / z", [-0.5, 0.0, -2.5, NAN, -1.0, 499.0, -0.75, 3.0, -1.0]);
}

#[test]
fn comparisons_give_one_zero_or_missing() {
    assert_rows("x >= 1", [1.0, 1.0, 0.0, NAN, 0.0, 1.0, 0.0, 1.0, 0.0]);
    assert_rows("x in [0, 1]", [1.0, 0.0, 0.0, NAN, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert_rows("x not in (1, 2, 1e3)", [0.0, 0.0, 1.0, NAN, 1.0, 0.0, 1.0, 1.0, 1.0]);
    assert_rows("x > 0 and z > 3", [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_rows("x > 0 or z == 2", [1.0; 9]);
    assert_rows("not x > 0", [0.0, 0.0, 1.0, NAN, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_rows("missing(x) + missing(g)", [0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn if_takes_each_row_from_its_own_arm() {
    assert_rows("if(x > 0, x, missing)", [1.0, 2.0, NAN, NAN, NAN, 1e3, 0.5, 8.0, 1e-300]);
    assert_eq!(
        labels("if(x < 1, '0', if(x < 5, '1-4', '15+'))"),
        ["1-4", "1-4", "0", "NA", "0", "15+", "0", "15+", "0"]
    );
    assert_eq!(labels("if(x > 0, g, missing)")[..4], ["low", "high", "NA", "NA"]);
    let Column::Category { levels, .. } = value("if(x > 0, '10', '9')") else { panic!("a category") };
    assert_eq!(levels[..], ["9", "10"]);
    let Column::Category { levels, ordered, .. } = value("if(x > 0, g, 'low')") else { panic!("a category") };
    assert!(ordered && levels[..] == ["low", "high", "mid"]);
}

#[test]
fn texts_are_compared_with_levels() {
    assert_rows("g == 'high'", [0.0, 1.0, 0.0, NAN, 0.0, 1.0, 0.0, 0.0, 1.0]);
    assert_rows("g not in ('low', 'mid')", [0.0, 1.0, 0.0, NAN, 0.0, 1.0, 0.0, 0.0, 1.0]);
    assert_rows("g >= 'high'", [0.0, 1.0, 1.0, NAN, 0.0, 1.0, 1.0, 0.0, 1.0]);
    assert_rows("race == 10", [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, NAN]);
    assert_rows("x == '2'", [0.0, 1.0, 0.0, NAN, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_rows("race == factor(if(x == 1, 1, 10))", [1.0, 0.0, 1.0, NAN, 0.0, 0.0, 0.0, 0.0, NAN]);
    assert_rows("code(race)", [1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 1.0, 1.0, NAN]);
}

#[test]
fn a_number_as_category_has_its_levels_in_numerical_order() {
    let Column::Category { levels, codes, .. } = value("factor(x)") else { panic!("a category") };
    assert_eq!(levels[..], ["-3", "0", "1e-300", "0.5", "1", "2", "8", "1000"]);
    assert_eq!(codes[..4], [4, 5, 0, MISSING]);
    let mut mixed = ["b", "10", "9"].map(String::from).to_vec();
    sort_levels(&mut mixed);
    assert_eq!(mixed, ["10", "9", "b"]);
}

#[test]
fn rows_of_the_file_are_counted_wherever_a_part_begins() {
    assert_rows("row", [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]);
    assert_rows("repeat(1, 2, 0.5)", [1.0, 2.0, 0.5, 1.0, 2.0, 0.5, 1.0, 2.0, 0.5]);
    assert_eq!(labels("repeat('b', 'a')")[..3], ["a", "b", "a"]);
    let kept =
        condition(&parse_expression("row not in (4, 6)").expect("text"), &data()).expect("a condition");
    assert_eq!(kept[..4], [false, true, false, true]);
}

#[test]
fn known_values_of_functions_come_out() {
    // From mpmath 1.3; `num` promises 8 units in the last place of its special functions.
    for (text, wanted) in [
        ("log10(1000)", 3.0),
        ("log2(1/1024)", -10.0),
        ("log2(3)", 1.584962500721156),
        ("log1p(1e-300)", 1e-300),
        ("lgamma(0.5)", 0.5723649429247001),
        ("digamma(1)", -0.5772156649015329),
        ("erf(0.5)", 0.5204998778130465),
        ("logit(0.25)", -1.0986122886681098),
        ("logsumexp(1000, 1000, 1000)", 1_001.098_612_288_668),
        ("lchoose(6, 2)", 2.70805020110221),
        ("lfactorial(5)", 4.787491742782046),
        ("log1pexp(800)", 800.0),
        ("sqrt(2)^2 - 2", 4.440892098500626e-16),
        ("cos(pi)", -1.0),
        ("inf - 1", f64::INFINITY),
        ("round(2.5) + sign(-3) + ceil(0.2)", 2.0),
    ] {
        let got = numbers(text)[0];
        assert!(got == wanted || (got - wanted).abs() <= 8.0 * f64::EPSILON * wanted.abs(), "{text}: {got}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (text, place, nearest) in [
        ("x + zz", "zz", Some("z")),
        ("lgama(x)", "lgama(x)", Some("lgamma")),
        ("g + 1", "g", None),
        ("log(g)", "g", None),
        ("log(x, 2)", "log(x, 2)", None),
        ("if(x, 'a', 1)", "if(x, 'a', 1)", None),
        ("race < '2'", "race < '2'", None),
        ("x == 'two'", "'two'", None),
        ("x == g", "g", None),
        ("'a' + 1", "'a'", None),
        ("[1, 2] * x", "[1, 2]", None),
        ("exp(x = 1)", "exp(x = 1)", None),
        ("repeat(x)", "repeat(x)", None),
        ("code()", "code()", None),
        ("surv(x, x)", "surv(x, x)", Some("Surv")),
        ("y.__class__", "y.__class__", None),
        ("system(\"id\")", "\"id\"", None),
        ("eval(parse(text = '1'))", "'1'", None),
    ] {
        let error = evaluate(&parse_expression(text).expect(text), &data()).expect_err(text);
        if !text.contains('"') && !text.contains("eval") {
            assert_eq!(error.span.of(text), place, "{text}: {error}");
        }
        if let Some(nearest) = nearest {
            assert_eq!(error.mend(), Some(format!("Did you mean `{nearest}`?")));
        }
    }
}

#[test]
fn a_mistyped_level_is_found_before_it_selects_nothing() {
    let text = "x > 0 and g in ('low', 'hihg')";
    let error = check_levels(&parse_expression(text).expect(text), &data()).expect_err(text);
    assert_eq!(error.span.of(text), "'hihg'");
    assert!(matches!(error.problem, EvalProblem::UnknownLevel { nearest: Some(near), .. } if near == "high"));
}
