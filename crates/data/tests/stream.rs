//! A stream is the table in pieces, and what is written is what is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use loglik_data::{CellKind, Cells, Scan, ScanOptions, Writer, read};
use loglik_design::Table;
use loglik_expr::MISSING;

/// A directory of its own for each test, gone when dropped.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("loglik-data-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory for temporary files");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const ROWS: usize = 200_000;

/// Numbers with gaps, a category of 50 levels met late, whole numbers.
fn cells(rows: std::ops::Range<usize>) -> Vec<Cells> {
    let levels: Arc<[String]> = (0..50).map(|i| format!("level {i}")).collect();
    let number = |i: usize| if i.is_multiple_of(97) { f64::NAN } else { (i * i % 1_009) as f64 / 8.0 };
    let code = |i: usize| if i.is_multiple_of(89) { MISSING } else { (i / 4_000) as u32 };
    vec![
        Cells::Number(rows.clone().map(number).collect()),
        Cells::Text(rows.clone().map(code).collect(), levels),
        Cells::Whole(rows.map(|i| i as u64).collect()),
    ]
}

fn write(path: &Path) {
    let columns = [("x", CellKind::Number), ("g", CellKind::Text), ("i", CellKind::Whole)];
    let columns = columns.map(|(name, kind)| (name.to_owned(), kind));
    let mut writer = Writer::create(path.to_str().expect("a plain path"), &columns).expect("it can be made");
    for start in (0..ROWS).step_by(30_000) {
        writer.write(&cells(start..ROWS.min(start + 30_000))).expect("there is room");
    }
    writer.finish().expect("there is room");
}

/// All pieces of a stream must be the rows of the table, with the same levels, rows and lines.
fn check(path: &Path, whole: &Table) {
    for budget in [0, u64::MAX] {
        let mut scan = Scan::open(path, ScanOptions::default()).expect("it is there");
        let stream = scan.stream(None, budget).expect("it can be read");
        assert_eq!((stream.rows(), stream.names()), (ROWS, whole.names()));
        assert_eq!(stream.size().0 > 0, budget > 0, "the budget says where rows lie");
        for (start, end) in [(0, 10), (65_530, 65_550), (120_001, 199_999), (0, ROWS)] {
            let part = stream.table(start..end, None).expect("the spool can be read");
            let keep: Vec<bool> = (0..ROWS).map(|row| (start..end).contains(&row)).collect();
            let expected = whole.filter(&keep);
            for (a, b) in part.columns().zip(expected.columns()) {
                assert!(same(a, b), "rows {start} to {end}");
            }
            assert_eq!(part.line(3), expected.line(3));
            assert_eq!(part.file_row(3), expected.file_row(3));
        }
    }
}

/// Equality that takes NaN for NaN.
fn same(a: &loglik_expr::Column, b: &loglik_expr::Column) -> bool {
    use loglik_expr::Column::Number;
    match (a, b) {
        (Number(a), Number(b)) => a.iter().map(|v| v.to_bits()).eq(b.iter().map(|v| v.to_bits())),
        (a, b) => a == b,
    }
}

#[test]
fn a_stream_of_any_format_is_the_table_in_pieces() {
    let dir = Dir::new("stream");
    for name in ["t.csv", "t.csv.gz", "t.csv.zst", "t.tsv", "t.parquet", "t.arrow", "t.arrows"] {
        let path = dir.path(name);
        write(&path);
        let whole = read(&path, None, ScanOptions::default()).expect("it was just written").table;
        assert_eq!(whole.rows(), ROWS);
        let Cells::Number(x) = &cells(0..ROWS)[0] else { unreachable!("the first column is numeric") };
        let expected = loglik_expr::Column::Number(x.clone());
        assert!(same(whole.column("x").expect("it has the column"), &expected), "{name}");
        assert_eq!(whole.level_counts("g").map(|counts| counts.len()), Some(50), "{name}");
        check(&path, &whole);
    }
}

#[test]
fn a_column_that_turns_out_to_be_text_is_streamed_as_text() {
    let dir = Dir::new("late");
    let path = dir.path("late.csv");
    let cell = |i: usize| if i < 5_000 { i.to_string() } else { format!("w{}", i % 7) };
    let text: String = (0..ROWS).map(|i| format!("{},{i}\n", cell(i))).collect();
    std::fs::write(&path, format!("a,b\n{text}")).expect("a small file");
    let whole = read(&path, None, ScanOptions::default()).expect("it is a table").table;
    assert_eq!(whole.level_counts("a").map(|counts| counts.len()), Some(5_007));
    check(&path, &whole);
}

#[test]
fn an_output_appears_whole_or_not_at_all() {
    let dir = Dir::new("whole");
    let path = dir.path("out.csv");
    std::fs::write(&path, "old\n").expect("a small file");
    let columns = [("x".to_owned(), CellKind::Number)];
    let name = path.to_str().expect("a plain path");
    let mut writer = Writer::create(name, &columns).expect("it can be made");
    writer.write(&[Cells::Number(vec![1.5])]).expect("there is room");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "old\n");
    drop(writer);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "old\n");
    assert_eq!(std::fs::read_dir(&dir.0).expect("a directory").count(), 1, "nothing else is left");
    let mut writer = Writer::create(name, &columns).expect("it can be made");
    writer.write(&[Cells::Number(vec![1.5, f64::NAN])]).expect("there is room");
    writer.finish().expect("there is room");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "x\n1.5\n\n");
    let strange = Writer::create("out.xlsx", &columns).err().map(|error| error.id());
    assert_eq!(strange, Some("bad_request"));
}
