//! Delimited text, as strangers write it, is read as they meant it or refused with the place that is wrong.

use std::io::Write;
use std::path::PathBuf;

use loglik_data::{DataError, DataNote, Loaded, ScanOptions, read};
use loglik_expr::{Column, MISSING};

/// A file that is there for one test.
struct Written(PathBuf);

impl Written {
    fn new(bytes: &[u8]) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("loglik-csv-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::File::create(&path).and_then(|mut f| f.write_all(bytes)).expect("a temporary file");
        Self(path)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn read_with(
    bytes: impl AsRef<[u8]>,
    wanted: Option<&[&str]>,
    options: ScanOptions,
) -> Result<Loaded, DataError> {
    read(&Written::new(bytes.as_ref()).0, wanted, options)
}

fn read_all(text: impl AsRef<[u8]>) -> Result<Loaded, DataError> {
    read_with(text, None, ScanOptions::default())
}

fn numbers(loaded: &Loaded, name: &str) -> Vec<f64> {
    match loaded.table.column(name) {
        Some(Column::Number(values)) => values.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

fn categories(loaded: &Loaded, name: &str) -> Vec<Option<String>> {
    match loaded.table.column(name) {
        Some(Column::Category { codes, levels, ordered: false }) => {
            codes.iter().map(|&c| (c != MISSING).then(|| levels[c as usize].clone())).collect()
        }
        other => panic!("{name} is {other:?}"),
    }
}

/// id, column, row, line and value of an error.
fn place(error: &DataError) -> (&'static str, Option<&str>, Option<u64>, Option<u64>, Option<&str>) {
    (error.id(), error.column(), error.row(), error.line(), error.value())
}

#[test]
fn quotes_byte_order_mark_and_line_ends_of_any_program_are_legal() {
    let text = "\u{feff}\"y\",\"x\",note\r\n\"-0.5\",1,\"a \"\"b\"\",\r\nc\"\r\n2, 3 ,d\r\n\r\n4,5,\"e\"";
    let loaded = read_all(text).expect("RFC 4180");
    assert_eq!(numbers(&loaded, "y"), [-0.5, 2.0, 4.0]);
    assert_eq!(numbers(&loaded, "x"), [1.0, 3.0, 5.0]);
    assert_eq!(categories(&loaded, "note"), ["a \"b\",\r\nc", "d", "e"].map(|t| Some(t.to_owned())));
    assert_eq!((0..3).map(|row| loaded.table.line(row)).collect::<Vec<_>>(), [2, 4, 6].map(Some));
}

#[test]
fn every_token_for_a_missing_value_is_one_in_numbers_and_in_text() {
    let text = "x,g\n1,a\n,\nNA,NA\nNaN,NaN\nnull,null\nN/A,N/A\n.,.\n\"\",\"NA\"\n2,b\n";
    let loaded = read_all(text).expect("missing is no error");
    let x = numbers(&loaded, "x");
    assert_eq!((x.iter().filter(|v| v.is_nan()).count(), x[0], x[8]), (7, 1.0, 2.0));
    assert_eq!(categories(&loaded, "g").iter().filter(|g| g.is_none()).count(), 7);
}

#[test]
fn tokens_of_the_user_are_missing_whatever_their_spelling() {
    let options = ScanOptions { na: vec!["-9".into(), "unknown".into()], ..ScanOptions::default() };
    let loaded = read_with("x,g\n1,a\n-9.0,unknown\n-9,b\nunknown,-9\n", None, options).expect("tokens");
    assert_eq!(numbers(&loaded, "x").iter().filter(|v| v.is_nan()).count(), 3);
    assert_eq!(categories(&loaded, "g"), [Some("a".to_owned()), None, Some("b".into()), None]);
}

#[test]
fn a_text_late_in_a_numeric_column_is_an_error_with_its_line() {
    let mut text = String::from("y,x\n");
    for i in 0..50_000 {
        text += &format!("{i},{}\n", if i == 40_000 { "twelve".to_owned() } else { (i * 3).to_string() });
    }
    let error = read_all(&text).expect_err("twelve is no number");
    assert_eq!(place(&error), ("type_mismatch", Some("x"), Some(40_001), Some(40_002), Some("twelve")));
    assert!(error.to_string().contains("--na 'twelve'"), "{error}");
    let loaded = read_with(&text, Some(&["y"]), ScanOptions::default()).expect("x is not wanted");
    assert_eq!(loaded.table.names(), ["y"]);
}

#[test]
fn the_kind_of_a_column_is_decided_by_most_of_its_cells_wherever_they_stand() {
    // Numbers first, more text later: 3,000 lines, far more than any sample.
    let mut text = String::from("g\n");
    (0..20_000).for_each(|i| text += &format!("0{i}\n"));
    (0..20_000).for_each(|i| text += &format!("t{}\n", i % 7));
    let loaded = read_all(&text).expect("half of the cells are text");
    let g = categories(&loaded, "g");
    assert_eq!((g[0].as_deref(), g[39_999].as_deref()), (Some("00"), Some("t0")));
    // Text first, more numbers later: the first text is the odd one.
    let mut text = String::from("x\nfoo\nbar\n");
    (0..40_000).for_each(|i| text += &format!("{i}.5\n"));
    assert_eq!(
        place(&read_all(&text).expect_err("mostly numbers")),
        ("type_mismatch", Some("x"), Some(1), Some(2), Some("foo"))
    );
    // Missing first.
    let mut text = String::from("x,g\n");
    (0..30_000).for_each(|_| text += "NA,NA\n");
    text += "1,a\n";
    let loaded = read_all(&text).expect("one value each");
    assert_eq!(
        (numbers(&loaded, "x")[30_000], categories(&loaded, "g")[30_000].as_deref()),
        (1.0, Some("a"))
    );
}

#[test]
fn broken_structure_is_refused_with_the_line_where_it_begins() {
    let refused = |text: &str| read_all(text).map(|_| ()).map_err(|e| (e.id(), e.row(), e.line()));
    assert_eq!(refused("y,x\n1,2\n3,4\n5,6,7\n"), Err(("csv_parse", Some(3), Some(4))));
    assert_eq!(refused("y,x\n1,2\n3\n5,6\n"), Err(("csv_parse", Some(2), Some(3))));
    assert_eq!(refused("y,x\n\"a\nb\",2\n3,4,\n"), Err(("csv_parse", Some(2), Some(4))));
    assert_eq!(refused("y,x\n1,2\n3,\"4\n5,6\n"), Err(("csv_parse", Some(2), Some(3))));
    assert_eq!(refused("y,x\n1,\"2\" 3\n"), Err(("csv_parse", Some(1), Some(2))));
    assert_eq!(refused("y,x\n"), Err(("empty_data", None, None)));
    assert_eq!(refused("y,x"), Err(("empty_data", None, None)));
    assert_eq!(refused(""), Err(("empty_data", None, None)));
    assert_eq!(read_all("y,x,x\n1,2,3\n").expect_err("which x?").column(), Some("x"));
}

#[test]
fn bytes_that_are_no_text_matter_where_they_are_read() {
    let text = b"y,g\n1,a\n2,caf\xe9\n3,b\n";
    let error = read_all(text).expect_err("Latin-1");
    assert_eq!(place(&error), ("encoding", Some("g"), None, Some(3), None));
    let loaded = read_with(text, Some(&["y"]), ScanOptions::default()).expect("g is not wanted");
    assert_eq!(numbers(&loaded, "y"), [1.0, 2.0, 3.0]);
}

#[test]
fn infinity_is_a_number_and_too_large_an_integer_is_noted() {
    let loaded = read_all("x,id\n1,9007199254740993\n-inf,2\nInfinity,3\n1e999,12345678901234567890123\n")
        .expect("numbers");
    assert_eq!(numbers(&loaded, "x")[1..], [f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY]);
    let note = DataNote::PrecisionLoss {
        column: "id".into(),
        row: 1,
        line: Some(2),
        value: "9007199254740993".into(),
    };
    assert_eq!(loaded.notes, [note]);
}

#[test]
fn true_and_false_are_a_category_and_odd_names_stay_as_they_are() {
    let loaded = read_all("\"a b\"\"c\",<script>,../../x\ntrue,1,2\nfalse,3,4\n").expect("names are text");
    assert_eq!(loaded.table.names(), ["a b\"c", "<script>", "../../x"]);
    assert_eq!(categories(&loaded, "a b\"c"), [Some("true".to_owned()), Some("false".into())]);
}

#[test]
fn threads_and_blocks_change_nothing() {
    let mut text = String::from("i,x,g,t\n");
    for i in 0..700_000_u32 {
        let x = f64::from(i.wrapping_mul(2_654_435_761)) / 1_024.0;
        let t = if i % 1_000 == 0 { "\"two\nlines\"" } else { "one" };
        text += &format!("{i},{x},g{},{t}\n", i.wrapping_mul(40_503) % 5_000);
    }
    assert!(text.len() > 3 * (4 << 20), "several blocks: {}", text.len());
    let file = Written::new(text.as_bytes());
    let with =
        |threads| read(&file.0, None, ScanOptions { threads, ..ScanOptions::default() }).expect("fine");
    let (one, three) = (with(1), with(3));
    assert_eq!(one, three);
    assert_eq!(numbers(&three, "i"), (0..700_000).map(f64::from).collect::<Vec<_>>());
    assert_eq!(
        categories(&three, "g")[650_001],
        Some(format!("g{}", 650_001_u32.wrapping_mul(40_503) % 5_000))
    );
    assert_eq!(three.table.line(699_999), Some(700_001 + 700));
}

#[test]
fn a_late_error_of_a_large_file_has_its_row_and_line() {
    let mut text = String::from("i,t\n");
    for i in 0..1_500_000_u32 {
        text += &format!("{i},{}\n", if i == 3 { "\"a\nb\"" } else { "c" });
    }
    text += "1\n";
    let error = read_all(&text).expect_err("one cell");
    assert_eq!((error.id(), error.row(), error.line()), ("csv_parse", Some(1_500_001), Some(1_500_003)));
}

#[test]
fn memory_is_refused_before_it_is_taken_and_a_missing_file_is_named() {
    let text: String =
        std::iter::once("x,id\n".to_owned()).chain((0..100_000).map(|i| format!("1,u{i:07}\n"))).collect();
    let options = ScanOptions { memory: Some(1 << 20), ..ScanOptions::default() };
    assert_eq!(place(&read_with(text, None, options).expect_err("1 MiB")).0, "memory_limit");
    let error = read("/nowhere/at all\n.csv", None, ScanOptions::default()).expect_err("no such file");
    assert_eq!(
        (error.id(), error.to_string()),
        ("no_such_file", "there is no file \"/nowhere/at all\\n.csv\"".to_owned())
    );
}
