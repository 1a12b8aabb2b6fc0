//! Takes a figure's words, numbers and drawing, gives it as markup: the drawing at two widths, and
//! the numbers as a table beside it.

use std::borrow::Cow;

use crate::canvas::{Drawing, Width, render};
use crate::markup::Markup;
use crate::table::{Table, heat, table};

/// What a figure is called and how to read it. Charts of this crate make its table and its
/// description themselves, from the numbers they draw.
#[derive(Clone, Debug)]
pub struct Head {
    /// Identifier within the page.
    pub id: Cow<'static, str>,
    /// Title.
    pub title: Cow<'static, str>,
    /// How to read it.
    pub caption: String,
}

impl Head {
    /// A head.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        caption: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), title: title.into(), caption: caption.into() }
    }

    /// The figure of a drawing.
    pub fn drawn(
        self,
        description: impl Into<String>,
        table: Table,
        drawing: impl Drawing + 'static,
    ) -> Figure {
        let content = Content::Drawing(Box::new(drawing));
        let Self { id, title, caption } = self;
        Figure { id, title, caption, description: description.into(), table, content }
    }

    /// The figure of nothing, which says why.
    pub fn empty(self, why: impl Into<Cow<'static, str>>) -> Figure {
        let Self { id, title, caption } = self;
        let table = Table { columns: Vec::new(), rows: Vec::new() };
        let content = Content::Empty(why.into());
        Figure { id, title, caption, description: String::new(), table, content }
    }
}

/// What a figure shows.
#[derive(Debug)]
pub enum Content {
    /// A drawing.
    Drawing(Box<dyn Drawing>),
    /// A table whose cells are shaded by the percentage they hold; `None` is a cell without one.
    Heat(Vec<Vec<Option<f64>>>),
    /// Nothing to show, and why.
    Empty(Cow<'static, str>),
}

/// One figure.
#[derive(Debug)]
pub struct Figure {
    /// Identifier within the page.
    pub id: Cow<'static, str>,
    /// Title.
    pub title: Cow<'static, str>,
    /// How to read it.
    pub caption: String,
    /// What it shows, for people who do not see it.
    pub description: String,
    /// The same numbers.
    pub table: Table,
    /// What is shown.
    pub content: Content,
}

impl Figure {
    /// The drawing at one width; nothing where the figure is empty or a shaded table.
    pub fn svg(&self, width: Width) -> Option<String> {
        match &self.content {
            Content::Drawing(drawing) => Some(render(
                drawing.as_ref(),
                width,
                &self.id,
                &self.title,
                &self.description,
                &self.table.tips(),
            )),
            Content::Heat(_) | Content::Empty(_) => None,
        }
    }

    /// The figure as an element of a page, with its number where figures of the page are counted.
    pub fn write(&self, out: &mut Markup, number: Option<usize>) {
        out.element("figure", &[("id", &self.id)], |out| {
            out.element("figcaption", &[], |out| {
                out.element("h3", &[], |out| {
                    if let Some(number) = number {
                        let number = format!("Figure {number}. ");
                        out.leaf("span", &[("class", "number")], &number);
                    }
                    out.text(&self.title);
                });
                out.leaf("p", &[], &self.caption);
            });
            match &self.content {
                Content::Empty(why) => out.leaf("p", &[("class", "empty")], why),
                Content::Heat(shares) => heat(out, self, shares),
                Content::Drawing(_) => {
                    for width in [Width::Wide, Width::Narrow] {
                        out.raw(&self.svg(width).unwrap_or_default());
                        out.line();
                    }
                    out.element("details", &[], |out| {
                        out.leaf("summary", &[], "The numbers as a table");
                        table(out, &self.title, &self.table);
                    });
                }
            }
        });
        out.line();
    }
}
