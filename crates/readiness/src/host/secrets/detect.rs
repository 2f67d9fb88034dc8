//! Known shapes of secrets in a line of text. Gives the kind and never the value.

/// How many lines back a word still says what a value is.
const CONTEXT: usize = 4;
/// The most of a line that is looked at.
const MOST_OF_LINE: usize = 16 * 1024;

/// What kind of secret lies there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Shape {
    PrivateKey,
    Kraken,
    Deribit,
    Exchange,
    Ibkr,
    Aws,
    GitHub,
    Jwt,
    Authorization,
    PasswordInAddress,
    Password,
}

impl Shape {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::PrivateKey => "a private key",
            Self::Kraken => "a Kraken API secret",
            Self::Deribit => "a Deribit client secret",
            Self::Exchange => "an exchange's API key or secret",
            Self::Ibkr => "an IBKR token or password",
            Self::Aws => "an AWS access key",
            Self::GitHub => "a GitHub token",
            Self::Jwt => "a web token",
            Self::Authorization => "an Authorization header",
            Self::PasswordInAddress => "a password in an address",
            Self::Password => "a password",
        }
    }
}

/// The secrets of a text, by line counted from 1, each kind once a line.
#[derive(Default)]
pub(super) struct Detector {
    /// The lines before, in lower case.
    before: Vec<String>,
    /// Whether names ending in `_PASSWORD` and the like are taken at their word.
    assignments: bool,
}

impl Detector {
    pub(super) fn new(assignments: bool) -> Self {
        Self {
            assignments,
            ..Self::default()
        }
    }

    /// What lies in the next line.
    pub(super) fn line(&mut self, line: &str) -> Vec<Shape> {
        let line = bounded(line);
        self.before.push(line.to_lowercase());
        if self.before.len() > CONTEXT {
            self.before.remove(0);
        }
        let mut shapes: Vec<Shape> = tokens(line).filter_map(|token| self.token(token)).collect();
        if private_key(line) {
            shapes.push(Shape::PrivateKey);
        }
        shapes.extend(header(line));
        shapes.extend(ibkr(line));
        if line.split_whitespace().any(password_in_address) {
            shapes.push(Shape::PasswordInAddress);
        }
        if self.assignments && shapes.is_empty() && assigns_a_password(line) {
            shapes.push(Shape::Password);
        }
        shapes.sort();
        shapes.dedup();
        shapes
    }

    fn token(&self, token: &str) -> Option<Shape> {
        if is_aws(token) {
            Some(Shape::Aws)
        } else if is_github(token) {
            Some(Shape::GitHub)
        } else if is_jwt(token) {
            Some(Shape::Jwt)
        } else if is_kraken(token) && self.nearby(&["kraken", "secret", "private", "api"]) {
            Some(Shape::Kraken)
        } else if is_deribit(token) && self.nearby(&["deribit"]) {
            Some(Shape::Deribit)
        } else if is_of_exchange(token)
            && self.nearby(&["api_key", "api-key", "apikey", "api_secret", "secret"])
        {
            Some(Shape::Exchange)
        } else {
            None
        }
    }

    fn nearby(&self, words: &[&str]) -> bool {
        let says = |line: &String| words.iter().any(|word| line.contains(word));
        self.before.iter().any(says)
    }
}

fn bounded(line: &str) -> &str {
    &line[..line.floor_char_boundary(MOST_OF_LINE)]
}

/// Runs of characters that keys and tokens are made of.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-.".contains(c)))
        // `name=value` is two, and the padding of base64 is not
        .flat_map(|run| {
            let value = run.trim_end_matches('=');
            let at = value.rfind('=').map_or(0, |at| at + 1);
            [&run[..at], &run[at..]]
        })
        .filter(|token| token.len() >= 16)
}

fn is_aws(token: &str) -> bool {
    let rest = token
        .strip_prefix("AKIA")
        .or_else(|| token.strip_prefix("ASIA"));
    rest.is_some_and(|rest| {
        let known = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        rest.len() == 16 && rest.bytes().all(known) && !rest.ends_with("EXAMPLE")
    })
}

fn is_github(token: &str) -> bool {
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let classic = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]
        .iter()
        .find_map(|start| token.strip_prefix(start));
    classic.is_some_and(|rest| rest.len() == 36 && word(rest) && varied(rest))
        || token
            .strip_prefix("github_pat_")
            .is_some_and(|rest| rest.len() >= 60 && word(rest) && varied(rest))
}

fn is_jwt(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = parts[..] else {
        return false;
    };
    head.starts_with("eyJ") && body.starts_with("eyJ") && signature.len() >= 20
}

/// 64 bytes in base64.
fn is_kraken(token: &str) -> bool {
    let Some(value) = token.strip_suffix("==") else {
        return false;
    };
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    value.len() == 86 && value.bytes().all(base64) && varied(value)
}

fn is_deribit(token: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    token.len() == 43 && token.bytes().all(known) && varied(token)
}

/// 64 letters and digits of both cases, as Binance has them. A digest is of one case.
fn is_of_exchange(token: &str) -> bool {
    token.len() == 64 && token.bytes().all(|b| b.is_ascii_alphanumeric()) && varied(token)
}

/// Letters of both cases and digits: no word, no digest, no line of dashes.
fn varied(text: &str) -> bool {
    let has = |what: fn(&u8) -> bool| text.as_bytes().iter().any(what);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// An encrypted one is of no use by itself.
fn private_key(line: &str) -> bool {
    line.contains("-----BEGIN ") && line.contains("PRIVATE KEY-----") && !line.contains("ENCRYPTED")
}

fn header(line: &str) -> Option<Shape> {
    let (_, after) = split_once_any_case(line, "authorization")?;
    let after = after.trim_start_matches(['"', '\'', ':', '=', ' ', '\t']);
    let (scheme, value) = after.split_once(' ')?;
    let known = ["bearer", "basic", "token"].contains(&scheme.to_lowercase().as_str());
    let value: &str = value
        .trim_start()
        .split(|c: char| c.is_whitespace() || "\"'`,)".contains(c))
        .next()?;
    (known && value.len() >= 16 && !stands_in(value)).then_some(Shape::Authorization)
}

fn ibkr(line: &str) -> Option<Shape> {
    let flex = split_once_any_case(line, "flexwebservice/").is_some_and(|(_, after)| {
        let token = after.split(['?', '&']).find_map(|p| p.strip_prefix("t="));
        token.is_some_and(|token| token.bytes().take_while(u8::is_ascii_digit).count() >= 18)
    });
    let assigned = [
        "IbPassword",
        "FIXPassword",
        "TWSPASSWORD",
        "access_token_secret",
    ]
    .iter()
    .any(|name| {
        split_once_any_case(line, name).is_some_and(|(_, after)| {
            let value = after.trim_start_matches(['"', '\'', ' ']);
            let value = value.strip_prefix('=').or_else(|| value.strip_prefix(':'));
            value.is_some_and(|value| is_a_value(value) && !value.starts_with("demouser"))
        })
    });
    (flex || assigned).then_some(Shape::Ibkr)
}

/// `https://user:secret@host`, or `?password=secret`.
fn password_in_address(word: &str) -> bool {
    let Some((_, rest)) = word.split_once("://") else {
        return false;
    };
    let authority = rest
        .split(['/', '?', '#', '"', '\''])
        .next()
        .unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let in_user = user
        .and_then(|user| user.split_once(':'))
        .is_some_and(|(_, password)| password.len() >= 4 && !stands_in(password));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let in_query = query.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or_default();
        let secret = ["password", "passwd", "pwd", "api_secret", "access_token"];
        secret.contains(&name.to_lowercase().as_str()) && is_a_value(value)
    });
    in_user || in_query
}

/// `export X_SECRET=...`, or a line of `.netrc`.
fn assigns_a_password(line: &str) -> bool {
    let line = line.trim();
    let netrc = line
        .split_once("password ")
        .filter(|_| line.starts_with("machine ") || line.starts_with("password "))
        .is_some_and(|(_, value)| is_a_value(value));
    let named = line.split_once('=').is_some_and(|(name, value)| {
        let name = name
            .rsplit([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let secret = [
            "password",
            "passwd",
            "_secret",
            "secret_key",
            "_token",
            "api_key",
        ];
        secret.iter().any(|end| name.ends_with(end)) && is_a_value(value)
    });
    netrc || named
}

/// Something that was filled in: neither empty nor a stand-in.
fn is_a_value(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    let value = text
        .split(|c: char| c.is_whitespace() || "\"'&,;".contains(c))
        .next()
        .unwrap_or_default();
    value.len() >= 6 && !stands_in(value)
}

fn stands_in(value: &str) -> bool {
    let small = value.to_lowercase();
    let signs = [
        "$", "{", "<", "*", "...", "%", "xxx", "your", "example", "changeme", "redacted",
    ];
    signs.iter().any(|sign| small.contains(sign))
}

fn split_once_any_case<'a>(line: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    // lower case of ASCII keeps every place where it was
    let at = line.to_ascii_lowercase().find(&word.to_ascii_lowercase())?;
    Some((&line[..at], &line[at + word.len()..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made up: letters of both cases and digits.
    fn made(length: usize) -> String {
        "aB3dE6gH9jK2mN5pQ8sT"
            .chars()
            .cycle()
            .take(length)
            .collect()
    }

    fn shapes(text: &str) -> Vec<Shape> {
        let mut detector = Detector::default();
        text.lines().flat_map(|line| detector.line(line)).collect()
    }

    #[test]
    fn each_known_shape_is_found() {
        for (text, shape) in [
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
                Shape::PrivateKey,
            ),
            (format!("KRAKEN_SECRET={}==", made(86)), Shape::Kraken),
            (
                format!("deribit:\n  client_secret: {}", made(43)),
                Shape::Deribit,
            ),
            (
                format!("binance = {{'apiKey': '{}'}}", made(64)),
                Shape::Exchange,
            ),
            ("IbPassword=hunter22".to_owned(), Shape::Ibkr),
            (
                format!(
                    "curl https://x/FlexWebService/SendRequest?t={}&q=1",
                    "1".repeat(24)
                ),
                Shape::Ibkr,
            ),
            (
                "aws_access_key_id=AKIAQ3EGRZ7XM2NV5TYB".to_owned(),
                Shape::Aws,
            ),
            (format!("token ghp_{}", made(36)), Shape::GitHub),
            (
                format!("t = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}'", made(43)),
                Shape::Jwt,
            ),
            (
                format!("curl -H 'Authorization: Bearer {}'", made(32)),
                Shape::Authorization,
            ),
            (
                "url = https://ada:hunter22@git.example-host.net/x.git".to_owned(),
                Shape::PasswordInAddress,
            ),
            (
                "wget https://host.net/?user=ada&password=hunter22".to_owned(),
                Shape::PasswordInAddress,
            ),
        ] {
            assert_eq!(shapes(&text), [shape], "{text}");
        }
    }

    #[test]
    fn digests_stand_ins_and_addresses_without_a_password_are_none() {
        for text in [
            "api_key sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "secret: ${SECRET}",
            "Authorization: Bearer $TOKEN_OF_THE_ENVIRONMENT",
            "Authorization: Bearer <your token goes here>",
            "https://ada@host.net/x.git",
            "https://ada:${PASSWORD}@host.net/x.git",
            "git@github.com:ada/x.git",
            "AKIAIOSFODNN7EXAMPLE",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----",
            "IbPassword=demouser",
            "IbPassword=",
            "password = input()",
        ] {
            assert_eq!(shapes(text), [], "{text}");
        }
    }

    #[test]
    fn a_secret_of_deribit_needs_the_word_near_it() {
        let far = format!("deribit\n{}client_secret: {}", "x\n".repeat(9), made(43));
        assert_eq!(shapes(&far), []);
    }

    #[test]
    fn named_values_count_where_settings_are_kept() {
        let mut detector = Detector::new(true);
        assert_eq!(
            detector.line("export DB_PASSWORD='hunter22'"),
            [Shape::Password]
        );
        assert_eq!(
            detector.line("machine host.net login ada password hunter22"),
            [Shape::Password]
        );
        assert_eq!(detector.line("DB_PASSWORD=changeme123"), []);
        assert_eq!(detector.line("PASSWORD_LENGTH=1234567"), []);
    }

    proptest! {
        #[test]
        fn any_line_is_looked_at_without_falling_over(lines in prop::collection::vec("\\PC{0,80}", 0..6)) {
            let mut detector = Detector::new(true);
            for line in lines {
                detector.line(&line);
            }
        }

        #[test]
        fn lines_that_come_near_a_shape_are_looked_at_without_falling_over(
            line in "(Authorization: |://|IbPassword=|FlexWebService/\\?t=|ghp_|eyJ|é|=|@|:){0,8}[a-zA-Z0-9=é.]{0,20}"
        ) {
            Detector::new(true).line(&line);
        }
    }
}
