//! `loglik explain`: an id of a note, an error or a finding, a likelihood with the loss that it implies, or a loss.

use crate::args::ExplainArgs;
use crate::stdout::{self, say_line};
use loglik::expr::nearest;
use loglik::{Error, Exit, GLOSSARY, LOSSES, Loss, explained, likelihoods, loss, loss_of};

/// Explains one word.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, Error> {
    if let Some(name) = &args.loss {
        let found = loss(name).ok_or_else(|| {
            let names = LOSSES.iter().flat_map(|loss| loss.names).copied();
            Error::unknown_word("loss", name, names)
        })?;
        print(args.json, serde_json::json!(found), || card(found));
        return Ok(Exit::Ok);
    }
    let Some(word) = &args.word else {
        return Err(Error::request("name what is to be explained: an id, a likelihood, or --loss NAME"));
    };
    if let Some(entry) = explained(word) {
        print(args.json, serde_json::json!(entry), || {
            say_line!("{}\n\n{}\n\n{}", entry.id, entry.meaning, entry.mend)
        });
        return Ok(Exit::Ok);
    }
    let all = likelihoods();
    let named = |name: &str| all.iter().find(|l| l.name == name || l.aliases.iter().any(|a| a == name));
    let Some(likelihood) = named(word) else {
        let words: Vec<&str> =
            GLOSSARY
                .iter()
                .map(|entry| entry.id)
                .chain(all.iter().flat_map(|l| {
                    std::iter::once(l.name.as_str()).chain(l.aliases.iter().map(String::as_str))
                }))
                .collect();
        let error =
            Error::request(format!("`{word}` is no id of a note, an error or a finding, and no likelihood"));
        let near = nearest(word, words).map_or_else(
            || "`loglik families` lists the likelihoods".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(error.remedy(near));
    };
    let implied = loss_of(&likelihood.name);
    let json = serde_json::json!({"likelihood": likelihood.name, "title": likelihood.title,
        "parameters": likelihood.parameters, "aliases": likelihood.aliases, "loss": implied});
    print(args.json, json, || {
        say_line!("{}: {}", likelihood.name, likelihood.title);
        say_line!("parameters  {}", likelihood.parameters.join(", "));
        match implied {
            Some(implied) => card(implied),
            None => say_line!("its loss is minus its log density; it has no name of its own"),
        }
    });
    Ok(Exit::Ok)
}

fn print(json: bool, value: serde_json::Value, text: impl FnOnce()) {
    if json { stdout::json(&value) } else { text() }
}

fn card(loss: &Loss) {
    say_line!("loss        {}", loss.names.join(", "));
    say_line!("likelihood  {}", loss.likelihood.unwrap_or("none"));
    say_line!("one row     {}", loss.loss);
    say_line!("gradient    {}", loss.gradient);
    say_line!("Hessian     {}", loss.hessian);
    say_line!("{}", loss.remark);
}
