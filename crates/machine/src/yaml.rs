//! As much of YAML as the Client Portal gateway's settings use: nested names, values, lists.

/// A document's values, by the names that lead to them (`ips/allow`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Yaml {
    values: Vec<(String, String)>,
}

impl Yaml {
    /// Reads what can be read; a line that is none of it is passed over.
    pub fn parse(text: &str) -> Self {
        // names that lead to this line, each with how far it is indented
        let mut above: Vec<(usize, String)> = Vec::new();
        let mut values = Vec::new();
        for line in text.lines() {
            let line = without_comment(line).trim_end();
            let content = line.trim_start();
            let indent = line.len() - content.len();
            if content.is_empty() || content == "---" {
                continue;
            }
            if let Some(item) = content.strip_prefix("- ").or(content.strip_prefix('-')) {
                // a list may stand as far left as its name
                above.retain(|(of, _)| *of <= indent);
                values.push((path(&above), plain(item)));
                continue;
            }
            let Some((name, value)) = content.split_once(':') else {
                continue;
            };
            above.retain(|(of, _)| *of < indent);
            above.push((indent, plain(name)));
            let value = value.trim();
            if let Some(items) = value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
                let items = items.split(',').map(plain).filter(|item| !item.is_empty());
                values.extend(items.map(|item| (path(&above), item)));
            } else if !value.is_empty() {
                values.push((path(&above), plain(value)));
            }
        }
        Self { values }
    }

    /// The value that these names lead to; the last one, where there are several.
    pub fn get(&self, names: &str) -> Option<&str> {
        let mut values = self.values.iter().rev();
        let (_, value) = values.find(|(path, _)| path == names)?;
        Some(value)
    }

    /// All values that these names lead to.
    pub fn all<'a>(&'a self, names: &'a str) -> impl Iterator<Item = &'a str> {
        let of_names = self.values.iter().filter(move |(path, _)| path == names);
        of_names.map(|(_, value)| value.as_str())
    }
}

fn path(above: &[(usize, String)]) -> String {
    let names: Vec<&str> = above.iter().map(|(_, name)| name.as_str()).collect();
    names.join("/")
}

fn plain(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

fn without_comment(line: &str) -> &str {
    let starts = |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with([' ', '\t']);
    let comment = line.match_indices('#').find(starts);
    comment.map_or(line, |(at, _)| &line[..at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_values_and_lists_are_read_however_they_are_indented() {
        let yaml = Yaml::parse(
            "a: \"1\" # one\nb:\n  c: x\n  d:\n    - 10.*\n    - '127.0.0.1'\n  e: [1, 2]\nf:\n- y\ng: http://h:1\n",
        );
        assert_eq!(yaml.get("a"), Some("1"));
        assert_eq!(yaml.get("b/c"), Some("x"));
        assert_eq!(yaml.all("b/d").collect::<Vec<_>>(), ["10.*", "127.0.0.1"]);
        assert_eq!(yaml.all("b/e").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(yaml.get("f"), Some("y"));
        assert_eq!(yaml.get("g"), Some("http://h:1"));
        assert_eq!(yaml.get("b"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_falling_over(text in "[ \\n\\t:#\\-\\[\\]\"'a-cé]{0,120}") {
            let yaml = Yaml::parse(&text);
            let _ = (yaml.get("a"), yaml.all("a/b").count());
        }
    }
}
