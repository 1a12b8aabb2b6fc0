//! Takes markup of ours, gives its start tags, refuses what is not well-formed or may do something:
//! attributes of events and of styles. For tests of whoever draws.

/// One tag with its attributes.
#[derive(Debug)]
pub struct Tag<'a> {
    /// Name.
    pub name: &'a str,
    /// Attributes in their order.
    pub attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    /// The value of an attribute.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// An attribute as a number; 0 where it is missing, not a number where it is none.
    pub fn number(&self, key: &str) -> f64 {
        self.get(key).unwrap_or("0").parse().unwrap_or(f64::NAN)
    }

    /// Points of the drawing that the tag names.
    fn places(&self) -> Vec<(f64, f64)> {
        let at = |x: &str, y: &str| (self.number(x), self.number(y));
        match self.name {
            "rect" => {
                let (x, y) = at("x", "y");
                vec![(x, y), (x + self.number("width"), y + self.number("height"))]
            }
            "line" => vec![at("x1", "y1"), at("x2", "y2")],
            "circle" => vec![at("cx", "cy")],
            "text" => vec![at("x", "y")],
            "polygon" | "polyline" => self
                .get("points")
                .unwrap_or("")
                .split(' ')
                .map(|point| {
                    let (x, y) = point.split_once(',').unwrap_or((point, ""));
                    (x.parse().unwrap_or(f64::NAN), y.parse().unwrap_or(f64::NAN))
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Start tags of well-formed markup, in order.
///
/// # Errors
///
/// What is wrong, and where it stands.
pub fn well_formed(markup: &str) -> Result<Vec<Tag<'_>>, String> {
    let mut tags = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup.strip_prefix("<!DOCTYPE html>\n").unwrap_or(markup);
    while let Some(start) = rest.find('<') {
        if open.last() != Some(&"style") {
            text(&rest[..start])?;
        }
        let end = rest[start..].find('>').ok_or("a tag does not end")? + start;
        let inner = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes what is not open"));
            }
            continue;
        }
        let is_empty = inner.ends_with('/');
        let tag = start_tag(inner.strip_suffix('/').unwrap_or(inner))?;
        if !is_empty {
            open.push(tag.name);
        }
        tags.push(tag);
    }
    text(rest)?;
    if open.is_empty() { Ok(tags) } else { Err(format!("left open: {open:?}")) }
}

/// Whether an `<svg>` has its name and description first and stays within its frame.
///
/// # Errors
///
/// What is wrong, and where.
pub fn drawing(svg: &str) -> Result<(), String> {
    let tags = well_formed(svg)?;
    let [frame, title, description, marks @ ..] = tags.as_slice() else {
        return Err("no name and description".to_owned());
    };
    if (frame.name, title.name, description.name) != ("svg", "title", "desc") {
        return Err("name and description do not come first".to_owned());
    }
    let (right, bottom) = (frame.number("width"), frame.number("height"));
    for tag in marks {
        for (x, y) in tag.places() {
            let inside = (-0.5..=right + 0.5).contains(&x) && (-0.5..=bottom + 0.5).contains(&y);
            if !inside {
                return Err(format!("outside the frame of {right} by {bottom}: {tag:?}"));
            }
        }
    }
    Ok(())
}

/// Text holds no markup but known references.
fn text(text: &str) -> Result<(), String> {
    let known = |reference: &str| {
        let name = reference.split(';').next().unwrap_or("");
        ["amp", "lt", "gt", "quot", "#39"].contains(&name)
    };
    if text.contains('>') || !text.split('&').skip(1).all(known) {
        return Err(format!("markup in text: {text}"));
    }
    Ok(())
}

fn start_tag(inner: &str) -> Result<Tag<'_>, String> {
    let (name, mut rest) = inner.split_once(' ').unwrap_or((inner, ""));
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("<{name}"));
    }
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    while !rest.is_empty() {
        let broken = || format!("attributes of <{name}: {rest}");
        let (key, after) = rest.split_once("=\"").ok_or_else(broken)?;
        let (value, after) = after.split_once('"').ok_or_else(broken)?;
        text(value)?;
        let is_twice = attributes.iter().any(|(other, _)| *other == key);
        if is_twice || key.starts_with("on") || key == "style" {
            return Err(broken());
        }
        attributes.push((key, value));
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Ok(Tag { name, attributes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_found() {
        for wrong in ["<p>", "</p>", "<p></q>", "<p a></p>", "<p style=\"x\"></p>", "<p>&x;</p>"] {
            assert!(well_formed(wrong).is_err(), "{wrong}");
        }
        let good = "<svg width=\"9\" height=\"9\"><title>a</title><desc>b</desc><text x=\"3\" y=\"3\">c</text></svg>";
        drawing(good).unwrap();
        assert!(drawing(&good.replace("x=\"3\"", "x=\"30\"")).is_err());
    }
}
