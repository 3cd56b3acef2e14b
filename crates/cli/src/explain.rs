//! `loglik explain`: an id of a note or an error, a likelihood with the loss that it implies, or a loss.

use crate::args::ExplainArgs;
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
            println!("{}\n\n{}\n\n{}", entry.id, entry.meaning, entry.mend)
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
        let error = Error::request(format!("`{word}` is no id of a note or an error, and no likelihood"));
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
        println!("{}: {}", likelihood.name, likelihood.title);
        println!("parameters  {}", likelihood.parameters.join(", "));
        match implied {
            Some(implied) => card(implied),
            None => println!("its loss is minus its log density; it has no name of its own"),
        }
    });
    Ok(Exit::Ok)
}

fn print(json: bool, value: serde_json::Value, text: impl FnOnce()) {
    if json { println!("{value:#}") } else { text() }
}

fn card(loss: &Loss) {
    println!("loss        {}", loss.names.join(", "));
    println!("likelihood  {}", loss.likelihood.unwrap_or("none"));
    println!("one row     {}", loss.loss);
    println!("gradient    {}", loss.gradient);
    println!("Hessian     {}", loss.hessian);
    println!("{}", loss.remark);
}
