//! The handbook's snippets, run: what a page shows is what the program prints.
//!
//! A fenced block marked `console` holds commands, each after `$ ` (a line that ends in `\` goes on), and what each
//! printed on stdout and stderr, with `exit N` as a last line where the process did not end with 0. All blocks of a
//! page run in order by `sh` in one fresh copy of `demo/`, with the built `loglik` first on the path. With
//! `LOGLIK_REFRESH=1` what was printed takes the place of what the page says.

use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: &str = "handbook";
const OPEN: &str = "```console";
const CLOSE: &str = "```";

/// The environment variable that makes the test rewrite the pages.
const REFRESH: &str = "LOGLIK_REFRESH";

#[test]
fn every_page_of_the_handbook_shows_what_the_program_prints() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages = list(&root.join(PAGES))?;
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    let mut stale = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
        let fresh = rerun(&text, &root)?;
        if fresh != text {
            if std::env::var_os(REFRESH).is_some() {
                std::fs::write(&page, &fresh).map_err(|error| format!("{}: {error}", page.display()))?;
            } else {
                stale.push(first_difference(&page, &text, &fresh));
            }
        }
    }
    assert!(stale.is_empty(), "{}\n`{REFRESH}=1 cargo test -p loglik-cli` rewrites them", stale.join("\n"));
    Ok(())
}

/// A page with every block's output as the program prints it now.
fn rerun(text: &str, root: &Path) -> Result<String, String> {
    let place = std::env::temp_dir().join(format!("loglik-book-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&place));
    std::fs::create_dir_all(place.join("demo")).map_err(|error| format!("{}: {error}", place.display()))?;
    for file in list(&root.join("demo"))? {
        let to = place.join("demo").join(file.file_name().unwrap_or_default());
        std::fs::copy(&file, &to).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line != OPEN {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != CLOSE) {
            let Some(start) = line.strip_prefix("$ ") else { continue };
            let (mut shown, mut command) = (format!("{line}\n"), start.to_owned());
            while command.ends_with('\\') {
                let more = lines.next().ok_or("a command goes on after the page's end")?;
                shown.push_str(&format!("{more}\n"));
                command.push('\n');
                command.push_str(more);
            }
            out.push_str(&shown);
            out.push_str(&printed(&command, &place)?);
        }
    }
    std::fs::remove_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    Ok(out)
}

/// What a command prints, without blanks at the ends of lines.
fn printed(command: &str, place: &Path) -> Result<String, String> {
    let own = Path::new(env!("CARGO_BIN_EXE_loglik")).parent().unwrap_or(Path::new("."));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([own.to_owned()].into_iter().chain(std::env::split_paths(&path)))
        .map_err(|error| error.to_string())?;
    let answer = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(place)
        .env("PATH", path)
        .env("COLUMNS", "100")
        .output()
        .map_err(|error| format!("sh: {error}"))?;
    let mut out = String::new();
    for line in String::from_utf8_lossy(&answer.stdout).lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    match answer.status.code() {
        Some(0) => {}
        Some(code) => out.push_str(&format!("exit {code}\n")),
        None => return Err(format!("`{command}` was ended by a signal")),
    }
    Ok(out)
}

fn first_difference(page: &Path, text: &str, fresh: &str) -> String {
    let same = text.lines().zip(fresh.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(ends)").to_owned();
    format!("{}, line {}:\n  page     {}\n  program  {}", page.display(), same + 1, line(text), line(fresh))
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect())
}
