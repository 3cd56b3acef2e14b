//! Covariances against their definitions: leaving rows out, repeating them, grouping them.

use loglik::expr::Column;
use loglik::{FitSpec, Fitted, HacKernel, SeBread, SeFactor, SeForm, SeKind, Table, WeightKind, fit};

/// Eight rows in three clusters, two of which cross.
const X: [f64; 8] = [0.5, 1.0, 2.5, 3.0, 4.5, 5.0, 6.5, 9.0];
const Y: [f64; 8] = [1.0, 3.0, 2.0, 5.0, 4.0, 7.0, 6.0, 8.0];
const A: [f64; 8] = [1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0];
const B: [f64; 8] = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
const ROW: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

fn table(rows: &[usize]) -> Table {
    let column = |values: [f64; 8]| Column::Number(rows.iter().map(|r| values[*r]).collect());
    Table::from_columns([
        ("x", column(X)),
        ("y", column(Y)),
        ("a", column(A)),
        ("b", column(B)),
        ("ab", column(std::array::from_fn(|r| 10.0 * A[r] + B[r]))),
        ("t", column(ROW)),
    ])
    .expect("columns of one length")
}

fn all() -> Vec<usize> {
    (0..8).collect()
}

fn fitted(likelihood: &str, rows: &[usize], change: impl FnOnce(&mut FitSpec)) -> Fitted {
    let mut spec = FitSpec::new("y ~ x", likelihood);
    spec.cluster = ["a", "b", "ab", "t"].map(str::to_owned).to_vec();
    spec.se = Some(SeKind::Observed);
    change(&mut spec);
    fit(&spec, &table(rows)).expect("an ordinary fit")
}

/// Standard errors of intercept and slope.
fn errors(of: &Fitted, change: impl FnOnce(&mut FitSpec)) -> [f64; 2] {
    let all = of.standard_errors(change).expect("an ordinary covariance");
    [all[0].1, all[1].1]
}

fn clustered(of: &Fitted, columns: &[&str], form: SeForm, factor: Option<SeFactor>) -> [f64; 2] {
    errors(of, |spec| {
        spec.se = Some(SeKind::Cluster);
        spec.cluster = columns.iter().map(|c| (*c).to_owned()).collect();
        (spec.se_form, spec.se_factor) = (form, factor);
    })
}

fn kind(of: &Fitted, kind: SeKind) -> [f64; 2] {
    errors(of, |spec| spec.se = Some(kind))
}

/// Relative agreement to what double precision keeps of a handful of rows.
#[track_caller]
fn close(a: [f64; 2], b: [f64; 2]) {
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-12 * y.abs();
    assert!(a.iter().zip(&b).all(near), "{a:?} for {b:?}");
}

fn estimates(of: &Fitted) -> [f64; 2] {
    ["(intercept)", "x"].map(|name| of.result.coefficient(name).expect("a coefficient").estimate.0)
}

/// Root of the sum of squared changes when each set of rows is left out.
fn jackknife(sets: &[Vec<usize>]) -> [f64; 2] {
    let whole = estimates(&fitted("gaussian", &all(), |_| {}));
    let mut sums = [0.0; 2];
    for set in sets {
        let rest: Vec<usize> = all().into_iter().filter(|r| !set.contains(r)).collect();
        let without = estimates(&fitted("gaussian", &rest, |_| {}));
        (0..2).for_each(|j| sums[j] += (without[j] - whole[j]) * (without[j] - whole[j]));
    }
    sums.map(f64::sqrt)
}

#[test]
fn hc3_and_cr3_are_what_leaving_out_changes_in_least_squares() {
    let of = fitted("gaussian", &all(), |_| {});
    let single: Vec<Vec<usize>> = all().into_iter().map(|r| vec![r]).collect();
    close(kind(&of, SeKind::Hc3), jackknife(&single));
    let groups = [vec![0, 1, 2], vec![3, 4], vec![5, 6, 7]];
    close(clustered(&of, &["a"], SeForm::Cr3, None), jackknife(&groups));
}

#[test]
fn clusters_of_one_row_are_no_clusters() {
    for likelihood in ["gaussian", "poisson", "weibull", "negative_binomial"] {
        let of = fitted(likelihood, &all(), |_| {});
        for (form, robust) in
            [(SeForm::Cr0, SeKind::Hc0), (SeForm::Cr2, SeKind::Hc2), (SeForm::Cr3, SeKind::Hc3)]
        {
            close(clustered(&of, &["t"], form, None), kind(&of, robust));
        }
        let factor = Some(SeFactor::Groups);
        let hc0 = kind(&of, SeKind::Hc0).map(|se| se * (8.0_f64 / 7.0).sqrt());
        close(clustered(&of, &["t"], SeForm::Cr0, factor), hc0);
    }
}

#[test]
fn hc2_lies_between_hc0_and_hc3_and_hc4_follows_leverage() {
    let of = fitted("gaussian", &all(), |_| {});
    let [hc0, hc2, hc3, hc4] =
        [SeKind::Hc0, SeKind::Hc2, SeKind::Hc3, SeKind::Hc4].map(|robust| kind(&of, robust)[1]);
    assert!(hc0 < hc2 && hc2 < hc3);
    // The last row's leverage is more than twice the mean, so that its power is above 1.
    let rows = of.diagnostics().expect("rows");
    assert!(rows[7].leverage > 2.0 * 2.0 / 8.0);
    let xx: f64 = X.iter().map(|x| (x - 4.0) * (x - 4.0)).sum();
    let term = |r: usize| {
        let (h, e) = (rows[r].leverage, rows[r].response);
        let power = (h * 8.0 / 2.0).min(4.0);
        ((X[r] - 4.0) / xx * e).powi(2) / loglik_num::pow(1.0 - h, power)
    };
    let by_hand = (0..8).map(term).sum::<f64>().sqrt();
    assert!((hc4 / by_hand - 1.0).abs() < 1e-12, "{hc4} for {by_hand}");
}

#[test]
fn two_ways_add_and_take_away_their_crossing() {
    let of = fitted("poisson", &all(), |_| {});
    let square = |columns: &[&str]| clustered(&of, columns, SeForm::Cr0, None).map(|se| se * se);
    let (a, b, t) = (square(&["a"]), square(&["b"]), square(&["t"]));
    let both = square(&["a", "t"]);
    // Every row is its own crossing with `t`, which is a cluster a row.
    close(both, [a[0] + t[0] - t[0], a[1] + t[1] - t[1]]);
    let (crossed, ab) = (square(&["a", "b"]), square(&["ab"]));
    close(crossed, [a[0] + b[0] - ab[0], a[1] + b[1] - ab[1]]);
}

#[test]
fn a_frequency_is_the_row_so_many_times() {
    let weights = [1.0, 2.0, 1.0, 3.0, 1.0, 1.0, 2.0, 1.0];
    let rows = all();
    let repeated: Vec<usize> = rows.iter().flat_map(|r| vec![*r; weights[*r] as usize]).collect();
    let mut columns: Vec<(String, Column)> =
        table(&rows).names().iter().cloned().zip(table(&rows).columns().cloned()).collect();
    columns.push(("w".to_owned(), Column::Number(weights.to_vec())));
    let weighted = Table::from_columns(columns).expect("six columns");
    for likelihood in ["gaussian", "poisson"] {
        let mut spec = FitSpec::new("y ~ x", likelihood);
        spec.cluster = vec!["a".to_owned()];
        spec.se = Some(SeKind::Observed);
        let long = fit(&spec, &table(&repeated)).expect("an ordinary fit");
        (spec.weights, spec.weight_kind) = (Some("w".to_owned()), WeightKind::Frequency);
        let short = fit(&spec, &weighted).expect("an ordinary fit");
        let kinds =
            [SeKind::Hc0, SeKind::Hc1, SeKind::Hc2, SeKind::Hc3, SeKind::Hc4, SeKind::Cluster, SeKind::Opg];
        for robust in kinds {
            close(kind(&short, robust), kind(&long, robust));
        }
        let hac = short.standard_errors(|spec| spec.se = Some(SeKind::Hac));
        assert_eq!(hac.expect_err("rows without an order").id, "bad_request");
    }
}

#[test]
fn time_orders_the_rows_of_hac_and_lag_zero_is_hc0() {
    let of = fitted("gaussian", &all(), |_| {});
    let hac = |of: &Fitted, lag, kernel, order: Option<&str>| {
        errors(of, |spec| {
            (spec.se, spec.hac_lag, spec.hac_kernel) = (Some(SeKind::Hac), Some(lag), kernel);
            spec.hac_order = order.map(str::to_owned);
        })
    };
    close(hac(&of, 0, HacKernel::Bartlett, None), kind(&of, SeKind::Hc0));
    let shuffled = fitted("gaussian", &[3, 1, 7, 0, 5, 2, 6, 4], |_| {});
    for kernel in [HacKernel::Bartlett, HacKernel::QuadraticSpectral] {
        close(hac(&shuffled, 2, kernel, Some("t")), hac(&of, 2, kernel, None));
        assert!((hac(&shuffled, 2, kernel, None)[1] / hac(&of, 2, kernel, None)[1] - 1.0).abs() > 1e-3);
    }
    let twice = of.standard_errors(|spec| {
        (spec.se, spec.hac_order) = (Some(SeKind::Hac), Some("a".to_owned()));
    });
    let error = twice.expect_err("a time that occurs twice");
    assert_eq!((error.column.as_deref(), error.row), (Some("a"), Some(2)));
}

#[test]
fn the_outer_product_of_the_scores_of_a_mean_is_its_variance() {
    // Scores of a Poisson mean are y - mu, so OPG = 1 / sum (y - mu)^2 and the information is n mu.
    let mut spec = FitSpec::new("y ~ 1", "poisson");
    spec.se = Some(SeKind::Opg);
    let of = fit(&spec, &table(&all())).expect("an ordinary fit");
    let squares: f64 = Y.iter().map(|y| (y - 4.5) * (y - 4.5)).sum();
    let se = of.result.coefficients[0].std_error.0;
    assert!((se * squares.sqrt() - 1.0).abs() < 1e-14);
}

#[test]
fn expected_bread_differs_only_where_the_link_is_not_canonical() {
    let logs = fitted("poisson", &all(), |_| {});
    let roots = fitted("poisson", &all(), |spec| spec.links = vec![(String::new(), "sqrt".to_owned())]);
    let bread = |of: &Fitted, bread| errors(of, |spec| (spec.se, spec.se_bread) = (Some(SeKind::Hc3), bread));
    close(bread(&logs, SeBread::Observed), bread(&logs, SeBread::Expected));
    assert!((bread(&roots, SeBread::Observed)[1] / bread(&roots, SeBread::Expected)[1] - 1.0).abs() > 1e-3);
}

#[test]
fn words_that_do_not_go_together_are_refused_with_a_mend() {
    let refused = |change: fn(&mut FitSpec)| {
        let mut spec = FitSpec::new("y ~ x", "gaussian");
        change(&mut spec);
        let error = fit(&spec, &table(&all())).err().expect("a request that cannot be");
        assert_eq!(error.id, "bad_request");
        assert!(error.remedy.is_some(), "{error}");
    };
    refused(|spec| spec.se = Some(SeKind::Cluster));
    refused(|spec| spec.hac_lag = Some(2));
    refused(|spec| spec.se_form = SeForm::Cr3);
    refused(|spec| spec.se_factor = Some(SeFactor::Rows));
    refused(|spec| (spec.se, spec.se_factor) = (Some(SeKind::Hc0), Some(SeFactor::Groups)));
}

#[test]
fn what_there_is_to_doubt_is_said_and_a_near_miss_is_not() {
    let noted = |formula: &str, likelihood: &str, rows: &[usize], change: fn(&mut FitSpec), id: &str| {
        let mut spec = FitSpec::new(formula, likelihood);
        change(&mut spec);
        fit(&spec, &table(rows)).expect("a fit").result.has_note(id)
    };
    let by_a = |spec: &mut FitSpec| spec.cluster = vec!["a".to_owned()];
    assert!(noted("y ~ x", "gaussian", &all(), by_a, "few_clusters"));
    let many: Vec<usize> = (0..40).map(|i| i % 8).collect();
    let hc3 = |spec: &mut FitSpec| spec.se = Some(SeKind::Hc3);
    assert!(!noted("y ~ x", "gaussian", &many, hc3, "few_clusters"));
    // Row 8 alone has x above 7.
    let alone = "y ~ x + I(if(x > 7, 1, 0))";
    assert!(noted(alone, "gaussian", &all(), hc3, "leverage_one"));
    assert!(!noted("y ~ x + I(if(x > 6, 1, 0))", "gaussian", &all(), hc3, "leverage_one"));
    assert!(noted(alone, "gaussian", &all(), |spec| spec.se = Some(SeKind::Hc0), "leverage_one"));
    assert!(!noted(alone, "gaussian", &all(), |spec| spec.se = Some(SeKind::Observed), "leverage_one"));
    // Half the spread of a Poisson: its own errors are too large.
    assert!(noted("y ~ x", "poisson", &many, hc3, "misspecified"));
    assert!(!noted("y ~ x", "gaussian", &many, hc3, "misspecified"));
}

#[test]
fn withheld_errors_are_absent_and_the_others_stay() {
    let mut spec = FitSpec::new("y ~ x + I(if(x > 7, 1, 0))", "gaussian");
    spec.se = Some(SeKind::Hc0);
    let of = fit(&spec, &table(&all())).expect("a fit").result;
    let note = of.notes.iter().find(|n| n.id == "leverage_one").expect("a note");
    assert_eq!(note.rows, [8]);
    assert!(of.coefficients.iter().all(|c| c.std_error.0 > 0.0), "too small, but there");
    spec.se = Some(SeKind::Hc2);
    let of = fit(&spec, &table(&all())).expect("a fit").result;
    assert!(of.coefficients.iter().all(|c| c.std_error.0.is_nan() && c.p_value.0.is_nan()));
}

#[test]
fn a_sandwich_costs_one_more_pass_over_the_data_at_most() {
    for likelihood in ["gaussian", "poisson", "negative_binomial", "weibull"] {
        let passes = |se: SeKind, form: SeForm, columns: &[&str]| {
            let of = fitted(likelihood, &all(), |spec| {
                (spec.se, spec.se_form) = (Some(se), form);
                spec.cluster = columns.iter().map(|c| (*c).to_owned()).collect();
            });
            of.result.stop.passes
        };
        let plain = passes(SeKind::Observed, SeForm::Cr1, &[]);
        let (hc, cluster) =
            (["hc0", "hc1", "hc2", "hc3", "hc4"], [SeForm::Cr0, SeForm::Cr1, SeForm::Cr2, SeForm::Cr3]);
        let rows = hc.map(|name| passes(name.parse().expect("a kind"), SeForm::Cr1, &[]));
        let groups = cluster.map(|form| passes(SeKind::Cluster, form, &["a", "b"]));
        for robust in rows.into_iter().chain(groups) {
            assert_eq!(robust.fit, plain.fit);
            assert!(robust.inference <= plain.inference + 1, "{robust:?} after {plain:?}");
        }
    }
}
