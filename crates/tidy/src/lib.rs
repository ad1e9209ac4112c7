//! Nothing to call: the rules of the house are tests, in `tests/`, that read the tree.
