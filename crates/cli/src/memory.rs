//! How much memory rows may take, as it is typed (`512MB`, `2GB`, `1.5GiB`, or bytes), and rows that keep to it.

use loglik::data::{DataNote, Loaded, Scan};
use loglik::{Data, Error};

/// Columns of a file: in memory where nothing is said, else as a stream; and what is to be known of them.
pub(crate) fn rows(
    scan: &mut Scan,
    wanted: &[&str],
    memory: Option<&str>,
) -> Result<(Data, Vec<DataNote>), Error> {
    Ok(match memory {
        None => {
            let Loaded { table, notes } = scan.read(Some(wanted))?;
            (Data::Table(table), notes)
        }
        // Half for decoded columns; parts being filled, sums and what parsing needs take the rest.
        Some(text) => {
            let stream = scan.stream(Some(wanted), bytes(text)? / 2)?;
            let notes = stream.notes().to_vec();
            (Data::Stream(stream), notes)
        }
    })
}

/// The bytes that scores may take of a size: the other quarters are columns, parts being read, and what parsing needs.
pub(crate) fn quarter(text: &str) -> Result<u64, Error> {
    Ok(bytes(text)? / 4)
}

/// The bytes of a size.
fn bytes(text: &str) -> Result<u64, Error> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => f64::NAN,
    };
    let size = number.trim().parse::<f64>().unwrap_or(f64::NAN) * unit;
    if size >= 1.0 && size < u64::MAX as f64 {
        return Ok(size as u64);
    }
    Err(Error::request(format!("--memory {text}: write a size such as 512MB or 2GB")))
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_decimal_unless_they_say_otherwise() {
        let of = |text: &str| bytes(text).ok();
        assert_eq!(
            [of("512MB"), of("1.5 gb"), of("2GiB"), of("4096")],
            [512_000_000, 1_500_000_000, 2 << 30, 4096].map(Some)
        );
        assert_eq!([of("MB"), of("-1GB"), of("1 parsec"), of("nan")], [None; 4]);
    }
}
