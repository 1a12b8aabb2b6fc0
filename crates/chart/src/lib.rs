//! Charts for reports and pages.
//!
//! Takes counts, shares, weights and names of ours, gives SVG with a title and a description for people who do
//! not see it, and the same numbers as a table; refuses nothing: what is not a number reads "not available".
//! No disk, clock or network; the same numbers give the same bytes on every machine.
//!
//! It is a crate because other programs draw with it than the one that links: the linkage report, the evaluation's report and
//! the pages of the service show figures of one kind.
//!
//! Colours are classes, and the style sheet gives them by variables, for light and for dark screens. There is no
//! `style` attribute and no script, so that a page may forbid both. What a chart shows by colour it shows by shape,
//! dashes, place or words as well.
//!
//! A chart with its numbers is a [`Figure`]: `Histogram { .. }.figure(Head::new(id, title, caption))`, then
//! [`Figure::write`] into the page's [`Markup`].

pub mod canvas;
mod charts;
mod figure;
pub mod inspect;
mod markup;
pub mod numbers;
mod scale;
mod table;
pub mod theme;

pub use canvas::{Drawing, Key, Shape, Stroke, Tone, Width};
pub use charts::*;
pub use figure::{Content, Figure, Head};
pub use markup::{Attributes, Markup};
pub use scale::{Scale, Tick};
pub use table::{Column, Table, figures, heat, table, table_head, words};
