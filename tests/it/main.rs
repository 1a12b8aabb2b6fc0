//! What holds for the source of the project as a whole.

mod boundary;
mod pages;
mod tidy;
