//! Which keys and user names a source has, and which of them twice: 32 bytes for each record and no more.

use aws_lc_rs::digest::{SHA256, digest};

/// Records of one feed: at 32 bytes each, 32 MB.
pub const FEED_RECORDS_MAX: usize = 1_000_000;

/// Enough of a hash that no two of a million texts share it.
type Short = [u8; 16];

/// The keys and user names of a source that was read once.
#[derive(Debug, Default)]
pub struct Index {
    keys: Set,
    user_names: Set,
}

impl Index {
    /// There is a record with that key, and that user name if it could be read. False if there are too many.
    pub fn note(&mut self, key: &str, user_name: Option<&str>) -> bool {
        self.keys.0.push(short(key));
        self.user_names.0.extend(user_name.map(short));
        self.keys.0.len() <= FEED_RECORDS_MAX
    }

    /// All of them are noted.
    pub fn close(&mut self) {
        self.keys.0.sort_unstable();
        self.user_names.0.sort_unstable();
    }

    /// Is there a record with that key?
    pub fn has(&self, key: &str) -> bool {
        self.keys.count(&short(key)) > 0
    }

    /// Are there several?
    pub fn has_key_twice(&self, key: &str) -> bool {
        self.keys.count(&short(key)) > 1
    }

    /// Are there several with that user name?
    pub fn has_user_name_twice(&self, user_name: &str) -> bool {
        self.user_names.count(&short(user_name)) > 1
    }
}

/// In order once it is closed.
#[derive(Debug, Default)]
struct Set(Vec<Short>);

impl Set {
    fn count(&self, of: &Short) -> usize {
        let first = self.0.partition_point(|it| it < of);
        self.0.iter().skip(first).take_while(|it| *it == of).take(2).count()
    }
}

fn short(text: &str) -> Short {
    let mut short = Short::default();
    short.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
    short
}
