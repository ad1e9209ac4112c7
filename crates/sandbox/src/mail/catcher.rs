//! A mail server that keeps what it is given and sends nothing on (RFC 5321, as little of it as a client needs).

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The most that a line or a message may be.
const LINE_BYTES_MAX: usize = 4_096;
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// The most messages that are kept; the oldest goes first.
const MESSAGES_MAX: usize = 1_000;

/// A message as it was given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caught {
    /// The sender of the envelope.
    pub from: String,
    /// Its recipients.
    pub to: Vec<String>,
    /// Headers and body.
    pub message: String,
}

/// What was caught so far.
#[derive(Clone, Debug, Default)]
pub struct Caughts(Arc<Mutex<Vec<Caught>>>);

impl Caughts {
    /// All of it, oldest first.
    pub fn all(&self) -> Vec<Caught> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forget it.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn keep(&self, caught: Caught) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MESSAGES_MAX {
            all.remove(0);
        }
        all.push(caught);
    }
}

/// What a conversation begins with and offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offers {
    /// STARTTLS; the greeting is still to be said.
    StartTls,
    /// Nothing more; the greeting is still to be said.
    Nothing,
    /// Nothing more, and the greeting was said before TLS began.
    NothingAfterStartTls,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// The client is done.
    Done,
    /// The client wants TLS now.
    StartTls,
}

/// Talk with a client until it is done, and keep what it gives.
pub async fn converse<S>(stream: &mut S, caughts: &Caughts, offers: Offers) -> std::io::Result<Ended>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if offers != Offers::NothingAfterStartTls {
        say(stream, "220 catcher.example ESMTP").await?;
    }
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = line(stream).await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if offers == Offers::StartTls => {
                say(stream, "250-catcher.example\r\n250-STARTTLS\r\n250 8BITMIME").await?;
            }
            "EHLO" => say(stream, "250-catcher.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME").await?,
            "STARTTLS" if offers == Offers::StartTls => {
                say(stream, "220 go on").await?;
                return Ok(Ended::StartTls);
            }
            "AUTH" => say(stream, "235 welcome").await?,
            "MAIL" => {
                from = address(&line);
                say(stream, "250 ok").await?;
            }
            "RCPT" => {
                to.push(address(&line));
                say(stream, "250 ok").await?;
            }
            "DATA" => {
                say(stream, "354 end with a dot").await?;
                let message = message(stream).await?;
                caughts.keep(Caught {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    message,
                });
                say(stream, "250 kept").await?;
            }
            "HELO" | "NOOP" | "RSET" => say(stream, "250 ok").await?,
            "QUIT" => {
                say(stream, "221 bye").await?;
                break;
            }
            _ => say(stream, "500 what?").await?,
        }
    }
    Ok(Ended::Done)
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// A line without its end; none at the end of the conversation, or when it is too long for one.
async fn line(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        if line.len() >= LINE_BYTES_MAX {
            return Ok(None);
        }
        match stream.read_u8().await {
            Ok(byte) => line.push(byte),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
}

/// Until the dot; a dot in front of a line is one that was put there (RFC 5321, 4.5.2).
async fn message(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut message = String::new();
    while let Some(line) = line(stream).await? {
        if line == "." || message.len() > MESSAGE_BYTES_MAX {
            break;
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
        message.push_str("\r\n");
    }
    Ok(message)
}

fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or("", |(address, _)| address)
        .to_owned()
}
