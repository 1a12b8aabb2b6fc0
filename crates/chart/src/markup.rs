//! Takes names, attributes and text, gives well-formed markup, refuses no text: everything that is
//! not a name of ours is escaped.

/// Markup under construction. Elements close when their body returns, so that tags always match.
#[derive(Debug, Default)]
pub struct Markup {
    out: String,
}

/// Attributes of an element: names are ours, values are escaped.
pub type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Markup {
    /// `<name ..>body</name>`.
    pub fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        body: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.out.push('>');
        body(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// `<name ..>text</name>`.
    pub fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |inner| inner.text(text));
    }

    /// `<name ../>`.
    pub fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.out.push_str("/>");
    }

    /// Text, escaped.
    pub fn text(&mut self, text: &str) {
        escape(text, &mut self.out);
    }

    /// A line break between blocks, for people who read the source.
    pub fn line(&mut self) {
        self.out.push('\n');
    }

    /// Markup made here before, or a constant of ours.
    pub fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            escape(value, &mut self.out);
            self.out.push('"');
        }
    }
}

/// Appends text with markup characters as references and control characters replaced.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(' '),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut markup = Markup::default();
        markup.leaf("p", &[("title", "\"a' & b")], "<script>\u{0}</script>");
        assert_eq!(
            markup.finish(),
            "<p title=\"&quot;a&#39; &amp; b\">&lt;script&gt;\u{fffd}&lt;/script&gt;</p>"
        );
    }
}
