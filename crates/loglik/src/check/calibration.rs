//! Whether fitted probabilities are what they say: Hosmer-Lemeshow groups and the slope of predictions that have not seen
//! their own row.
//!
//! Leaving a row out moves its linear predictor by -h r / (1 - h), h its leverage and r its working residual: one Newton
//! step, without a refit (Pregibon 1981, Annals of Statistics 9, 705-724). On the fit's own predictions the slope of a
//! logistic regression is 1 whatever the data; on these it falls below 1 as the fit follows its own noise.

use super::rows::{Rows, each_row};
use super::{Diagnosis, Mend};
use crate::data_notes::cases;
use crate::{Error, Fitted};
use loglik_decide::calibration::line;
use loglik_decide::hosmer_lemeshow::hosmer_lemeshow;
use loglik_decide::{Ranked, Scored};
use loglik_num::{normal_two_sided, sigmoid};

/// Groups of Hosmer and Lemeshow.
const GROUPS: usize = 10;

/// Of a response of one trial a row.
pub(super) fn all(fitted: &Fitted, rows: &Rows) -> Result<Vec<Diagnosis>, Error> {
    let columns = fitted.prepared.source.columns();
    let Some(y) = columns.and_then(|rows| rows.y.first()) else { return Ok(Vec::new()) };
    if cases(&fitted.prepared).is_none() || fitted.result.likelihood != "bernoulli" {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let seen = each_row(fitted, None, |sweep, r| sigmoid(sweep.us[0][r]))?;
    let table =
        Scored::new(y, &seen).and_then(|scored| hosmer_lemeshow(&Ranked::new(&scored, 1)?, None, GROUPS));
    if let (Ok(table), true) = (table, fitted.result.rank > 1)
        && !table.is_arbitrary()
    {
        let message = format!("Hosmer-Lemeshow in {GROUPS} groups: chi-square {:.2}", table.statistic);
        let (df, p) = (table.df_of_the_fit, table.p_value_of_the_fit);
        let test = Diagnosis::test("hosmer_lemeshow", message, table.statistic, df, p);
        found.push(test.mended("add squares, interactions or splines: ns(x, 4)", Mend::flag("se", "hc3")));
    }
    let without = |eta: &f64, f: &crate::RowDiagnostics| eta - f.leverage / (1.0 - f.leverage) * f.working;
    let etas: Vec<f64> = rows.etas.iter().zip(&rows.figures).map(|(eta, f)| without(eta, f)).collect();
    let left_out = each_row(fitted, Some(&etas), |sweep, r| sigmoid(sweep.us[0][r]))?;
    let calibrated = Scored::new(y, &left_out).and_then(|scored| line(&Ranked::new(&scored, 1)?));
    if let (Ok(line), true) = (calibrated, fitted.result.rank > 1) {
        let z = (line.slope - 1.0) / line.slope_se;
        let message = format!("calibration slope {:.2} with each row left out (one step)", line.slope);
        let test = Diagnosis {
            df: None,
            ..Diagnosis::test("calibration", message, line.slope, 1, normal_two_sided(z))
        };
        found.push(test.mended(
            "the fit follows its own noise: fewer terms, or a penalty",
            Mend::flag("penalty", "ridge:0.01"),
        ));
    }
    Ok(found)
}
