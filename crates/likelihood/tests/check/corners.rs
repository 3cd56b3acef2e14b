//! Far corners of the parameter space give numbers: never NaN, and finite derivatives wherever the value is finite.

use crate::subjects::{Domain, Subject, subjects};
use loglik_likelihood::{ResponseKind, Tail};

fn responses(subject: &Subject) -> Vec<Vec<f64>> {
    let columns = subject.likelihood().spec().columns.len();
    let numbers: &[f64] = match subject.domain {
        Domain::Real => &[0.0, -1e-300, 1.0, -1e8, 1e8],
        Domain::Positive => &[0.0, 1e-300, 1e-8, 1.0, 1e8],
        Domain::Unit => &[1e-300, 1e-8, 0.5, 1.0 - 1e-16],
        Domain::Count => &[0.0, 1.0, 3.0, 1e4, 1e9],
        Domain::Class if columns == 1 => &[0.0, 1.0, 2.0],
        Domain::Class => return vec![vec![0.0, 0.0, 5.0], vec![1e9, 1.0, 0.0]],
        Domain::Trials => {
            return [[0.0, 1.0], [1.0, 1.0], [0.0, 1e9], [1e9, 1e9], [3.0, 7.0]].map(|y| y.to_vec()).to_vec();
        }
    };
    let admitted = numbers.iter().filter(|&&y| subject.likelihood().admits(&[&[y]]).is_ok());
    admitted.map(|&y| vec![y]).collect()
}

#[test]
fn no_corner_gives_nan() {
    for subject in subjects() {
        let corners = [-20.0, -8.0, 0.0, 8.0, 20.0];
        let k = subject.k();
        for index in 0..corners.len().pow(k as u32) {
            let u: Vec<f64> =
                (0..k).map(|i| corners[index / corners.len().pow(i as u32) % corners.len()]).collect();
            for y in responses(&subject) {
                let row = subject.at(Tail::Pdf, &y, &u);
                assert!(
                    !row.l.is_nan() && row.l < f64::INFINITY,
                    "{} y {y:?} u {u:?}: {}",
                    subject.name,
                    row.l
                );
                let derivatives = row.g.iter().chain(&row.h);
                assert!(
                    !row.l.is_finite() || derivatives.clone().all(|d| d.is_finite()),
                    "{} y {y:?} u {u:?}: {row:?}",
                    subject.name
                );
            }
        }
    }
}

#[test]
fn no_support_of_a_number_holds_one_that_is_not_finite() {
    for subject in subjects().iter().filter(|s| s.likelihood().spec().response == ResponseKind::Number) {
        for y in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(subject.likelihood().admits(&[&[y]]).is_err(), "{} {y}", subject.name);
        }
    }
}
