//! Blocks of sparse columns, and fits with so many coefficients that no matrix of them is formed.

use loglik::expr::{Column, Sparse};
use loglik::{FitSpec, Fitted, ModelFile, PenaltySpec, PredictSpec, Status, Table, fit};
use loglik_num::{exp, sigmoid};
use std::sync::Arc;

/// Numbers in [0, 1), spread evenly (Weyl, 1916).
fn unit(i: usize) -> f64 {
    (i as f64 * 0.754_877_666_246_692_7).fract()
}

/// `rows` rows with three entries each among `width` columns.
fn block(rows: usize, width: usize) -> Sparse {
    let (mut starts, mut index, mut value) = (vec![0], Vec::new(), Vec::new());
    for r in 0..rows {
        let mut places: Vec<u32> = (0..3).map(|k| (unit(3 * r + k) * width as f64) as u32).collect();
        places.sort_unstable();
        places.dedup();
        value.extend(places.iter().map(|j| 0.5 + unit(r + *j as usize)));
        index.extend(places);
        starts.push(index.len());
    }
    Sparse::new(width, &starts, index, value).expect("ascending columns")
}

fn table(columns: Vec<(&str, Column)>) -> Table {
    Table::from_columns(columns).expect("columns of one length")
}

fn ridge(formula: &str, likelihood: &str, lambda: f64, data: &Table) -> Fitted {
    let penalty = Some(PenaltySpec { lambda, l1_ratio: 0.0, standardize: false, factors: Vec::new() });
    let fitted = fit(&FitSpec { penalty, ..FitSpec::new(formula, likelihood) }, data).expect("a ridge fit");
    assert_eq!(fitted.result.status, Status::Converged, "{:?}", fitted.result.stop);
    fitted
}

fn estimates(fitted: &Fitted) -> Vec<f64> {
    fitted.result.coefficients.iter().map(|c| c.estimate.0).collect()
}

#[test]
fn sparse_columns_are_fitted_as_the_same_columns_are_dense() {
    let x = block(90, 4);
    let dense = |j: u32| {
        let entry = |r| {
            let (index, value) = x.row(r);
            index.iter().position(|i| *i == j).map_or(0.0, |at| value[at])
        };
        Column::Number((0..90).map(entry).collect())
    };
    let y = || Column::Number((0..90).map(|i| f64::from(unit(7 * i) < 0.4)).collect());
    let sparse = table(vec![("y", y()), ("z", dense(0)), ("x", Column::Sparse(x.clone()))]);
    let names = ["a", "b", "c", "d"];
    let columns = names.iter().zip(0..).map(|(name, j)| (*name, dense(j)));
    let dense = table(std::iter::once(("y", y())).chain(columns).collect());
    for likelihood in ["bernoulli", "poisson", "gaussian"] {
        let a = fit(&FitSpec::new("y ~ x", likelihood), &sparse).expect("sparse");
        let b = fit(&FitSpec::new("y ~ a + b + c + d", likelihood), &dense).expect("dense");
        assert_eq!(a.result.coefficients[1].term, "x[1]");
        for (s, d) in a.result.coefficients.iter().zip(&b.result.coefficients) {
            // Both are polished on scores in double-double.
            assert!((s.estimate.0 - d.estimate.0).abs() < 1e-12 * (1.0 + d.estimate.0.abs()), "{}", s.term);
            assert!((s.std_error.0 / d.std_error.0 - 1.0).abs() < 1e-11, "{}", s.term);
        }
    }
}

/// Response and mean of each row, from the coefficients, the intercept first.
fn slopes(x: &Sparse, y: &[f64], beta: &[f64], mean: fn(f64) -> f64) -> Vec<f64> {
    let mut out = vec![0.0; x.columns() + 1];
    for (r, y) in y.iter().enumerate() {
        let (index, value) = x.row(r);
        let eta = beta[0] + index.iter().zip(value).map(|(j, v)| beta[1 + *j as usize] * v).sum::<f64>();
        let residual = y - mean(eta);
        out[0] += residual;
        index.iter().zip(value).for_each(|(j, v)| out[1 + *j as usize] += residual * v);
    }
    out
}

#[test]
fn six_thousand_columns_have_slopes_of_lambda_times_the_coefficient() {
    let (n, width, lambda) = (900, 6_000, 0.002);
    let x = block(n, width);
    let binary: Vec<f64> = (0..n).map(|i| f64::from(unit(5 * i) < 0.3)).collect();
    let counts: Vec<f64> = (0..n).map(|i| (4.0 * unit(5 * i)).floor()).collect();
    let numbers: Vec<f64> = (0..n).map(|i| 10.0 * unit(5 * i)).collect();
    type Mean = fn(f64) -> f64;
    let cases: [(&str, &[f64], Mean); 3] =
        [("bernoulli", &binary, sigmoid), ("poisson", &counts, exp), ("gaussian", &numbers, |eta| eta)];
    for (likelihood, y, mean) in cases {
        let data = table(vec![("y", Column::Number(y.to_vec())), ("x", Column::Sparse(x.clone()))]);
        let fitted = ridge("y ~ x", likelihood, lambda, &data);
        let beta = estimates(&fitted);
        let slopes = slopes(&x, y, &beta, mean);
        assert!(slopes[0].abs() < 1e-7, "{likelihood}: the intercept is not penalised");
        for (j, slope) in slopes.iter().enumerate().skip(1) {
            // Coefficients are right to some eight digits.
            assert!((slope - lambda * n as f64 * beta[j]).abs() < 1e-7, "{likelihood}: column {j}");
        }
        assert!(fitted.result.vcov.is_none());
        assert!(fitted.result.coefficients.iter().all(|c| c.std_error.0.is_nan()));
    }
}

#[test]
fn a_wide_fit_is_the_same_on_any_number_of_threads_and_goes_through_its_model_file() {
    let n = 70_000;
    let x = block(n, 5_500);
    let y = Column::Number((0..n).map(|i| f64::from(unit(5 * i) < 0.3)).collect());
    let data = table(vec![("y", y), ("x", Column::Sparse(x))]);
    let penalty = Some(PenaltySpec::parse("ridge:0.001", None).expect("a penalty"));
    let of = |threads| {
        let spec = FitSpec {
            penalty: penalty.clone(),
            threads: Some(threads),
            ..FitSpec::new("y ~ x", "bernoulli")
        };
        fit(&spec, &data).expect("a ridge fit")
    };
    let one = of(1);
    assert_eq!(estimates(&one), estimates(&of(3)));
    let text = one.model_file().expect("a model file");
    let file = ModelFile::parse(&text).expect("it passes its own checks");
    let again = file.predict(&data, &PredictSpec::default()).expect("predictions");
    assert_eq!(again.rows(), n);
    let verified = file.verify(&data).expect("the same data");
    assert!(verified.holds, "{:?}", verified.checks);
}

#[test]
fn many_levels_with_a_ridge_need_no_matrix() {
    let n = 12_600;
    let levels: Vec<String> = (0..6_000).map(|l| format!("u{l:04}")).collect();
    let codes = (0..n).map(|i| (i % 6_000) as u32).collect();
    let user = Column::Category { codes, levels: Arc::from(levels), ordered: false };
    let y: Vec<f64> = (0..n).map(|i| (3.0 * unit(i)).floor()).collect();
    let data = table(vec![("y", Column::Number(y.clone())), ("user", user)]);
    let beta = estimates(&ridge("y ~ user", "poisson", 1e-4, &data));
    let mut slopes = vec![0.0; 6_000];
    for (i, y) in y.iter().enumerate() {
        let level = i % 6_000;
        let own = if level == 0 { 0.0 } else { beta[level] };
        slopes[level] += y - exp(beta[0] + own);
    }
    for (level, slope) in slopes.iter().enumerate().skip(1) {
        assert!((slope - 1e-4 * n as f64 * beta[level]).abs() < 1e-7, "level {level}");
    }
    // The intercept is right to eight digits, and its curvature is the sum of the counts.
    assert!(slopes.iter().sum::<f64>().abs() < 1e-8 * y.iter().sum::<f64>());
}

#[test]
fn a_block_of_sparse_columns_stands_alone() {
    let z = || Column::Number((0..9).map(unit).collect());
    let data = table(vec![("y", z()), ("z", z()), ("x", Column::Sparse(block(9, 3)))]);
    for formula in ["y ~ x:z", "y ~ log(x)", "y ~ c(x)", "x ~ z", "y ~ z + offset(x)"] {
        let Err(error) = fit(&FitSpec::new(formula, "gaussian"), &data) else {
            panic!("{formula} was fitted")
        };
        assert!(error.message.contains("sparse"), "{formula}: {}", error.message);
        assert_eq!(error.id, "type_mismatch", "{formula}");
    }
}

#[test]
fn more_coefficients_than_a_matrix_holds_are_refused_with_the_mend() {
    let n = 60_000;
    let y = Column::Number((0..n).map(unit).collect());
    let data = table(vec![("y", y), ("x", Column::Sparse(block(n, 40_000)))]);
    let Err(error) = fit(&FitSpec::new("y ~ x", "gaussian"), &data) else { panic!("it was fitted") };
    assert_eq!((error.id.as_str(), error.exit as i32), ("memory_limit", 6));
    assert!(error.remedy.expect("a mend").contains("ridge"));
}
