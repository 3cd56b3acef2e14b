//! A grid of cells, and the formats that it can be written in.

use crate::escape::{escape_html, escape_terminal, escape_tex};

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// To the left: names.
    Left,
    /// To the right: numbers.
    Right,
}

/// Formats of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Text,
    /// A Markdown table.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// A LaTeX tabular.
    Tex,
    /// An HTML table.
    Html,
}

/// A grid with named columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    columns: Vec<(String, bool)>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid with these columns and no rows.
    #[must_use]
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns =
            columns.iter().map(|(name, align)| ((*name).to_owned(), *align == Align::Right)).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.columns.len(), String::new());
        self.rows.push(cells);
    }

    /// The grid in a format.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Csv => self.csv(),
            Format::Tex => self.tex(),
            Format::Html => self.html(),
        }
    }

    fn text(&self) -> String {
        let shown: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|c| escape_terminal(c)).collect()).collect();
        let width = |j: usize| {
            let cells = shown.iter().map(|row| row[j].chars().count());
            cells.chain([self.columns[j].0.chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &[String]| {
            let set = cells.iter().zip(&widths).zip(&self.columns).map(|((cell, width), (_, right))| {
                let pad = " ".repeat(width - cell.chars().count());
                if *right { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
            });
            let mut line = set.collect::<Vec<_>>().join("  ").trim_end().to_owned();
            line.push('\n');
            line
        };
        let head: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut out = line(&head);
        shown.iter().for_each(|row| out.push_str(&line(row)));
        out
    }

    fn markdown(&self) -> String {
        let cell = |text: &str| escape_html(text).replace('|', "\\|");
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = line(self.columns.iter().map(|(name, _)| cell(name)).collect());
        out.push_str(&line(
            self.columns.iter().map(|(_, right)| if *right { "--:" } else { "---" }.to_owned()).collect(),
        ));
        self.rows.iter().for_each(|row| out.push_str(&line(row.iter().map(|c| cell(c)).collect())));
        out
    }

    fn csv(&self) -> String {
        let cell = |text: &String| {
            let quoted = text.contains([',', '"', '\n', '\r']);
            if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
        };
        let head: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let line =
            |cells: &Vec<String>| format!("{}\n", cells.iter().map(cell).collect::<Vec<_>>().join(","));
        [&head].into_iter().chain(&self.rows).map(line).collect()
    }

    fn tex(&self) -> String {
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let columns: String = self.columns.iter().map(|(_, right)| if *right { 'r' } else { 'l' }).collect();
        let mut out = format!("\\begin{{tabular}}{{{columns}}}\n\\hline\n");
        out.push_str(&line(self.columns.iter().map(|(name, _)| escape_tex(name)).collect()));
        out.push_str("\\hline\n");
        self.rows.iter().for_each(|row| out.push_str(&line(row.iter().map(|c| escape_tex(c)).collect())));
        out.push_str("\\hline\n\\end{tabular}\n");
        out
    }

    fn html(&self) -> String {
        let cells = |tag: &str, row: Vec<&String>| {
            let inside: String = row.iter().map(|c| format!("<{tag}>{}</{tag}>", escape_html(c))).collect();
            format!("<tr>{inside}</tr>\n")
        };
        let mut out = "<table>\n<thead>\n".to_owned();
        out.push_str(&cells("th", self.columns.iter().map(|(name, _)| name).collect()));
        out.push_str("</thead>\n<tbody>\n");
        self.rows.iter().for_each(|row| out.push_str(&cells("td", row.iter().collect())));
        out.push_str("</tbody>\n</table>\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_a_comma_is_quoted() {
        let mut grid = Grid::new(&[("term", Align::Left), ("n", Align::Right)]);
        grid.row(vec!["a, b".into(), "1".into()]);
        grid.row(vec!["c".into(), "12".into()]);
        assert_eq!(grid.render(Format::Text), "term   n\na, b   1\nc     12\n");
        assert_eq!(grid.render(Format::Csv), "term,n\n\"a, b\",1\nc,12\n");
        assert!(grid.render(Format::Html).contains("<td>a, b</td>"));
    }
}
