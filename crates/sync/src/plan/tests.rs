//! One identity at a time, all of them at once, and any number of changes on both sides.

mod all;
mod any;
mod one;
mod world;
