-- The words that an organisation has chosen for its letters. A letter without a row has Portner's own.
CREATE TABLE letter_wording (
    letter TEXT PRIMARY KEY,
    danish_subject TEXT NOT NULL,
    danish TEXT NOT NULL,
    english_subject TEXT NOT NULL,
    english TEXT NOT NULL,
    worded_at BIGINT NOT NULL
);
