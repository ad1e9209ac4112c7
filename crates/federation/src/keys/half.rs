//! Where the private halves are, and how this node gets at them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use portner_domain::Entropy;
use portner_saml::generate::{BareKey, OwnKey, public_key_of};
use portner_saml::{Certificate, FileKey, Signer};
use zeroize::Zeroizing;

use super::KeyProblem;
use super::file::{self, Protection};
use super::token::{Token, TokenKey};

/// The folder of key files, seen from the data folder.
const FOLDER: &str = "keys/signing";

/// Where a private half is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// In a file, seen from the data folder.
    File(PathBuf),
    /// In the token, under this name.
    Token(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Token(name) => write!(f, "token {name}"),
        }
    }
}

impl FromStr for Place {
    type Err = KeyProblem;

    fn from_str(text: &str) -> Result<Self, KeyProblem> {
        match text.split_once(' ') {
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("token", name)) => Ok(Self::Token(name.to_owned())),
            _ => Err(KeyProblem::new(format!("{text:?} is no place for a key"))),
        }
    }
}

/// A key that was just made, and where it is.
pub struct Made {
    /// Where.
    pub place: Place,
    /// The key, to have a certificate made around it.
    pub key: Box<dyn BareKey>,
}

/// The private halves within this node's reach.
pub struct PrivateHalves {
    data: PathBuf,
    passphrase: Option<Zeroizing<Vec<u8>>>,
    token: Option<Token>,
}

impl fmt::Debug for PrivateHalves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateHalves")
            .field("data", &self.data)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl PrivateHalves {
    /// Those below the data folder, opened with this passphrase, and those in the token.
    pub const fn new(data: PathBuf, passphrase: Option<Zeroizing<Vec<u8>>>, token: Option<Token>) -> Self {
        Self { data, passphrase, token }
    }

    /// The private half of this certificate.
    pub fn open(&self, place: &Place, certificate: Certificate) -> Result<Arc<dyn Signer>, KeyProblem> {
        match place {
            Place::File(path) => {
                let (der, _) = self.read(path)?;
                let named = |error| KeyProblem::new(format!("{}: {error}", self.data.join(path).display()));
                Ok(Arc::new(FileKey::from_pkcs8(&der, certificate).map_err(named)?))
            }
            Place::Token(name) => Ok(Arc::new(TokenKey::new(self.token()?.clone(), name, certificate)?)),
        }
    }

    /// Make a key in a file under the passphrase.
    pub fn make_in_file(&self, entropy: &dyn Entropy) -> Result<Made, KeyProblem> {
        let key = OwnKey::generate().map_err(|error| KeyProblem::new(error.to_string()))?;
        Ok(Made { place: self.keep(&key, entropy)?, key: Box::new(key) })
    }

    /// Make a key in the token, which it never leaves.
    pub fn make_in_token(&self, entropy: &dyn Entropy) -> Result<Made, KeyProblem> {
        let key = self.token()?.generate(entropy)?;
        Ok(Made { place: Place::Token(key.name().to_owned()), key: Box::new(key) })
    }

    /// Keep a key that was made elsewhere, given as PEM, as if it had been made here.
    pub fn bring(&self, key_pem: &[u8], entropy: &dyn Entropy) -> Result<Place, KeyProblem> {
        let passphrase = self.passphrase.as_ref().map(|passphrase| passphrase.as_slice());
        let (der, _) = file::opened(key_pem, passphrase)?;
        let key = OwnKey::from_pkcs8(&der).map_err(|error| KeyProblem::new(error.to_string()))?;
        self.keep(&key, entropy)
    }

    /// Where the private half of this certificate is, if it is within reach.
    pub fn find(&self, certificate: &Certificate) -> Result<Place, KeyProblem> {
        let path = path_of(&certificate.public_key().id());
        if self.data.join(&path).exists() {
            return Ok(Place::File(path));
        }
        let modulus = certificate.public_key().rsa_modulus().unwrap_or_default();
        let name = self.token.as_ref().map_or(Ok(None), |token| token.find(&modulus))?;
        name.map(Place::Token).ok_or_else(|| {
            KeyProblem::new(format!(
                "no private key of this certificate is here: neither {} nor in a token; was it made by `portner key request`?",
                self.data.join(&path).display()
            ))
        })
    }

    /// How a key lies in its file; nothing for one in a token.
    pub fn protection(&self, place: &Place) -> Result<Option<Protection>, KeyProblem> {
        match place {
            Place::File(path) => self.read(path).map(|(_, protection)| Some(protection)),
            Place::Token(_) => Ok(None),
        }
    }

    /// Does the token answer, if there is one?
    pub fn reaches_token(&self) -> Result<(), KeyProblem> {
        self.token.as_ref().map_or(Ok(()), |token| token.find(&[]).map(drop))
    }

    fn keep(&self, key: &OwnKey, entropy: &dyn Entropy) -> Result<Place, KeyProblem> {
        let passphrase = self.passphrase.as_ref().ok_or_else(|| {
            KeyProblem::new("a key file is made under a passphrase only: put one into a file and name that in keys.passphrase_file")
        })?;
        let public = public_key_of(key).map_err(|error| KeyProblem::new(error.to_string()))?;
        let path = path_of(&public.id());
        self.make_folder()?;
        let text = file::sealed(key.pkcs8(), passphrase, entropy)?;
        file::write_new(&self.data.join(&path), text.as_bytes())?;
        Ok(Place::File(path))
    }

    fn make_folder(&self) -> Result<(), KeyProblem> {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
        let folder = self.data.join(FOLDER);
        let failed = |error: std::io::Error| {
            KeyProblem::new(format!("the folder {} can't be made: {error}", folder.display()))
        };
        if folder.is_dir() {
            return Ok(());
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        // Made by root, it has to be the service account's all the same.
        let owner = std::fs::metadata(&self.data).map_err(failed)?;
        if owner.uid() != std::fs::metadata(&folder).map_err(failed)?.uid() {
            std::os::unix::fs::chown(&folder, Some(owner.uid()), Some(owner.gid())).map_err(failed)?;
        }
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<(Zeroizing<Vec<u8>>, Protection), KeyProblem> {
        file::read(&self.data.join(path), self.passphrase.as_ref().map(|passphrase| passphrase.as_slice()))
    }

    fn token(&self) -> Result<&Token, KeyProblem> {
        self.token.as_ref().ok_or_else(|| KeyProblem::new("no token is configured; see [keys.pkcs11]"))
    }
}

fn path_of(public_key_id: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{public_key_id}.key"))
}
