//! A case and its table: columns typed as the manifest says, then derived, levels, subset.

use loglik::expr::{Column, MISSING, condition, evaluate, parse_expression_over, spell_number};
use loglik::{Method, Table};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One case of a reference directory.
pub(crate) struct Case {
    json: Value,
    root: PathBuf,
    method: Method,
}

/// All cases of a directory, by id, to be fitted by a method.
pub(crate) fn load(dir: &str, method: Method) -> Result<Vec<Case>, String> {
    let root = PathBuf::from(dir);
    let list = std::fs::read_dir(root.join("cases")).map_err(|error| format!("{dir}/cases: {error}"))?;
    let mut paths: Vec<PathBuf> = list.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
    paths.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let json = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Case { json, root: root.clone(), method })
    };
    paths.iter().map(read).collect()
}

impl Case {
    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    /// The optimiser that fits it.
    pub(crate) fn method(&self) -> Method {
        self.method
    }

    pub(crate) fn id(&self) -> &str {
        self.json["id"].as_str().unwrap_or_default()
    }

    pub(crate) fn class(&self) -> &str {
        self.json["class"].as_str().unwrap_or_default()
    }

    /// The model's entry.
    pub(crate) fn model(&self, key: &str) -> &Value {
        &self.json["model"][key]
    }

    /// The machine name of one of the case's names.
    pub(crate) fn machine_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.json["names"][name].as_str().unwrap_or(name)
    }

    /// The rows that the model sees, missing values kept.
    pub(crate) fn table(&self) -> Result<Table, String> {
        self.prepared(None)
    }

    /// The rows, `subset` in place of the case's own.
    pub(crate) fn prepared(&self, subset: Option<&str>) -> Result<Table, String> {
        let set = &self.json["dataset"];
        let table = match set["inline"].as_object() {
            Some(columns) => inline(columns)?,
            None => self.named_table("file", "name")?,
        };
        self.derived(table, subset)
    }

    /// The second table, for predictions.
    pub(crate) fn test_table(&self) -> Result<Table, String> {
        self.derived(self.named_table("test_file", "test_name")?, None)
    }

    fn named_table(&self, file: &str, name: &str) -> Result<Table, String> {
        let set = &self.json["dataset"];
        let text = |key: &str| set[key].as_str().ok_or(format!("the dataset has no `{key}`"));
        self.file_table(text(file)?, text(name)?)
    }

    /// Derived columns, levels and rows of a table of the case.
    fn derived(&self, mut table: Table, subset: Option<&str>) -> Result<Table, String> {
        let set = &self.json["dataset"];
        let source = table.clone();
        for (name, text) in set["derived"].as_object().into_iter().flatten() {
            let text = text.as_str().unwrap_or_default();
            let tree = parse_expression_over(text, source.names()).map_err(|e| e.pointed(text))?;
            let column = evaluate(&tree, &source).map_err(|e| e.pointed(text))?;
            table = with(&table, name, column)?;
        }
        for (name, levels) in set["levels"].as_object().into_iter().flatten() {
            let levels: Vec<String> = strings(levels);
            let column = table.column(name).ok_or(format!("no column {name}"))?;
            let column = as_category(column, &levels, false);
            table = with(&table, name, column)?;
        }
        for subset in set["subset"].as_str().into_iter().chain(subset) {
            let tree = parse_expression_over(subset, table.names()).map_err(|e| e.pointed(subset))?;
            let keep = condition(&tree, &table).map_err(|e| e.pointed(subset))?;
            table = table.filter(&keep);
        }
        Ok(table)
    }

    /// A file with the column types of the manifest.
    fn file_table(&self, file: &str, name: &str) -> Result<Table, String> {
        let manifest = read_json(&self.root.join("data/datasets.json"))?;
        let types = manifest[name]["columns"].as_object().ok_or(format!("{name} is not in the manifest"))?;
        let path = self.root.join(file);
        let loaded = loglik::data::read(&path, None, loglik::data::ScanOptions::default())
            .map_err(|e| e.to_string())?;
        let mut columns = Vec::new();
        for name in loaded.table.names() {
            let column = loaded.table.column(name).ok_or("a column is gone")?;
            let kind = &types[name];
            let column = match kind["type"].as_str() {
                Some("category") => {
                    as_category(column, &strings(&kind["levels"]), kind["ordered"].as_bool() == Some(true))
                }
                Some("string") => as_category(column, &texts(column), false),
                _ => column.clone(),
            };
            columns.push((name.clone(), column));
        }
        Table::from_columns(columns).map_err(|e| e.to_string())
    }
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn inline(columns: &serde_json::Map<String, Value>) -> Result<Table, String> {
    let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
    let column = |v: &Value| Column::Number(v.as_array().into_iter().flatten().map(number).collect());
    Table::from_columns(columns.iter().map(|(name, v)| (name.clone(), column(v)))).map_err(|e| e.to_string())
}

/// The table with one column added or replaced.
fn with(table: &Table, name: &str, column: Column) -> Result<Table, String> {
    let mut columns: Vec<(String, Column)> =
        table.names().iter().cloned().zip(table.columns().cloned()).filter(|(n, _)| n != name).collect();
    columns.push((name.to_owned(), column));
    Table::from_columns(columns).map_err(|e| e.to_string())
}

/// Texts of a column in sorted order.
fn texts(column: &Column) -> Vec<String> {
    match column {
        Column::Category { levels, .. } => levels.to_vec(),
        Column::Number(values) => {
            let mut texts: Vec<String> =
                values.iter().filter(|v| !v.is_nan()).map(|v| spell_number(*v)).collect();
            texts.sort();
            texts.dedup();
            texts
        }
        Column::Sparse(_) => Vec::new(),
    }
}

fn as_category(column: &Column, levels: &[String], ordered: bool) -> Column {
    let code = |text: &str| levels.iter().position(|l| l == text).map_or(MISSING, |at| at as u32);
    let codes = match column {
        Column::Number(values) => {
            values.iter().map(|v| if v.is_nan() { MISSING } else { code(&spell_number(*v)) }).collect()
        }
        Column::Category { codes, levels: own, .. } => {
            codes.iter().map(|c| own.get(*c as usize).map_or(MISSING, |text| code(text))).collect()
        }
        Column::Sparse(block) => vec![MISSING; block.rows()],
    };
    Column::Category { codes, levels: Arc::from(levels.to_vec()), ordered }
}
