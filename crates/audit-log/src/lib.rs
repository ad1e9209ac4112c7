//! The transaction through which everything is written, and the append-only log it feeds.
