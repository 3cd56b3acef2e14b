//! A model file proves itself: it is refused when it was touched, and says of data what no longer holds.

use loglik::expr::Column;
use loglik::{FitSpec, ModelFile, Table, Verification, fit};

/// Forty rows with a numeric and a categorical column, and counts; `y` is 0 in all of the level `none` if `zero_cell`.
fn columns(zero_cell: bool) -> Vec<(&'static str, Column)> {
    let x: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11) / 4.0).collect();
    let codes: Vec<u32> = (0..40).map(|i| i % 3).collect();
    let y = (0..40_u32).map(|i| if zero_cell && i % 3 == 1 { 0.0 } else { f64::from((i * i + 3 * i) % 7) });
    let levels = ["low", "none", "top"].map(str::to_owned).into();
    vec![
        ("y", Column::Number(y.collect())),
        ("x", Column::Number(x)),
        ("g", Column::Category { codes, levels, ordered: false }),
    ]
}

fn table(zero_cell: bool) -> Table {
    Table::from_columns(columns(zero_cell)).expect("columns of forty rows")
}

fn stored(formula: &str, likelihood: &str, table: &Table) -> String {
    let fitted = fit(&FitSpec::new(formula, likelihood), table).expect("it fits");
    fitted.model_file().expect("it is written down")
}

fn verified(text: &str, table: &Table) -> Verification {
    ModelFile::parse(text).expect("it is whole").verify(table).expect("the data are legal")
}

fn failing(answer: &Verification) -> Vec<&str> {
    answer.checks.iter().filter(|c| c.holds != Some(true)).map(|c| c.id.as_str()).collect()
}

#[test]
fn a_certificate_holds_for_the_data_it_was_made_from() {
    let likelihoods =
        ["poisson", "gaussian", "negative_binomial", "laplace", "zero_inflated(poisson)", "student_t"];
    for likelihood in likelihoods {
        let answer = verified(&stored("y ~ x + g", likelihood, &table(false)), &table(false));
        assert!(answer.holds, "{likelihood}: {:?}", failing(&answer));
    }
    let spline = verified(&stored("y ~ poly(x, 2) + c(g)", "poisson", &table(false)), &table(false));
    assert!(spline.holds, "{:?}", failing(&spline));
}

#[test]
fn a_limit_model_has_a_certificate_too_and_other_data_break_it() {
    let text = stored("y ~ x + g", "poisson", &table(true));
    let before = verified(&text, &table(true));
    assert!(before.holds, "{:?}", failing(&before));
    let existence = before.checks.iter().find(|c| c.id == "existence").expect("it is checked");
    assert_eq!(existence.found.0, 13.0, "thirteen rows of the level are at infinity");
    let after = verified(&text, &table(false));
    assert!(failing(&after).contains(&"existence"), "rows that are not 0 object: {:?}", failing(&after));
}

#[test]
fn one_changed_value_is_found_named_and_moves_the_maximum() {
    let text = stored("y ~ x + g", "poisson", &table(false));
    let mut changed = columns(false);
    let Column::Number(y) = &mut changed[0].1 else { panic!("a numeric column") };
    y[17] += 1.0;
    let answer = verified(&text, &Table::from_columns(changed).expect("forty rows"));
    assert_eq!(failing(&answer), ["data", "loglik", "score", "decrement", "spectrum"][..4]);
    assert_eq!(answer.checks[1].columns, ["y"]);
}

#[test]
fn data_with_another_level_are_another_design() {
    let text = stored("y ~ x + g", "poisson", &table(false));
    let mut changed = columns(false);
    let Column::Category { levels, .. } = &mut changed[2].1 else { panic!("a categorical column") };
    *levels = ["low", "none", "up"].map(str::to_owned).into();
    let answer = verified(&text, &Table::from_columns(changed).expect("forty rows"));
    let design = answer.checks.iter().find(|c| c.id == "design").expect("it is checked");
    assert_eq!((design.holds, design.columns.as_slice()), (Some(false), ["g".to_owned()].as_slice()));
    let loglik = answer.checks.iter().find(|c| c.id == "loglik").expect("it is listed");
    assert_eq!(loglik.holds, None);
}

#[test]
fn a_file_that_was_touched_is_refused_with_the_section() {
    let text = stored("y ~ x + g", "poisson", &table(false));
    let refused = |text: &str| ModelFile::parse(text).expect_err("it was touched");
    let half = refused(&text[..text.len() / 2]);
    assert_eq!((half.id.as_str(), half.exit as u8), ("model_file_invalid", 3));
    assert!(half.message.contains("line 1 column"), "{}", half.message);
    let digit = text.replacen("\"beta\":[", "\"beta\":[1", 1);
    assert!(refused(&digit).message.contains("`prediction`"), "{}", refused(&digit).message);
    let verdict = text.replacen("\"existence\":\"finite\"", "\"existence\":\"quasi\"", 1);
    assert!(refused(&verdict).message.contains("`certificate`"), "{}", refused(&verdict).message);
    let later = text.replacen("loglik.model/1", "loglik.model/2", 1);
    assert_eq!(refused(&later).id, "unsupported_version");
    let minor = text.replacen("loglik.model/1", "loglik.model/1.4", 1);
    assert!(refused(&minor).message.contains("`format`"), "{}", refused(&minor).message);
}

#[test]
fn a_reformatted_file_is_the_same_file() {
    let text = stored("y ~ x + g", "poisson", &table(false));
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON");
    assert!(verified(&pretty, &table(false)).holds);
}

#[test]
fn six_terms_take_eight_kilobytes_at_most() {
    let mut columns = columns(false);
    let more = ["a", "b", "c", "d"].into_iter().zip(1..);
    columns.extend(more.map(|(name, k)| {
        (name, Column::Number((0..40).map(|i| f64::from((i * i * k + i) % 13) / 7.0).collect()))
    }));
    let table = Table::from_columns(columns).expect("forty rows");
    let text = stored("y ~ x + g + a + b + c + d", "poisson", &table);
    assert!(text.len() <= 8_192, "{} bytes", text.len());
}
