//! Keys in a PKCS#11 token: it signs, and never shows them.
//!
//! Each worker has a thread and a session of its own, since a session does one thing at a time and a call may
//! hang for as long as the device likes. Whoever asks waits for a limited time; no answer is a refusal.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Fault, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use portner_domain::Entropy;
use portner_saml::generate::BareKey;
use portner_saml::{Certificate, SignError, Signer};
use tokio::runtime::{Handle, RuntimeFlavor};
use zeroize::Zeroizing;

use super::KeyProblem;

/// Sessions with the token. More than cores wait for a device elsewhere; devices offer dozens.
const SESSIONS_MAX: usize = 8;
/// Those who wait for a session; whoever comes then is refused.
const WAITING_MAX: usize = 256;
/// How long a signature may take, waiting included.
const SIGNATURE_TIME_MAX: Duration = Duration::from_secs(5);
/// How long the workers get to leave.
const LEAVING_TIME_MAX: Duration = Duration::from_secs(2);
/// How long a new key may take: small devices need their time for 3072 bits.
const GENERATION_TIME_MAX: Duration = Duration::from_secs(60);
const RSA_BITS: u64 = 3072;
const PUBLIC_EXPONENT: [u8; 3] = [1, 0, 1];
const KEY_ID_BYTES: usize = 16;
/// The DER before the hash in a `DigestInfo` of SHA-256 (RFC 8017, 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0, 0x04,
    0x20,
];

/// Which token, and how to open it.
pub struct TokenSettings {
    /// The library that speaks for it.
    pub module: PathBuf,
    /// Its label.
    pub label: String,
    /// What opens it.
    pub pin: Zeroizing<String>,
}

/// A token at work. Cheap to clone.
#[derive(Clone)]
pub struct Token {
    crew: Arc<Crew>,
    label: Arc<str>,
}

/// The workers. Whoever goes last sees them out: a library that is unloaded while one of them is in it takes the
/// process with it.
struct Crew {
    jobs: Option<SyncSender<Job>>,
    /// Closed when the last worker has left.
    all_left: Mutex<Receiver<Infallible>>,
    workers: Vec<JoinHandle<()>>,
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.jobs = None;
        let all_left = self.all_left.get_mut().unwrap_or_else(PoisonError::into_inner);
        // One that hangs in a device is not waited for.
        if all_left.recv_timeout(LEAVING_TIME_MAX) == Err(RecvTimeoutError::Disconnected) {
            self.workers.drain(..).for_each(|worker| drop(worker.join()));
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.label)
    }
}

/// What a worker is asked to do; again after it has lost and regained its session.
type Work = dyn Fn(&mut Seat) -> Result<Vec<u8>, Fault> + Send + Sync;

struct Job {
    work: Box<Work>,
    answer: SyncSender<Result<Vec<u8>, KeyProblem>>,
}

/// A worker's session, and where it found the keys.
struct Seat {
    session: Session,
    handles: HashMap<String, ObjectHandle>,
    generation: u64,
}

/// Why something was not done.
enum Trouble {
    /// The token or the key is not there. It may be for a library that is started anew.
    Absent(KeyProblem),
    /// Anything else.
    Other(KeyProblem),
}

/// What all workers share.
struct Entrance {
    settings: TokenSettings,
    library: Mutex<Option<Pkcs11>>,
    /// A PIN that was refused once is not tried again: a few more attempts would lock the token.
    pin_refused: AtomicBool,
    /// Read while the library is called: it must not be stopped then.
    calls: RwLock<()>,
    /// How often the library was stopped: a session of before is none now.
    generation: AtomicU64,
    /// Has the token done anything since the library was started for the sake of a missing key?
    works: AtomicBool,
}

impl Token {
    /// Start its workers. Whether the token is there shows at the first use.
    pub fn start(settings: TokenSettings) -> Result<Self, KeyProblem> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let label = settings.label.as_str().into();
        let entrance = Arc::new(Entrance {
            settings,
            library: Mutex::new(None),
            pin_refused: AtomicBool::new(false),
            calls: RwLock::new(()),
            generation: AtomicU64::new(0),
            works: AtomicBool::new(false),
        });
        let workers =
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(SESSIONS_MAX);
        let (left, all_left) = sync_channel(0);
        let start = |_| {
            let (entrance, waiting, left) = (Arc::clone(&entrance), Arc::clone(&waiting), left.clone());
            let thread = std::thread::Builder::new().name("token".to_owned());
            thread.spawn(move || {
                work(&entrance, &waiting);
                drop((entrance, waiting));
                drop::<SyncSender<Infallible>>(left);
            })
        };
        let workers = (0..workers).map(start).collect::<Result<_, _>>();
        let workers =
            workers.map_err(|error| KeyProblem::new(format!("no thread for the token: {error}")))?;
        let crew = Crew { jobs: Some(jobs), all_left: Mutex::new(all_left), workers };
        Ok(Self { crew: Arc::new(crew), label })
    }

    /// Make a key that signs and can't be taken out. Its name in the token is given.
    pub fn generate(&self, entropy: &dyn Entropy) -> Result<TokenBareKey, KeyProblem> {
        let mut id = [0; KEY_ID_BYTES];
        entropy.fill(&mut id);
        let name = hex::encode(id);
        let label = format!("portner {name}");
        let job = move |seat: &mut Seat| {
            let both =
                [Attribute::Token(true), Attribute::Id(id.to_vec()), Attribute::Label(label.clone().into())];
            let public = [
                Attribute::Private(false),
                Attribute::Verify(true),
                Attribute::ModulusBits(RSA_BITS.into()),
                Attribute::PublicExponent(PUBLIC_EXPONENT.to_vec()),
            ];
            let private = [
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Sign(true),
                Attribute::Decrypt(false),
                Attribute::Unwrap(false),
            ];
            let (public, private) =
                ([both.as_slice(), &public].concat(), [both.as_slice(), &private].concat());
            seat.session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)?;
            Ok(Vec::new())
        };
        self.ask(Box::new(job), GENERATION_TIME_MAX)?;
        self.bare(&name)
    }

    /// A key in the token that nobody has certified yet.
    pub fn bare(&self, name: &str) -> Result<TokenBareKey, KeyProblem> {
        let id = id_of(name)?;
        let job = move |seat: &mut Seat| {
            let found = seat
                .session
                .find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.clone())])?;
            let public = *found.first().ok_or(Fault::InvalidValue)?;
            let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
            let (mut modulus, mut exponent) = (Vec::new(), Vec::new());
            for attribute in seat.session.get_attributes(public, &wanted)? {
                match attribute {
                    Attribute::Modulus(bytes) => modulus = bytes,
                    Attribute::PublicExponent(bytes) => exponent = bytes,
                    _ => {}
                }
            }
            Ok(rsa_public_key(&modulus, &exponent))
        };
        let public_key = self.ask(Box::new(job), SIGNATURE_TIME_MAX)?;
        Ok(TokenBareKey { token: self.clone(), name: name.to_owned(), public_key })
    }

    /// The name of the key with this modulus, if it is in the token.
    pub fn find(&self, modulus: &[u8]) -> Result<Option<String>, KeyProblem> {
        let modulus = modulus.to_vec();
        let job = move |seat: &mut Seat| {
            let found = seat.session.find_objects(&[
                Attribute::Class(ObjectClass::PUBLIC_KEY),
                Attribute::Modulus(modulus.clone()),
            ])?;
            let Some(public) = found.first() else { return Ok(Vec::new()) };
            let attributes = seat.session.get_attributes(*public, &[AttributeType::Id])?;
            let id = attributes
                .into_iter()
                .find_map(|it| if let Attribute::Id(id) = it { Some(id) } else { None });
            Ok(id.unwrap_or_default())
        };
        let id = self.ask(Box::new(job), SIGNATURE_TIME_MAX)?;
        Ok((!id.is_empty()).then(|| hex::encode(id)))
    }

    /// Is there a private key of this name?
    pub fn holds(&self, name: &str) -> Result<(), KeyProblem> {
        let name = name.to_owned();
        let job = move |seat: &mut Seat| seat.private(&name).map(|_| Vec::new());
        self.ask(Box::new(job), SIGNATURE_TIME_MAX).map(drop)
    }

    fn sign(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, KeyProblem> {
        let info = [SHA256_DIGEST_INFO.as_slice(), digest(&SHA256, bytes).as_ref()].concat();
        let name = name.to_owned();
        let job = move |seat: &mut Seat| {
            let private = seat.private(&name)?;
            seat.session.sign(&Mechanism::RsaPkcs, private, &info)
        };
        self.ask(Box::new(job), SIGNATURE_TIME_MAX)
    }

    /// Have a worker do it, and wait; the threads of the runtime go on with something else meanwhile.
    fn ask(&self, work: Box<Work>, time_max: Duration) -> Result<Vec<u8>, KeyProblem> {
        let (answer, answered) = sync_channel(1);
        let none_left = || self.problem("has no workers left");
        let jobs = self.crew.jobs.as_ref().ok_or_else(none_left)?;
        jobs.try_send(Job { work, answer }).map_err(|refusal| match refusal {
            TrySendError::Full(_) => self.problem("has more to do than it can"),
            TrySendError::Disconnected(_) => none_left(),
        })?;
        off_the_runtime(|| answered.recv_timeout(time_max)).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => {
                    self.problem(&format!("did not answer in {} s", time_max.as_secs()))
                }
                RecvTimeoutError::Disconnected => self.problem("lost a worker"),
            })
        })
    }

    fn problem(&self, what: &str) -> KeyProblem {
        KeyProblem::new(format!("the token {:?} {what}", self.label))
    }
}

/// A bare key in a token.
pub struct TokenBareKey {
    token: Token,
    name: String,
    public_key: Vec<u8>,
}

impl TokenBareKey {
    /// Its name in the token.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl BareKey for TokenBareKey {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        self.token.sign(&self.name, bytes).map_err(|problem| SignError(problem.to_string()))
    }
}

/// A signing key in a token, with its certificate.
#[derive(Debug)]
pub struct TokenKey {
    token: Token,
    name: String,
    certificate: Certificate,
}

impl TokenKey {
    /// The key of this name; the certificate has to be about it.
    pub fn new(token: Token, name: &str, certificate: Certificate) -> Result<Self, KeyProblem> {
        token.holds(name)?;
        let modulus = certificate.public_key().rsa_modulus().unwrap_or_default();
        if token.find(&modulus)?.as_deref() != Some(name) {
            return Err(token.problem("has another key under the certificate's name"));
        }
        Ok(Self { token, name: name.to_owned(), certificate })
    }
}

impl Signer for TokenKey {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        self.token.sign(&self.name, bytes).map_err(|problem| SignError(problem.to_string()))
    }

    fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl Seat {
    fn private(&mut self, name: &str) -> Result<ObjectHandle, Fault> {
        if let Some(known) = self.handles.get(name) {
            return Ok(*known);
        }
        let id = hex::decode(name).map_err(|_| Fault::InvalidValue)?;
        let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id)];
        let found = *self.session.find_objects(&template)?.first().ok_or(Fault::InvalidValue)?;
        self.handles.insert(name.to_owned(), found);
        Ok(found)
    }
}

/// A worker's life: until nobody can ask any more.
fn work(entrance: &Entrance, waiting: &Mutex<Receiver<Job>>) {
    let mut seat = None;
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { work, answer }) = job else { return };
        // Whoever asked may have stopped waiting.
        drop(answer.send(entrance.do_it(&mut seat, &*work)));
    }
}

impl Entrance {
    /// Do it. If the token or the key is not there, do it once more with the library started anew.
    fn do_it(&self, seat: &mut Option<Seat>, work: &Work) -> Result<Vec<u8>, KeyProblem> {
        let mut done = self.attempt(seat, work);
        if matches!(done, Err(Trouble::Absent(_))) && self.stop_the_library() {
            done = self.attempt(seat, work);
        }
        match done {
            Ok(bytes) => {
                self.works.store(true, Ordering::SeqCst);
                Ok(bytes)
            }
            Err(Trouble::Absent(why) | Trouble::Other(why)) => Err(why),
        }
    }

    /// Do it; with a new session once more, if it was the session that failed.
    fn attempt(&self, seat: &mut Option<Seat>, work: &Work) -> Result<Vec<u8>, Trouble> {
        let _calling = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        let had_one =
            seat.as_ref().is_some_and(|seat| seat.generation == self.generation.load(Ordering::SeqCst));
        let fault = match work(self.seated(seat)?) {
            Ok(bytes) => return Ok(bytes),
            Err(fault) => fault,
        };
        if !is_of_the_key(&fault) {
            *seat = None;
            if had_one {
                return work(self.seated(seat)?).map_err(|fault| self.trouble(&fault));
            }
        }
        Err(self.trouble(&fault))
    }

    fn seated<'s>(&self, seat: &'s mut Option<Seat>) -> Result<&'s mut Seat, Trouble> {
        let generation = self.generation.load(Ordering::SeqCst);
        if let Some(old) = seat.take_if(|seat| seat.generation != generation) {
            // Its number may be somebody else's by now: closing it would close theirs.
            std::mem::forget(old.session);
        }
        match seat {
            Some(seat) => Ok(seat),
            None => {
                let session = self.session()?;
                Ok(seat.insert(Seat { session, handles: HashMap::new(), generation }))
            }
        }
    }

    /// Stop the library, so that the next call starts it; unless somebody is in the middle of one.
    fn stop_the_library(&self) -> bool {
        let Ok(_nobody_calls) = self.calls.try_write() else { return false };
        let library = self.library.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.generation.fetch_add(1, Ordering::SeqCst);
        library.is_some_and(|library| library.finalize().is_ok())
    }

    fn session(&self) -> Result<Session, Trouble> {
        if self.pin_refused.load(Ordering::SeqCst) {
            let why = self.said("refused its PIN; correct keys.pkcs11.pin_file and start again");
            return Err(Trouble::Other(why));
        }
        // One at a time: a second worker with a wrong PIN would be a second attempt.
        let mut library = self.library.lock().unwrap_or_else(PoisonError::into_inner);
        let session = self.log_in(&mut library);
        let pin_is_wrong = matches!(
            &session,
            Err(Fault::Pkcs11(
                RvError::PinIncorrect
                    | RvError::PinInvalid
                    | RvError::PinLenRange
                    | RvError::PinLocked
                    | RvError::PinExpired,
                _
            ))
        );
        self.pin_refused.store(pin_is_wrong, Ordering::SeqCst);
        match session {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Err(Trouble::Absent(
                self.said("is not there; keys.pkcs11.token has to be the label of one token"),
            )),
            Err(fault) if pin_is_wrong => Err(self.trouble(&fault)),
            Err(fault) => Err(Trouble::Absent(self.said(&format!("can't be opened: {fault}")))),
        }
    }

    fn log_in(&self, library: &mut Option<Pkcs11>) -> Result<Option<Session>, Fault> {
        let library = match library {
            Some(library) => library,
            None => library.insert(initialized(&self.settings)?),
        };
        let mut slots = Vec::new();
        for slot in library.get_slots_with_initialized_token()? {
            if library.get_token_info(slot)?.label().trim_end() == self.settings.label {
                slots.push(slot);
            }
        }
        let [slot] = slots.as_slice() else { return Ok(None) };
        let session = library.open_rw_session(*slot)?;
        let pin = AuthPin::new(self.settings.pin.as_str().into());
        match session.login(UserType::User, Some(&pin)) {
            // A login holds for all sessions of a process.
            Ok(()) | Err(Fault::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(Some(session)),
            Err(fault) => Err(fault),
        }
    }

    fn trouble(&self, fault: &Fault) -> Trouble {
        match fault {
            // Only once, until something has worked: a key that was taken out must not stop the others.
            Fault::InvalidValue if self.works.swap(false, Ordering::SeqCst) => {
                Trouble::Absent(self.said("does not hold the key"))
            }
            Fault::InvalidValue => Trouble::Other(self.said("does not hold the key")),
            fault => Trouble::Other(self.said(&format!("failed: {fault}"))),
        }
    }

    fn said(&self, what: &str) -> KeyProblem {
        KeyProblem::new(format!("the token {:?} {what}", self.settings.label))
    }
}

fn initialized(settings: &TokenSettings) -> Result<Pkcs11, Fault> {
    let library = Pkcs11::new(&settings.module)?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Fault::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(library),
        Err(fault) => Err(fault),
    }
}

/// A fault that another session would meet as well.
const fn is_of_the_key(fault: &Fault) -> bool {
    !matches!(fault, Fault::Pkcs11(..))
        || matches!(
            fault,
            Fault::Pkcs11(
                RvError::MechanismInvalid
                    | RvError::KeyFunctionNotPermitted
                    | RvError::KeyTypeInconsistent
                    | RvError::KeySizeRange
                    | RvError::TemplateInconsistent
                    | RvError::TemplateIncomplete
                    | RvError::AttributeValueInvalid
                    | RvError::TokenWriteProtected
                    | RvError::SessionReadOnly,
                _
            )
        )
}

/// On a runtime of several threads this one is lent to whoever would wait for us; a runtime of one thread, as
/// tests have it, waits.
pub(super) fn off_the_runtime<T>(waiting: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(waiting)
        }
        _ => waiting(),
    }
}

fn id_of(name: &str) -> Result<Vec<u8>, KeyProblem> {
    hex::decode(name).map_err(|_| KeyProblem::new(format!("{name:?} is no name of a key in a token")))
}

/// The DER of an `RSAPublicKey` (RFC 8017, A.1.1): two integers.
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    const INTEGER: u8 = 2;
    const SEQUENCE: u8 = 0x30;
    let integer = |bytes: &[u8]| {
        let mut value: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        if value.first().is_none_or(|byte| byte & 0x80 != 0) {
            value.insert(0, 0);
        }
        der(INTEGER, &value)
    };
    der(SEQUENCE, &[integer(modulus), integer(exponent)].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let mut length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    if content.len() >= 0x80 {
        length.insert(0, 0x80 | u8::try_from(length.len()).unwrap_or(0));
    } else if length.is_empty() {
        length.push(0);
    }
    [&[tag], length.as_slice(), content].concat()
}
