//! Seed files, as the makers of devices send them: CSV, and PSKC (RFC 6030).

use zeroize::Zeroizing;

use super::{NewDevice, pskc};
use crate::totp::{CodeAlgorithm, CodeShape, TotpSecret};

/// The most that a seed file may be.
pub const SEED_FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most devices that a seed file may have.
pub const SEED_FILE_DEVICES_MAX: usize = 20_000;

/// What is wrong with a seed file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}{what}", .at.as_ref().map(|at| format!("{at}: ")).unwrap_or_default())]
pub struct BadSeedFile {
    /// Where: a line or a device. Never the seed itself.
    pub at: Option<String>,
    /// What.
    pub what: &'static str,
}

/// The devices in a seed file. PSKC files may be encrypted with a key that the maker sent by another way.
pub fn read(text: &str, key: Option<&[u8]>) -> Result<Vec<NewDevice>, BadSeedFile> {
    let whole = |what| BadSeedFile { at: None, what };
    if text.len() > SEED_FILE_BYTES_MAX {
        return Err(whole("the file is larger than 8 MiB; split it"));
    }
    let devices = match text.trim_start().starts_with('<') {
        true => pskc::read(text, key)?,
        false => comma_separated(text)?,
    };
    let mut serials: Vec<_> = devices.iter().map(|device| &device.serial).collect();
    serials.sort();
    if let Some(twice) =
        serials.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first())
    {
        return Err(BadSeedFile { at: Some(format!("device {twice}")), what: "it is in the file twice" });
    }
    if devices.is_empty() {
        return Err(whole("there is no device in the file"));
    }
    Ok(devices)
}

/// Lines of serial number, secret in hexadecimal or base32, and, if they differ from 30 seconds, six digits and SHA-1,
/// the period, the digits and the algorithm.
fn comma_separated(text: &str) -> Result<Vec<NewDevice>, BadSeedFile> {
    let mut devices = Vec::new();
    for (number, line) in (1_usize..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let cells: Vec<&str> = line.split([',', ';']).map(|cell| cell.trim().trim_matches('"')).collect();
        let heading =
            number == 1 && cells.first().is_some_and(|cell| cell.to_ascii_lowercase().starts_with("serial"));
        if line.trim().is_empty() || line.starts_with('#') || heading {
            continue;
        }
        let wrong = |what| BadSeedFile { at: Some(format!("line {number}")), what };
        if devices.len() >= SEED_FILE_DEVICES_MAX {
            return Err(wrong("more devices than 20,000; split the file"));
        }
        devices.push(device(&cells).map_err(wrong)?);
    }
    Ok(devices)
}

fn device(cells: &[&str]) -> Result<NewDevice, &'static str> {
    let cell = |index: usize| cells.get(index).copied().filter(|cell| !cell.is_empty());
    let (Some(serial), Some(secret)) = (cell(0), cell(1)) else {
        return Err("a line is serial,secret or serial,secret,period,digits,algorithm");
    };
    if cells.len() > 5 {
        return Err("there are more than five columns");
    }
    let serial = serial.parse().map_err(|_| "the serial number is not letters, digits, dots and hyphens")?;
    let number = |index: usize, usual: u64| cell(index).map_or(Some(usual), |cell| cell.parse().ok());
    let period = number(2, CodeShape::APP.period_seconds).ok_or("the period is no number")?;
    let digits = number(3, CodeShape::APP.digits.into()).and_then(|digits| u8::try_from(digits).ok());
    let digits = digits.ok_or("the number of digits is no number")?;
    let algorithm = cell(4).map_or(Ok(CodeAlgorithm::Sha1), str::parse);
    let algorithm = algorithm.map_err(|()| "the algorithm is neither SHA1 nor SHA256")?;
    let shape = CodeShape::new(digits, period, algorithm)
        .ok_or("a code has 6 or 8 digits and is shown for 30 or 60 seconds")?;
    Ok(NewDevice { serial, seed: seed(secret)?, shape })
}

/// Base32 of the least that a seed may be is 32 signs long, hexadecimal 40: what could be either is hexadecimal.
fn seed(text: &str) -> Result<TotpSecret, &'static str> {
    let text = Zeroizing::new(text.replace(' ', ""));
    let hexadecimal = text.len() >= 40 && text.bytes().all(|sign| sign.is_ascii_hexdigit());
    let read = if hexadecimal {
        let bytes = hex::decode(text.as_bytes()).map(Zeroizing::new).ok();
        bytes.and_then(|bytes| TotpSecret::from_bytes(&bytes).ok())
    } else {
        TotpSecret::from_base32(&text).ok()
    };
    read.ok_or("the secret is not 20 to 64 bytes in hexadecimal or base32")
}

#[cfg(test)]
mod tests {
    use super::{CodeAlgorithm, CodeShape, read};

    const HEX: &str = "3132333435363738393031323334353637383930";
    const BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn a_table_of_seeds_is_read_whatever_the_maker_uses() {
        let text = format!(
            "\u{feff}Serial No;Secret\n# a shipment\nfed-1;{HEX}\n\n\"FED-2\",\"{BASE32}\",60,8,SHA256\nfed-3,{BASE32},,,\n"
        );
        let devices = read(&text, None).unwrap();
        let told: Vec<_> = devices.iter().map(|it| (it.serial.as_str(), it.shape)).collect();
        let other = CodeShape::new(8, 60, CodeAlgorithm::Sha256).unwrap();
        assert_eq!(told, [("FED-1", CodeShape::APP), ("FED-2", other), ("FED-3", CodeShape::APP)]);
        assert!(devices.iter().all(|device| device.seed.bytes() == b"12345678901234567890"));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_never_with_the_seed() {
        let check = |text: &str, at: &str| {
            let wrong = read(text, None).map(|_| ()).unwrap_err();
            assert_eq!(wrong.at.as_deref(), Some(at), "{text}");
            assert!(!wrong.to_string().contains(BASE32), "{wrong}");
        };
        check("fed-1", "line 1");
        check(&format!("fed 1,{BASE32}"), "line 1");
        check(&format!("a,{BASE32}\nb,GEZDGNBVGY3TQOJQ"), "line 2");
        check(&format!("a,{BASE32},45"), "line 1");
        check(&format!("a,{BASE32},30,7"), "line 1");
        check(&format!("a,{BASE32},30,6,MD5"), "line 1");
        check(&format!("a,{BASE32},30,6,SHA1,x"), "line 1");
        check(&format!("a,{BASE32}\nA,{BASE32}"), "device A");
        assert!(read("", None).is_err());
    }
}
