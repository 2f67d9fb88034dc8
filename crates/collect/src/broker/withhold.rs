//! Settings files with what opens a login cut out before anything is stored: the name stays, the
//! value does not.

/// What stands in a value's place.
pub(super) const WITHHELD: &str = "withheld";
/// Parts of a name that tell a secret, in small letters.
const SECRETS: [&str; 7] = [
    "password", "passwd", "pwd", "loginid", "secret", "token", "userid",
];

/// The text without its secrets, and the names whose values were cut, in their order.
pub(super) fn without_secrets(text: &str) -> (String, Vec<String>) {
    let mut kept = String::with_capacity(text.len());
    let mut cut = Vec::new();
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\r', '\n']);
        match secret(body) {
            Some((name, start)) => {
                kept.push_str(&body[..start]);
                kept.push_str(WITHHELD);
                kept.push_str(&line[body.len()..]);
                if !cut.contains(&name) {
                    cut.push(name);
                }
            }
            None => kept.push_str(line),
        }
    }
    (kept, cut)
}

/// The name of a secret that a line sets, also one that is commented out, and where its value
/// begins.
fn secret(line: &str) -> Option<(String, usize)> {
    let at = line.find(['=', ':'])?;
    let name = line[..at]
        .trim()
        .trim_start_matches(['#', ';', '!', '-', ' ', '"']);
    let name = name.trim_end_matches(['"', ' ']);
    // the last word: a script says `set NAME=` or `export NAME=`
    let name = name.split_whitespace().next_back()?;
    let small = name.to_lowercase().replace(['_', '-'], "");
    let value = &line[at + 1..];
    let start = at + 1 + (value.len() - value.trim_start().len());
    let harmless = matches!(
        value.trim().to_lowercase().as_str(),
        "" | "yes" | "no" | "true" | "false"
    );
    let is_secret = SECRETS.iter().any(|secret| small.contains(secret));
    (is_secret && !harmless).then(|| (name.to_owned(), start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stay_and_the_values_do_not() {
        let (kept, cut) = without_secrets(
            "# IBC\r\nIbLoginId=ada77\r\nIbPassword = hun=ter2\r\n#IbPassword=older1\r\n\
             PasswordEncrypted=no\r\nFIXPassword=\r\nTradingMode=live\r\nsslPwd: \"mywebapi\"\n",
        );
        assert_eq!(
            kept,
            "# IBC\r\nIbLoginId=withheld\r\nIbPassword = withheld\r\n#IbPassword=withheld\r\n\
             PasswordEncrypted=no\r\nFIXPassword=\r\nTradingMode=live\r\nsslPwd: withheld\n"
        );
        assert_eq!(cut, ["IbLoginId", "IbPassword", "sslPwd"]);
    }

    #[test]
    fn a_line_of_a_script_is_read_too_and_prose_is_left_alone() {
        let (kept, cut) = without_secrets("set TWS_PASSWORD=x y\nexport TWSUSERID=ada\nno secret");
        assert_eq!(
            kept,
            "set TWS_PASSWORD=withheld\nexport TWSUSERID=withheld\nno secret"
        );
        assert_eq!(cut.len(), 2);
    }
}
