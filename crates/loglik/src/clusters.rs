//! Clusters of rows: by each column, and by every combination of columns that clustering several ways asks for.

use crate::Error;
use crate::weights::Groups;
use loglik_design::{Pieces, Table};
use std::collections::BTreeMap;

/// Columns by which rows can be clustered at once; their combinations are 2^m - 1 keys.
const MOST_COLUMNS: usize = 4;

/// Cluster columns and what all rows decide about their groups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    columns: Vec<String>,
    groups: Vec<Groups>,
    /// Groups of rows that agree in several columns, numbered in order of first appearance, by combination.
    crossed: Vec<BTreeMap<(u32, u32), u32>>,
}

impl Keys {
    /// The groups that rows are in, by every combination of the columns.
    pub(crate) fn of(rows: &dyn Pieces, columns: &[String]) -> Result<Self, Error> {
        if columns.len() > MOST_COLUMNS {
            return Err(Error::request(format!("--cluster takes at most {MOST_COLUMNS} columns")));
        }
        let groups = columns.iter().map(|name| Groups::of(rows, name)).collect::<Result<_, _>>()?;
        let crossed = vec![BTreeMap::new(); (1 << columns.len()) - 1];
        let mut out = Self { columns: columns.to_vec(), groups, crossed };
        if columns.len() > 1 {
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            let mut crossed = std::mem::take(&mut out.crossed);
            let seen = rows.each(&names, &mut |piece| {
                out.number(piece, |combination, pair| {
                    let known: &mut BTreeMap<_, _> = &mut crossed[combination];
                    let next = known.len() as u32;
                    *known.entry(pair).or_insert(next)
                });
                Ok(())
            });
            seen.map_err(|error| Error::design(&error, rows.head()))?;
            out.crossed = crossed;
        }
        Ok(out)
    }

    /// Group of each row of a table and number of groups, by combination: bit i of (index + 1) stands for column i.
    pub(crate) fn codes(&self, table: &Table) -> Vec<(Vec<u32>, usize)> {
        // Every pair of the rows was seen.
        let known = |combination: usize, pair| self.crossed[combination].get(&pair).copied().unwrap_or(0);
        self.number(table, known)
            .into_iter()
            .zip(&self.crossed)
            .map(|((codes, count), crossed)| (codes, count.unwrap_or(crossed.len())))
            .collect()
    }

    /// Groups by combination, those of several columns as `crossing` numbers them; their count for a single column.
    fn number(
        &self,
        table: &Table,
        mut crossing: impl FnMut(usize, (u32, u32)) -> u32,
    ) -> Vec<(Vec<u32>, Option<usize>)> {
        let mut out: Vec<(Vec<u32>, Option<usize>)> = Vec::with_capacity(self.crossed.len());
        for mask in 1..1_usize << self.columns.len() {
            let last = usize::BITS as usize - 1 - mask.leading_zeros() as usize;
            let rest = mask & !(1 << last);
            if rest == 0 {
                let (codes, count) = self.groups[last].codes(table, &self.columns[last]);
                out.push((codes, Some(count)));
                continue;
            }
            let pairs = out[rest - 1].0.iter().zip(&out[(1 << last) - 1].0);
            let codes = pairs.map(|(a, b)| crossing(mask - 1, (*a, *b))).collect();
            out.push((codes, None));
        }
        out
    }
}

/// Cluster columns and the groups of each of their combinations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clusters {
    columns: Vec<String>,
    /// Group of each row and number of groups, by combination; none of a stream, whose chunks carry their codes.
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
        Ok(Self { columns: columns.to_vec(), keys: Keys::of(table, columns)?.codes(table) })
    }

    /// The groups of a stream's rows; chunks carry their codes.
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
