//! Whether a category in a term needs all its levels or only those beside the base: R's rule.
//!
//! A category of a term is coded by contrasts when the term without it lies within a term before, or is empty; else
//! by one column per level. Without an intercept the first category of the first term that has one gets all
//! its levels. This is what `terms()` and `model.matrix()` of R do, in their order. Chambers and Hastie (1992), sec. 2.4.1.

/// For each term and each variable in it, whether all levels of a category get a column.
///
/// * `terms`       variables of each term, in the order of the formula
/// * `intercept`   whether there is one
/// * `is_category` by variable
pub(crate) fn all_levels(terms: &[Vec<usize>], intercept: bool, is_category: &[bool]) -> Vec<Vec<bool>> {
    let is_within = |rest: &[usize], other: &[usize]| rest.iter().all(|v| other.contains(v));
    let mut all: Vec<Vec<bool>> = Vec::with_capacity(terms.len());
    for (t, term) in terms.iter().enumerate() {
        let has_margin = |v: usize| {
            let rest: Vec<usize> = term.iter().copied().filter(|other| *other != v).collect();
            rest.is_empty() || terms[..t].iter().any(|other| is_within(&rest, other))
        };
        all.push(term.iter().map(|v| is_category[*v] && !has_margin(*v)).collect());
    }
    if !intercept {
        let first = terms
            .iter()
            .enumerate()
            .find_map(|(t, term)| term.iter().position(|v| is_category[*v]).map(|place| (t, place)));
        if let Some((t, place)) = first {
            all[t][place] = true;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_decide_the_coding_as_in_r() {
        // Variables: 0 = a, 1 = b (categories), 2 = x (a number).
        let is_category = [true, true, false];
        let rule = |terms: &[&[usize]], intercept| {
            let terms: Vec<Vec<usize>> = terms.iter().map(|term| term.to_vec()).collect();
            all_levels(&terms, intercept, &is_category)
        };
        // a + b + a:b
        assert_eq!(rule(&[&[0], &[1], &[0, 1]], true), [vec![false], vec![false], vec![false, false]]);
        // a:b alone, with the intercept: both in full
        assert_eq!(rule(&[&[0, 1]], true), [vec![true, true]]);
        // a + a:b: all of a within a:b
        assert_eq!(rule(&[&[0], &[0, 1]], true), [vec![false], vec![true, false]]);
        // a + a:x - 1
        assert_eq!(rule(&[&[0], &[0, 2]], false), [vec![true], vec![true, false]]);
        // x + b - 1: the first category, wherever it is
        assert_eq!(rule(&[&[2], &[1]], false), [vec![false], vec![true]]);
    }
}
