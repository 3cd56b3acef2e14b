//! Clusters of rows: by each column, and by every combination of columns that clustering several ways asks for.

use crate::Error;
use crate::weights::Groups;
use loglik_design::Table;
use std::collections::BTreeMap;

/// Columns by which rows can be clustered at once; their combinations are 2^m - 1 keys.
const MOST_COLUMNS: usize = 4;

/// Cluster columns and the groups of each of their combinations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clusters {
    columns: Vec<String>,
    /// Group of each row and number of groups, by combination: bit i of (index + 1) stands for column i.
    pub(crate) keys: Vec<(Vec<u32>, usize)>,
}

/// One combination of columns and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Combination {
    pub(crate) columns: Vec<String>,
    pub(crate) key: usize,
}

impl Clusters {
    pub(crate) fn of(table: &Table, columns: &[String]) -> Result<Self, Error> {
        if columns.len() > MOST_COLUMNS {
            return Err(Error::request(format!("--cluster takes at most {MOST_COLUMNS} columns")));
        }
        let mut keys: Vec<(Vec<u32>, usize)> = Vec::new();
        for mask in 1..1_usize << columns.len() {
            let last = usize::BITS as usize - 1 - mask.leading_zeros() as usize;
            let own = Groups::of(table, &columns[last])?.codes(table, &columns[last]);
            let rest = mask & !(1 << last);
            keys.push(if rest == 0 { own } else { crossed(&keys[rest - 1].0, &own.0) });
        }
        Ok(Self { columns: columns.to_vec(), keys })
    }

    /// The groups of a stream's rows by one column; chunks carry their codes.
    pub(crate) fn of_stream(columns: &[String]) -> Self {
        Self { columns: columns.to_vec(), keys: Vec::new() }
    }

    /// All combinations of some of the columns, each once.
    pub(crate) fn subsets(&self, columns: &[String]) -> Result<Vec<Combination>, Error> {
        let place = |name: &String| {
            self.columns.iter().position(|c| c == name).ok_or_else(|| {
                Error::request(format!("the fit was not prepared for clusters by `{name}`"))
                    .remedy("name the column in --cluster of the fit")
            })
        };
        let places = columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let subset = |mask: usize| {
            let chosen: Vec<usize> = (0..places.len()).filter(|i| mask & (1 << i) != 0).collect();
            let key = chosen.iter().map(|i| 1 << places[*i]).sum::<usize>() - 1;
            Combination { columns: chosen.iter().map(|i| columns[*i].clone()).collect(), key }
        };
        Ok((1..1_usize << places.len()).map(subset).collect())
    }
}

/// Groups of rows that agree in both keys, numbered in order of first appearance.
fn crossed(a: &[u32], b: &[u32]) -> (Vec<u32>, usize) {
    let mut seen: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let codes = a
        .iter()
        .zip(b)
        .map(|(a, b)| {
            let next = seen.len() as u32;
            *seen.entry((*a, *b)).or_insert(next)
        })
        .collect();
    (codes, seen.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_expr::Column;

    #[test]
    fn every_combination_of_columns_has_its_groups() {
        let number = |values: &[f64]| Column::Number(values.to_vec());
        let table = Table::from_columns([
            ("a", number(&[1.0, 1.0, 2.0, 2.0, 1.0])),
            ("b", number(&[5.0, 6.0, 5.0, 6.0, 5.0])),
            ("c", number(&[0.0; 5])),
        ])
        .expect("three columns");
        let names = ["a", "b", "c"].map(str::to_owned);
        let clusters = Clusters::of(&table, &names).expect("three columns are allowed");
        let counts: Vec<usize> = clusters.keys.iter().map(|(_, n)| *n).collect();
        // a, b, ab, c, ac, bc, abc
        assert_eq!(counts, [2, 2, 4, 1, 2, 2, 4]);
        assert_eq!(clusters.keys[2].0[0], clusters.keys[2].0[4], "rows 1 and 5 agree in a and b");
        let sets = clusters.subsets(&[names[2].clone(), names[0].clone()]).expect("prepared columns");
        let keys: Vec<usize> = sets.iter().map(|set| set.key).collect();
        assert_eq!(keys, [3, 0, 4]);
        assert!(clusters.subsets(&["d".to_owned()]).is_err());
    }
}
