//! What holds for the source of the project as a whole.

mod boundary;
mod packaging;
mod page;
mod pages;
mod tidy;
