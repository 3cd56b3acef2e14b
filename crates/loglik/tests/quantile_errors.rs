//! Standard errors of quantiles, on the stack loss data (Brownlee 1965), against R's quantreg.
//!
//! Figures: R 4.2.2, quantreg 5.94, `summary(rq(stack.loss ~ ., tau), se = ..)`.

use loglik::expr::Column;
use loglik::{FitSpec, SeKind, Table, WeightKind, fit};

const ROWS: [[f64; 4]; 21] = [
    [80., 27., 89., 42.],
    [80., 27., 88., 37.],
    [75., 25., 90., 37.],
    [62., 24., 87., 28.],
    [62., 22., 87., 18.],
    [62., 23., 87., 18.],
    [62., 24., 93., 19.],
    [62., 24., 93., 20.],
    [58., 23., 87., 15.],
    [58., 18., 80., 14.],
    [58., 18., 89., 14.],
    [58., 17., 88., 13.],
    [58., 18., 82., 11.],
    [58., 19., 93., 12.],
    [50., 18., 89., 8.],
    [50., 18., 86., 7.],
    [50., 19., 72., 8.],
    [50., 19., 79., 8.],
    [50., 20., 80., 9.],
    [56., 20., 82., 15.],
    [70., 20., 91., 15.],
];

fn stack(times: usize, unit: f64) -> Table {
    let column = |j: usize| {
        let by = if j == 3 { unit } else { 1.0 };
        let values = ROWS.iter().flat_map(|row| vec![by * row[j]; times]);
        Column::Number(values.collect())
    };
    let names = ["air", "water", "acid", "loss"].into_iter().enumerate();
    let weight = ("w", Column::Number(vec![2.0; 21 * times]));
    Table::from_columns(names.map(|(j, name)| (name, column(j))).chain([weight]))
        .expect("columns of one length")
}

fn spec(tau: f64) -> FitSpec {
    FitSpec { tau: Some(tau), ..FitSpec::new("loss ~ air + water + acid", "quantile") }
}

fn errors(spec: &FitSpec, data: &Table, kind: SeKind) -> Vec<f64> {
    let fitted = fit(spec, data).expect("a quantile");
    let all = fitted.standard_errors(|spec| spec.se = Some(kind)).expect("standard errors");
    ["(intercept)", "air", "water", "acid"]
        .map(|name| all.iter().find(|(n, _)| n == name).expect(name).1)
        .to_vec()
}

/// Relative agreement to seven digits: R's neighbours come from an interior point.
fn assert_close(found: &[f64], expected: [f64; 4]) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-7 * b, "{found:?} {expected:?}");
    }
}

#[test]
fn the_three_kinds_are_those_of_quantreg() {
    let data = stack(1, 1.0);
    let found = |kind| errors(&spec(0.5), &data, kind);
    assert_close(
        &found(SeKind::Iid),
        [10.627_039_919_372_159, 0.120_472_738_621_145_19, 0.328_766_778_224_123_7, 0.139_622_013_826_712_24],
    );
    assert_close(
        &found(SeKind::Nid),
        [7.141_626_786_928_266, 0.126_932_715_314_591_7, 0.341_793_001_530_057, 0.060_412_331_341_694_2],
    );
    assert_close(
        &found(SeKind::Ker),
        [14.059_736_430_164_149, 0.243_502_747_605_751_83, 0.578_943_305_021_290_2, 0.181_421_698_395_240_3],
    );
}

#[test]
fn a_quantile_has_local_sparsities_by_default() {
    let fitted = fit(&spec(0.5), &stack(1, 1.0)).expect("a quantile");
    assert_eq!(fitted.result.se_kind, "nid");
    let line = fitted.result.coefficient("air").expect("air");
    assert!((line.std_error.0 - 0.126_932_715_314_591_7).abs() < 1e-7);
}

#[test]
fn errors_follow_the_unit_of_the_response() {
    for kind in [SeKind::Iid, SeKind::Nid, SeKind::Ker] {
        let (small, plain) =
            (errors(&spec(0.75), &stack(1, 1e-9), kind), errors(&spec(0.75), &stack(1, 1.0), kind));
        for (a, b) in small.iter().zip(plain) {
            // The guard of a gap is left out in the small unit: 1e-8 over a gap of some units.
            assert!((a * 1e9 - b).abs() < 1e-6 * b, "{kind:?} {a} {b}");
        }
    }
}

#[test]
fn a_frequency_of_two_is_the_row_twice() {
    let weighted =
        FitSpec { weights: Some("w".to_owned()), weight_kind: WeightKind::Frequency, ..spec(0.75) };
    for kind in [SeKind::Iid, SeKind::Nid, SeKind::Ker] {
        let (once, twice) =
            (errors(&weighted, &stack(1, 1.0), kind), errors(&spec(0.75), &stack(2, 1.0), kind));
        for (a, b) in once.iter().zip(twice) {
            assert!((a - b).abs() < 1e-9 * b, "{kind:?} {a} {b}");
        }
    }
}

#[test]
fn a_likelihood_without_a_quantile_refuses_them() {
    let asked = FitSpec { se: Some(SeKind::Nid), ..FitSpec::new("loss ~ air", "gaussian") };
    let error = fit(&asked, &stack(1, 1.0)).map(|f| f.result.se_kind).expect_err("no quantile");
    assert_eq!(error.id, "bad_request");
}

#[test]
fn kinks_have_no_curvature_to_make_errors_from() {
    for (likelihood, kind) in
        [("quantile", SeKind::Hc1), ("laplace", SeKind::Hc0), ("laplace", SeKind::Observed)]
    {
        let asked = FitSpec { se: Some(kind), ..FitSpec::new("loss ~ air", likelihood) };
        let error = fit(&asked, &stack(1, 1.0)).map(|f| f.result.se_kind).expect_err("no curvature");
        assert!(error.id == "bad_request" && error.remedy.is_some(), "{error:?}");
    }
    // With the expected information a Laplace has both: that of its own density, and a sandwich.
    let asked = FitSpec {
        se: Some(SeKind::Hc0),
        se_bread: loglik::SeBread::Expected,
        ..FitSpec::new("loss ~ air", "laplace")
    };
    let sandwich = fit(&asked, &stack(1, 1.0)).expect("a fit").result;
    let model = fit(&FitSpec { se: Some(SeKind::Expected), ..asked }, &stack(1, 1.0));
    let model = model.map(|f| f.result).unwrap_or_else(|error| panic!("{error}"));
    let se = |of: &loglik::FitResult| of.coefficient("air").expect("air").std_error.0;
    // Slopes have one size off the line and none on it, where four of 21 rows lie.
    let ratio = se(&sandwich) / se(&model);
    assert!(ratio > 0.7 && ratio < 1.0, "{ratio}");
}

#[test]
fn a_coefficient_of_nothing_is_0_and_not_what_rounding_left() {
    let line = fit(&spec(0.25), &stack(1, 1.0)).expect("a quantile").result;
    assert_eq!(line.coefficient("acid").expect("acid").estimate.0, 0.0);
}
