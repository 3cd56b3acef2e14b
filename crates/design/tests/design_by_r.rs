//! Design matrices against those of R: names, order, and numbers of every column (script: `oracle/design.R`).

use loglik_design::{
    Block, BlockPlan, Chunk, FillOptions, Formula, NO_COEF, Plan, PlanOptions, RowColumns, Source, Standard,
    Table,
};
use loglik_expr::Column;
use serde_json::Value;
use std::sync::Arc;

fn golden() -> Value {
    serde_json::from_str(include_str!("design_by_r.json")).expect("the script writes JSON")
}

fn column(values: &[Value]) -> Column {
    if let Some(numbers) = values.iter().map(Value::as_f64).collect() {
        return Column::Number(numbers);
    }
    let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    let mut levels = texts.clone();
    levels.sort_unstable();
    levels.dedup();
    let code = |text: &&str| levels.iter().position(|level| level == text).map_or(u32::MAX, |at| at as u32);
    Column::Category {
        codes: texts.iter().map(code).collect(),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        ordered: false,
    }
}

fn table(golden: &Value) -> Table {
    let data = golden["data"].as_object().expect("columns by name");
    let columns =
        data.iter().map(|(name, values)| (name.clone(), column(values.as_array().expect("a column"))));
    Table::from_columns(columns).expect("columns of one length")
}

/// The matrix of the main predictor, column by column in the order of the formula, from the chunks.
fn matrix(plan: &Plan, table: &Table) -> Vec<Vec<f64>> {
    let source = Arc::new(plan.clone())
        .chunks(table, RowColumns::default(), &Standard::none(plan), &FillOptions::default())
        .expect("all values are finite");
    let predictor = &plan.predictors[0];
    let mut columns = vec![Vec::new(); predictor.coefs.len()];
    for part in 0..source.parts() {
        let mut each = |chunk: &Chunk| {
            for (out, coef) in columns.iter_mut().zip(&predictor.coefs) {
                let block = &chunk.blocks[predictor.blocks[coef.block]];
                out.extend((0..chunk.rows).map(|row| entry(block, coef.index, row)));
            }
            Ok(())
        };
        source.read(part, &mut each).expect("chunks in memory");
    }
    columns
}

fn entry(block: &Block, index: usize, row: usize) -> f64 {
    match block {
        Block::Ones => 1.0,
        Block::Dense(dense) => dense.col(index)[row],
        Block::Levels(levels) if levels.codes[row] as usize == index && levels.codes[row] != NO_COEF => {
            levels.times.as_ref().map_or(1.0, |times| times[row])
        }
        Block::Levels(_) => 0.0,
        Block::Sparse(_) => panic!("R's designs are dense"),
    }
}

#[test]
fn columns_come_in_the_order_and_with_the_numbers_of_r() {
    let golden = golden();
    let table = table(&golden);
    for case in golden["cases"].as_array().expect("a list of cases") {
        let text = case["formula"].as_str().expect("a formula");
        let formula = Formula::parse(text).expect(text);
        let plan =
            Plan::new(&formula, &table, &PlanOptions::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        // R keeps columns of zeros for combinations of levels without rows; here they have no coefficient.
        let want: Vec<Vec<f64>> = case["columns"]
            .as_array()
            .expect("columns")
            .iter()
            .map(|column| column.as_array().expect("numbers").iter().filter_map(Value::as_f64).collect())
            .filter(|column: &Vec<f64>| column.iter().any(|x| *x != 0.0))
            .collect();
        let got = matrix(&plan, &table);
        let names: Vec<&str> = plan.predictors[0].coefs.iter().map(|coef| coef.name.as_str()).collect();
        assert_eq!(got.len(), want.len(), "{text}: {names:?} against {}", case["names"]);
        let empty = case["columns"].as_array().map_or(0, Vec::len) - want.len();
        assert_eq!(plan.predictors[0].empty_cells.len(), empty, "{text}");
        for ((got, want), name) in got.iter().zip(&want).zip(&names) {
            let largest = want.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            for (got, want) in got.iter().zip(want) {
                // Bases are sums and differences of some dozen terms of the size of the largest entry.
                assert!((got - want).abs() <= 1e-13 * largest, "{text}: {name} {got} {want}");
            }
        }
    }
}

#[test]
fn a_plan_read_back_from_its_stored_form_is_the_same_plan() {
    let golden = golden();
    let table = table(&golden);
    for case in golden["cases"].as_array().expect("a list of cases") {
        let text = case["formula"].as_str().expect("a formula");
        let formula = Formula::parse(text).expect(text);
        let plan = Plan::new(&formula, &table, &PlanOptions::default()).expect(text);
        let stored = serde_json::to_string(&plan).expect("a plan is plain data");
        let again: Plan = serde_json::from_str(&stored).expect(&stored);
        assert_eq!(again.predictors, plan.predictors, "{text}");
        assert_eq!(again.blocks, plan.blocks, "{text}");
        assert_eq!(matrix(&again, &table), matrix(&plan, &table), "{text}");
    }
}

#[test]
fn categories_stay_codes_however_they_are_combined() {
    let golden = golden();
    let table = table(&golden);
    let formula = Formula::parse("y ~ a*b + a:x").expect("a formula");
    let plan = Plan::new(&formula, &table, &PlanOptions::default()).expect("a plan");
    let dense = plan.blocks.iter().filter(|block| matches!(block, BlockPlan::Dense(_))).count();
    assert_eq!((dense, plan.blocks.len()), (0, 5));
}
