//! The letters that Portner sends, as those get them who open them.

use std::process::Command;
use std::sync::Mutex;

use serde::Deserialize;

use super::process::{Folder, Process, built, eventually, folder, free_ports};

const SECONDS_MAX: u64 = 20;

/// A mail server that keeps what it is given.
pub struct Post {
    port: u16,
    /// Halves that were read already.
    read: Mutex<Vec<String>>,
    _process: Process,
    _folder: Folder,
}

#[derive(Deserialize)]
struct Letter {
    to: Vec<String>,
    message: String,
}

impl Post {
    pub async fn open() -> Self {
        let (folder, port) = (folder("post"), free_ports());
        let mut command = Command::new(built("portner-sandbox"));
        command.args(["mail", "--smtp", &format!("127.0.0.1:{port}")]);
        command.args(["--control", &format!("127.0.0.1:{}", port + 1)]);
        let process = Process::start(&mut command, &folder.join("post.log"));
        let post = Self { port, read: Mutex::default(), _process: process, _folder: folder };
        eventually("the mail server listens", SECONDS_MAX, async || post.letters().await).await;
        post
    }

    /// What Portner has to know of it.
    pub fn configuration(&self) -> String {
        format!(
            "\n[mail]\nserver = \"127.0.0.1\"\nport = {}\ntls = \"danger-plain\"\nfrom = \"no-reply@example.dk\"\n",
            self.port
        )
    }

    /// The half of a code in the last letter to somebody that has one. Each is read once.
    pub async fn half_for(&self, address: &str) -> String {
        eventually("the second half comes", SECONDS_MAX, async || {
            let letters = self.letters().await?;
            let theirs = letters.iter().rev().filter(|letter| letter.to.iter().any(|to| to == address));
            let half = |line: &&str| line.len() == 8 && line.as_bytes()[3] == b'-';
            let mut halves = theirs.flat_map(|letter| letter.message.lines().map(str::trim_end).filter(half));
            let mut read = self.read.lock().expect("no test panics holding it");
            let new = halves.find(|half| !read.iter().any(|old| old == half))?;
            read.push(new.to_owned());
            Some(new.to_owned())
        })
        .await
    }

    async fn letters(&self) -> Option<Vec<Letter>> {
        let url = format!("http://127.0.0.1:{}/messages", self.port + 1);
        reqwest::get(url).await.ok()?.json().await.ok()
    }
}
