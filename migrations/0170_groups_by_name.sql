-- Groups in order of name, a page at a time, however many members each has; and how many agreed to a version of the terms.
CREATE INDEX group_member_by_name_and_identity ON group_member (name, identity);
DROP INDEX group_member_by_name;
CREATE INDEX terms_accepted_by_version ON terms_accepted (version);
