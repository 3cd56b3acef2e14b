//! `loglik families`: what the registry holds.

use crate::stdout::{say, say_line};
use loglik::{Exit, likelihoods};
use loglik_report::{Align, Format, Grid};

/// Lists every likelihood and wrapper.
pub(crate) fn run(json: bool) -> Exit {
    let all = likelihoods();
    if json {
        let list: Vec<_> = all
            .iter()
            .map(|f| serde_json::json!({"name": f.name, "aliases": f.aliases, "parameters": f.parameters, "title": f.title}))
            .collect();
        say_line!("{}", serde_json::json!({"format": "loglik.families/1", "families": list}));
        return Exit::Ok;
    }
    let mut grid = Grid::new(&[
        ("name", Align::Left),
        ("parameters", Align::Left),
        ("what it is", Align::Left),
        ("also", Align::Left),
    ]);
    for family in all {
        grid.row(vec![family.name, family.parameters.join(" "), family.title, family.aliases.join(" ")]);
    }
    say!("{}", grid.render(Format::Text));
    Exit::Ok
}
