//! Just enough HTML to fill in a form the way a browser without scripts does.

/// A form as it stands in a page.
pub struct Form {
    pub action: String,
    pub fields: Vec<Field>,
}

pub struct Field {
    pub id: String,
    pub name: String,
    pub value: String,
}

/// The forms of a page, in order.
pub fn forms(html: &str) -> Vec<Form> {
    let bodies = html.split("<form").skip(1).filter_map(|rest| rest.split("</form").next());
    bodies.map(form).collect()
}

/// What the page asks one to tell the support desk.
pub fn reference(html: &str) -> Option<String> {
    let (_, list) = html.split_once("class=\"reference\"")?;
    let (_, number) = list.split_once("<dd>")?;
    Some(unescape(number.split('<').next()?).trim().to_owned())
}

fn form(body: &str) -> Form {
    let fields = tags(body, "input").filter(|tag| attribute(tag, "type").as_deref() != Some("submit"));
    let field = |tag: &str| {
        let name = attribute(tag, "name")?;
        let [id, value] = ["id", "value"].map(|key| attribute(tag, key).unwrap_or_default());
        Some(Field { id, name, value })
    };
    Form { action: attribute(body, "action").unwrap_or_default(), fields: fields.filter_map(field).collect() }
}

fn tags<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    html.split('<').filter_map(move |tag| tag.strip_prefix(name))
}

/// The value of an attribute of the tag that `tag` begins in.
fn attribute(tag: &str, key: &str) -> Option<String> {
    let tag = tag.split('>').next()?.replace('\n', " ");
    let (_, value) = tag.split_once(&format!(" {key}=\""))?;
    Some(unescape(value.split('"').next()?))
}

fn unescape(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = piece.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        match known {
            Some((character, rest)) => plain.extend([String::from(character).as_str(), rest]),
            None => plain.extend(["&", piece]),
        }
    }
    plain
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
            char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_reads_it() {
        let html = r#"<p><form method="post" action="/a?b=1&amp;c"><input type="hidden" name="t" value="&#34;&#x3c;">
            <input id="code"
            name="kode"><input type="submit" name="go"></form>"#;
        let form = &forms(html)[0];
        assert_eq!(form.action, "/a?b=1&c");
        let fields: Vec<_> = form.fields.iter().map(|f| (&*f.id, &*f.name, &*f.value)).collect();
        assert_eq!(fields, [("", "t", "\"<"), ("code", "kode", "")]);
    }

    #[test]
    fn the_reference_is_read() {
        let html = "<dl class=\"reference\">\n<div><dt>Number</dt> <dd>A1&amp;2</dd></div></dl>";
        assert_eq!(reference(html).unwrap(), "A1&2");
    }
}
