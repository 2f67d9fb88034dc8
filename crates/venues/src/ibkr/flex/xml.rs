//! XML from elsewhere, read row by row: bounded in depth, width and number, and without document
//! types, entities of its own, or anything that points outside.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use super::FlexError;

/// Deeper than any statement.
const DEPTH: usize = 12;
/// More rows than a year of busy trading has.
const ROWS: usize = 2_000_000;
/// More fields than any row has.
const FIELDS: usize = 400;
/// The longest value that is looked at.
const VALUE: usize = 16 << 10;

/// One element with what stands in it.
pub(super) struct Row {
    /// Its name.
    pub(super) name: String,
    /// The element right around it.
    pub(super) parent: String,
    /// Its fields, in their order.
    pub(super) fields: Vec<(String, String)>,
    /// The text directly in it, trimmed; for an element without elements in it.
    pub(super) text: String,
    /// On which line it begins, counted from 1.
    pub(super) line: usize,
}

impl Row {
    /// What a field says; `None` where it says nothing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        let value = found.map(|(_, value)| value.trim())?;
        (!matches!(value, "" | "-" | "--" | "N/A")).then_some(value)
    }

    /// The first of these fields that says something.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }
}

/// Hands each element to `take`: one that has elements in it when it begins, any other when it ends.
pub(super) fn rows(
    bytes: &[u8],
    mut take: impl FnMut(&Row) -> Result<(), FlexError>,
) -> Result<(), FlexError> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut lines = Lines::new(text);
    let mut open: Vec<String> = Vec::new();
    // the innermost element that has begun, until it ends or another begins in it
    let mut begun: Option<Row> = None;
    let mut count = 0_usize;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader
            .read_event()
            .map_err(|error| malformed(&format!("line {}: {error}", lines.at(at))))?;
        match event {
            Event::Start(start) => {
                hand_over(&mut begun, &mut take)?;
                count += 1;
                within_bounds(count, open.len())?;
                let row = row(&start, &open, lines.at(at))?;
                open.push(row.name.clone());
                begun = Some(row);
            }
            Event::Empty(start) => {
                hand_over(&mut begun, &mut take)?;
                count += 1;
                within_bounds(count, open.len())?;
                take(&row(&start, &open, lines.at(at))?)?;
            }
            Event::End(_) => {
                open.pop();
                hand_over(&mut begun, &mut take)?;
            }
            Event::Text(words) => add(&mut begun, &words.xml10_content())?,
            Event::CData(words) => add(&mut begun, &words.xml10_content())?,
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    Ok(None) => named(&name),
                    Err(_) => None,
                };
                let character = character.ok_or_else(|| malformed("an entity of its own"))?;
                add(&mut begun, character.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => {
                return Err(malformed("a document type, which no statement has"));
            }
            Event::PI(_) => return Err(malformed("an instruction, which no statement has")),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() || count == 0 {
        return Err(malformed("it breaks off"));
    }
    Ok(())
}

fn hand_over(
    begun: &mut Option<Row>,
    take: &mut impl FnMut(&Row) -> Result<(), FlexError>,
) -> Result<(), FlexError> {
    let Some(mut row) = begun.take() else {
        return Ok(());
    };
    row.text = row.text.trim().to_owned();
    take(&row)
}

fn within_bounds(count: usize, depth: usize) -> Result<(), FlexError> {
    if count > ROWS {
        return Err(malformed("more rows than any statement has"));
    }
    if depth >= DEPTH {
        return Err(malformed("deeper than any statement"));
    }
    Ok(())
}

fn row(start: &BytesStart<'_>, within: &[String], line: usize) -> Result<Row, FlexError> {
    let name = start.name().as_ref().to_owned();
    let mut fields = Vec::new();
    let mut attributes = start.attributes();
    // of a field that stands twice the first counts; to compare all with all would take long
    for attribute in attributes.with_checks(false) {
        let attribute = attribute.map_err(|_| malformed(&format!("line {line}: a field")))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| malformed(&format!("line {line}: an entity of its own")))?;
        if fields.len() == FIELDS || value.len() > VALUE {
            return Err(malformed(&format!("line {line}: more than any row has")));
        }
        fields.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Row {
        name,
        parent: within.last().cloned().unwrap_or_default(),
        fields,
        text: String::new(),
        line,
    })
}

fn add(begun: &mut Option<Row>, words: &str) -> Result<(), FlexError> {
    if let Some(row) = begun {
        if row.text.len() + words.len() > VALUE {
            return Err(malformed("more text than any row has"));
        }
        row.text.push_str(words);
    }
    Ok(())
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn malformed(why: &str) -> FlexError {
    FlexError::malformed(why)
}

/// Counts lines as positions grow.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    fn at(&mut self, position: usize) -> usize {
        let to = position.min(self.text.len());
        let between = self.text.get(self.at..to).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.at = self.at.max(to);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, usize, String)>, FlexError> {
        let mut seen = Vec::new();
        rows(text.as_bytes(), |row| {
            seen.push((row.name.clone(), row.line, row.text.clone()));
            Ok(())
        })?;
        Ok(seen)
    }

    fn why(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn elements_come_in_their_order_with_their_lines_and_texts() {
        let seen = read("<?xml version=\"1.0\"?>\n<a>\n <b x='1'/>\n <c>S&amp;P &#53;00</c>\n</a>");
        let expected = [("a", 2, ""), ("b", 3, ""), ("c", 4, "S&P 500")];
        let expected = expected.map(|(name, line, text)| (name.to_owned(), line, text.to_owned()));
        assert_eq!(seen.unwrap(), expected);
    }

    #[test]
    fn a_bomb_of_entities_is_refused_before_anything_unfolds() {
        let bomb = "<!DOCTYPE b [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><b x=\"&b;\">&b;</b>";
        assert!(why(bomb).contains("document type"));
        assert!(why("<b x=\"&b;\"/>").contains("entity"));
        assert!(why("<b>&b;</b>").contains("entity"));
        assert!(why("<b>&#0;</b>").contains("entity"));
        let outside = "<!DOCTYPE b SYSTEM \"file:///etc/passwd\"><b/>";
        assert!(why(outside).contains("document type"));
    }

    #[test]
    fn what_is_deeper_wider_or_longer_than_a_statement_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(50), "</a>".repeat(50));
        assert!(why(&deep).contains("deeper"));
        let fields = " f='1'".repeat(500);
        assert!(why(&format!("<a{fields}/>")).contains("more than any row"));
        let value = "v".repeat(VALUE + 1);
        assert!(why(&format!("<a f='{value}'/>")).contains("more than any row"));
        assert!(why(&format!("<a>{value}</a>")).contains("more text"));
    }

    #[test]
    fn what_breaks_off_or_is_no_xml_is_refused() {
        for text in [
            "",
            "  ",
            "<a><b/>",
            "<a",
            "<a></b>",
            "<?xml-stylesheet href='x'?><a/>",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(rows(b"<a x='\xff'/>", |_| Ok(())).is_err());
    }
}
