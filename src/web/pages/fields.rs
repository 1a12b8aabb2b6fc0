//! What a form brought: names and values as they were typed, repeated ones too.

/// Fields of a form. Their values are untrusted text, and shown back only through a template.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

/// Names only: a value may be a password.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Fields {
    pub(super) const fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// Value of a field without the blanks around it; empty if it did not come.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Value of a field as it was typed, such as a password.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Value of a field, if one was given.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Values of a field that can come several times, such as boxes that are ticked.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name() {
        let pairs = [("name", " police "), ("role", "a"), ("role", "b"), ("password", " x ")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fields = Fields::new(pairs.to_vec());
        assert_eq!(fields.text("name"), "police");
        assert_eq!(fields.raw("password"), " x ");
        assert_eq!(fields.given("absent"), None);
        assert_eq!(fields.all("role").collect::<Vec<_>>(), ["a", "b"]);
    }
}
