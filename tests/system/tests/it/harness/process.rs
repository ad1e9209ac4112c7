//! Programs that do not outlive their test, folders that outlive only a failed one, and bounded waits.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const STOP_SECONDS_MAX: u64 = 5;
const POLL: Duration = Duration::from_millis(50);

const PORTS_FIRST: u16 = 10_000;
const PORTS_COUNT: u32 = 10_000;
const PORTS_APART: u32 = 4;

/// A running program and whatever it started: one process group, ended with the test.
pub struct Process {
    child: Child,
}

impl Process {
    /// Start `command`; what it prints goes to `log`.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let out = File::create(log).expect("log file");
        let err = out.try_clone().expect("log file");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0).spawn();
        Self { child: child.unwrap_or_else(|e| panic!("{command:?}: {e}")) }
    }

    /// End it as a power cut would.
    pub fn kill_nine(&mut self) {
        self.signal("-KILL");
        self.child.wait().expect("the killed program's status");
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the program's status").is_none()
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        // A group that is already gone is what we wanted.
        let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("-TERM");
        let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS_MAX);
        while self.is_running() && Instant::now() < deadline {
            std::thread::sleep(POLL);
        }
        self.signal("-KILL");
        let _ = self.child.wait();
    }
}

/// A folder for one test; kept when the test fails, so that its logs can be read.
pub struct Folder(PathBuf);

impl Folder {
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "logs are in {}", self.0.display());
        } else {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// A new folder under the tests' run folder, which the daemons' own users can reach.
pub fn folder(name: &str) -> Folder {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let unique = format!("{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = run_folder().join("system").join(unique);
    fs::create_dir_all(&path).expect("folder of the test");
    Folder(path)
}

/// `tests/`, where the scripts are.
pub fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/").to_owned()
}

fn run_folder() -> PathBuf {
    std::env::var_os("PORTNER_TEST_RUN").map_or_else(|| tests_folder().join("run"), PathBuf::from)
}

/// One of the programs built beside this test.
pub fn built(program: &str) -> PathBuf {
    let test = std::env::current_exe().expect("path of this test");
    test.ancestors().nth(2).expect("target/debug").join(program)
}

/// The first of three free ports in a row, none handed out twice. They lie below the range from which the
/// kernel takes ports for clients, so that nobody's connection is in the way a moment later.
pub fn free_ports() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let start = std::process::id() * PORTS_APART;
    for _ in 0..PORTS_COUNT / PORTS_APART {
        let offset = start + NEXT.fetch_add(1, Ordering::Relaxed) * PORTS_APART;
        let port = PORTS_FIRST + u16::try_from(offset % PORTS_COUNT).expect("a small number");
        if (port..port + 3).all(free) {
            return port;
        }
    }
    panic!("no three ports in a row are free");
}

/// Run a program that ends by itself, with `input` on its standard input; what it printed, if it succeeded.
pub fn run(command: &mut Command, input: &str) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    // A program that reads no input may close it before we have written.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("output");
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if output.status.success() { Ok(out) } else { Err(format!("{command:?}: {}\n{out}{err}", output.status)) }
}

/// Ask again until there is an answer, at most `seconds` long.
pub async fn eventually<T>(what: &str, seconds: u64, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "gave up after {seconds} s: {what}");
        tokio::time::sleep(POLL).await;
    }
}
