-- Passwords that fall short of today's rules, and until when they may be used all the same.
CREATE TABLE password_notice (
    authenticator TEXT PRIMARY KEY REFERENCES authenticator (id),
    why TEXT NOT NULL,
    change_by BIGINT NOT NULL
);
