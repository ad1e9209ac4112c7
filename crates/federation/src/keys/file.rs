//! Private keys in files: under a passphrase, in the form that `openssl` writes and reads (PKCS#8, PBES2).

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use pkcs8::der::Decode as _;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::pkcs5::scrypt;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use portner_domain::Entropy;
use portner_saml::generate::pem;
use zeroize::Zeroizing;

use super::KeyProblem;

/// An encrypted RSA key of 8192 bits is below 8 KiB.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
/// scrypt with 16 MiB of memory: the most that `openssl` opens without being told to.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 1;
const SALT_BYTES: usize = 16;
const IV_BYTES: usize = 16;

/// How a private key lies in its file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protection {
    /// Under a passphrase.
    Passphrase,
    /// As it is: whoever reads the file has the key.
    None,
}

/// The DER of the PKCS#8 in a file.
pub fn read(path: &Path, passphrase: Option<&[u8]>) -> Result<(Zeroizing<Vec<u8>>, Protection), KeyProblem> {
    let failed =
        |error: &std::io::Error| KeyProblem::new(format!("{} can't be read: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > KEY_FILE_BYTES_MAX {
        return Err(KeyProblem::new(format!("{} is larger than {KEY_FILE_BYTES_MAX} bytes", path.display())));
    }
    let text = Zeroizing::new(std::fs::read(path).map_err(|error| failed(&error))?);
    opened(&text, passphrase).map_err(|problem| KeyProblem::new(format!("{}: {problem}", path.display())))
}

/// The DER of the PKCS#8 in a PEM, whether it is under a passphrase or not.
pub fn opened(
    text: &[u8],
    passphrase: Option<&[u8]>,
) -> Result<(Zeroizing<Vec<u8>>, Protection), KeyProblem> {
    let (label, der) =
        pkcs8::der::pem::decode_vec(text).map_err(|_| KeyProblem::new("this is no private key in PEM"))?;
    let der = Zeroizing::new(der);
    match label {
        "PRIVATE KEY" => {
            PrivateKeyInfoRef::from_der(&der)
                .map_err(|_| KeyProblem::new("the private key is not PKCS#8"))?;
            Ok((der, Protection::None))
        }
        "ENCRYPTED PRIVATE KEY" => {
            let passphrase = passphrase.ok_or_else(|| {
                KeyProblem::new(
                    "the key is under a passphrase; name the file that holds it in keys.passphrase_file",
                )
            })?;
            let sealed = EncryptedPrivateKeyInfoRef::from_der(&der).map_err(|_| {
                KeyProblem::new(
                    "the key is encrypted in a way that is not PBES2; see docs/how-to/roll-keys.md",
                )
            })?;
            let open = sealed.decrypt(passphrase).map_err(|_| {
                KeyProblem::new("the passphrase in keys.passphrase_file does not open the key")
            })?;
            Ok((Zeroizing::new(open.as_bytes().to_vec()), Protection::Passphrase))
        }
        other => Err(KeyProblem::new(format!(
            "this is a PEM with a {other}; `openssl pkcs8 -topk8` makes PKCS#8 of it"
        ))),
    }
}

/// A key under a passphrase, in PEM.
pub fn sealed(
    pkcs8_der: &[u8],
    passphrase: &[u8],
    entropy: &dyn Entropy,
) -> Result<Zeroizing<String>, KeyProblem> {
    let failed =
        |error: &dyn std::fmt::Display| KeyProblem::new(format!("the key can't be encrypted: {error}"));
    let (mut salt, mut iv) = ([0; SALT_BYTES], [0; IV_BYTES]);
    entropy.fill(&mut salt);
    entropy.fill(&mut iv);
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(|error| failed(&error))?;
    let scheme = Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|error| failed(&error))?;
    let info = PrivateKeyInfoRef::try_from(pkcs8_der).map_err(|error| failed(&error))?;
    let der = info.encrypt_with_params(scheme, passphrase).map_err(|error| failed(&error))?;
    Ok(pem("ENCRYPTED PRIVATE KEY", der.as_bytes()))
}

/// A file that nobody else may read, and that was not there before. Made by root it belongs to whoever owns the
/// folder: the service account has to read it.
pub fn write_new(path: &Path, content: &[u8]) -> Result<(), KeyProblem> {
    let written = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        if let Some(folder) = path.parent() {
            let (owner, made) = (std::fs::metadata(folder)?, file.metadata()?);
            if owner.uid() != made.uid() {
                std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
            }
        }
        file.sync_all()
    };
    written().map_err(|error: std::io::Error| {
        KeyProblem::new(format!("{} can't be written: {error}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use portner_audit_log::testing::TestEntropy;
    use portner_saml::generate::{BareKey as _, OwnKey, pkcs8_pem};

    use super::{Protection, opened, read, sealed, write_new};

    const PASSPHRASE: &[u8] = "fire tilfældige ord her".as_bytes();

    #[test]
    fn what_is_sealed_opens_with_its_passphrase_only() {
        let key = OwnKey::generate().unwrap();
        let text = sealed(key.pkcs8(), PASSPHRASE, &TestEntropy::new(1)).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        let (der, protection) = opened(text.as_bytes(), Some(PASSPHRASE)).unwrap();
        assert_eq!((der.as_slice(), protection), (key.pkcs8(), Protection::Passphrase));
        for (passphrase, said) in [
            (Some(b"another".as_slice()), "does not open"),
            (Some(b""), "does not open"),
            (None, "passphrase_file"),
        ] {
            let problem = opened(text.as_bytes(), passphrase).unwrap_err().to_string();
            assert!(problem.contains(said), "{problem}");
        }
        let plain = pkcs8_pem(key.pkcs8());
        assert_eq!(opened(plain.as_bytes(), None).unwrap().1, Protection::None);
        assert!(opened(b"hello", None).is_err());
        assert!(opened(plain.replace("PRIVATE", "RSA PRIVATE").as_bytes(), None).is_err());
    }

    #[test]
    fn openssl_reads_what_we_write_and_we_read_what_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let key = OwnKey::generate().unwrap();
        let text = sealed(key.pkcs8(), PASSPHRASE, &TestEntropy::new(2)).unwrap();
        write_new(at("ours.key").as_ref(), text.as_bytes()).unwrap();
        assert!(write_new(at("ours.key").as_ref(), b"x").is_err(), "nothing is overwritten");
        std::fs::write(at("passphrase"), PASSPHRASE).unwrap();
        let passphrase = format!("file:{}", at("passphrase"));
        let (ours, plain) = (at("ours.key"), at("plain.key"));
        let openssl = |arguments: &[&str]| Command::new("openssl").args(arguments).output();
        let opens = ["pkcs8", "-in", &ours, "-passin", &passphrase, "-out", &plain];
        let Ok(said) = openssl(&opens) else {
            assert!(std::env::var_os("PORTNER_TEST_ALL").is_none(), "openssl is missing");
            return;
        };
        assert!(said.status.success(), "{said:?}");
        let (der, _) = read(plain.as_ref(), None).unwrap();
        assert_eq!(OwnKey::from_pkcs8(&der).unwrap().public_key(), key.public_key());

        for (n, how) in
            [["-v2", "aes-256-cbc"].as_slice(), &["-scrypt"], &["-v2", "aes-128-cbc", "-iter", "10000"]]
                .iter()
                .enumerate()
        {
            let theirs = at(&format!("theirs{n}.key"));
            let seals = ["pkcs8", "-topk8", "-in", &plain, "-passout", &passphrase, "-out", &theirs];
            let said = openssl(&[&seals, *how].concat()).unwrap();
            assert!(said.status.success(), "{said:?}");
            assert_eq!(*read(theirs.as_ref(), Some(PASSPHRASE)).unwrap().0, *der, "{how:?}");
        }
    }
}
