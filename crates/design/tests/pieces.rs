//! A plan made from pieces is the plan made from the whole table.

use loglik_design::{DesignError, Formula, Pieces, Plan, PlanOptions, Table};
use loglik_expr::Column;

const ROWS: usize = 600;

/// A numeric column of many values, one of few, and two categories; some combinations of levels have no row.
fn table() -> Table {
    let category = |codes: Vec<u32>, levels: &[&str]| Column::Category {
        codes,
        levels: levels.iter().map(|l| (*l).to_owned()).collect(),
        ordered: false,
    };
    let x = (0..ROWS).map(|i| ((i * 37) % 601) as f64 / 8.0);
    let few = (0..ROWS).map(|i| (i * i % 5) as f64);
    // `west` is met late, `nowhere` never.
    let region = (0..ROWS).map(|i| if i > 500 { 3 } else { (i % 2) as u32 });
    let half = (0..ROWS).map(|i| u32::from(i > 300));
    let columns = [
        ("x", Column::Number(x.collect())),
        ("few", Column::Number(few.collect())),
        ("region", category(region.collect(), &["north", "south", "nowhere", "west"])),
        ("half", category(half.collect(), &["first", "second"])),
    ];
    Table::from_columns(columns).expect("columns of equal length")
}

/// The same rows, some at a time.
struct Torn {
    whole: Table,
    head: Table,
    size: usize,
}

impl Torn {
    fn new(whole: Table, size: usize) -> Self {
        let head = part(&whole, 0, size);
        Self { whole, head, size }
    }
}

fn part(whole: &Table, start: usize, size: usize) -> Table {
    let keep: Vec<bool> = (0..whole.rows()).map(|row| row >= start && row < start + size).collect();
    whole.filter(&keep)
}

impl Pieces for Torn {
    fn names(&self) -> &[String] {
        self.whole.names()
    }

    fn rows(&self) -> usize {
        self.whole.rows()
    }

    fn head(&self) -> &Table {
        &self.head
    }

    fn each(
        &self,
        wanted: &[&str],
        see: &mut dyn FnMut(&Table) -> Result<(), DesignError>,
    ) -> Result<(), DesignError> {
        let named: Vec<&str> =
            wanted.iter().copied().filter(|name| self.whole.column(name).is_some()).collect();
        (0..self.whole.rows()).step_by(self.size).try_for_each(|start| {
            let piece = part(&self.whole, start, self.size);
            see(&piece.select(&named).expect("columns of the table"))
        })
    }
}

#[test]
fn levels_cells_knots_and_polynomials_do_not_depend_on_the_pieces() {
    let formulas = [
        "~ x + region",
        "~ c(few) + region:half",
        "~ region*half",
        "~ poly(x, 3) + bs(x, df = 5) + ns(x, 4)",
        "~ log(x + 1) + c(region, coding = sum); sigma ~ half:x",
    ];
    for text in formulas {
        let formula = Formula::parse(text).expect(text);
        let whole = Plan::new(&formula, &table(), &PlanOptions::default()).expect(text);
        for size in [1, 97, 300] {
            let torn = Plan::new(&formula, &Torn::new(table(), size), &PlanOptions::default()).expect(text);
            assert_eq!(torn, whole, "{text} in pieces of {size}");
        }
    }
}

#[test]
fn an_error_in_a_later_piece_names_the_row_of_all() {
    let mut columns: Vec<(String, Column)> =
        table().names().iter().cloned().zip(table().columns().cloned()).collect();
    let Column::Number(x) = &mut columns[0].1 else { panic!("a numeric column") };
    x[431] = f64::INFINITY;
    let torn = Torn::new(Table::from_columns(columns).expect("equal lengths"), 100);
    let formula = Formula::parse("~ c(x + 1)").expect("a formula");
    let whole = Plan::new(&formula, &torn.whole, &PlanOptions::default());
    let pieces = Plan::new(&formula, &torn, &PlanOptions::default());
    assert_eq!(pieces.map_err(|error| error.row()), whole.map_err(|error| error.row()));
}
