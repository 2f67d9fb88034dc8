//! What the other end makes of what a person says. The words themselves are not kept.

/// What was heard.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Heard {
    /// The account that was named.
    pub(super) account: Option<String>,
    /// What was asked for, by the pages that it is done on.
    pub(super) pages: Vec<&'static str>,
    /// Which kind of answer it was.
    pub(super) reply: Reply,
    /// Whether it holds as many digits as a code does.
    pub(super) digits: bool,
    /// Whether the person hangs up.
    pub(super) hangs_up: bool,
}

/// Which kind of answer something was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Reply {
    /// A no of any kind.
    Refusal,
    /// A yes, and no no.
    Agreement,
    /// A question back.
    Question,
    /// Anything else.
    #[default]
    Other,
}

/// Beginnings of words, and what they ask for.
const WISHES: [(&str, &str); 19] = [
    ("lock", "security-desk"),
    ("freez", "security-desk"),
    ("block", "security-desk"),
    ("suspend", "security-desk"),
    ("session", "sessions"),
    ("logout", "sessions"),
    ("logins", "sessions"),
    ("withdraw", "withdrawals"),
    ("wire", "withdrawals"),
    ("payout", "withdrawals"),
    ("transfer", "transfers"),
    ("acats", "transfers"),
    ("dispute", "transfers"),
    ("order", "orders"),
    ("device", "two-factor"),
    ("factor", "two-factor"),
    ("contact", "contact"),
    ("address", "contact"),
    ("e-mail", "contact"),
];

/// Words that turn what follows into what is not wanted, or a whole answer into a refusal.
const NO: [&str; 8] = [
    "no", "not", "never", "dont", "don't", "wont", "won't", "without",
];

/// Words that agree.
const YES: [&str; 9] = [
    "yes", "yeah", "yep", "ok", "okay", "sure", "fine", "agreed", "do",
];
/// How many digits a code has at least.
const CODE: usize = 4;

impl Heard {
    pub(super) fn from(input: &str, accounts: &[String]) -> Self {
        let words = words(input);
        let mut pages = Vec::new();
        for (nth, word) in words.iter().enumerate() {
            let wished = WISHES.iter().find(|(begins, _)| word.starts_with(begins));
            let turned = words[nth.saturating_sub(2)..nth]
                .iter()
                .any(|before| NO.contains(&before.as_str()));
            if let Some((_, page)) = wished
                && !turned
                && !pages.contains(page)
            {
                pages.push(*page);
            }
        }
        let together = words.join(" ");
        Self {
            account: named(&words, &together, accounts),
            pages,
            reply: reply(input, &words),
            digits: input.chars().filter(char::is_ascii_digit).count() >= CODE,
            hangs_up: together.contains("hang up") || together == "bye" || together == "goodbye",
        }
    }
}

fn reply(input: &str, words: &[String]) -> Reply {
    let any = |of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
    if any(&NO) {
        Reply::Refusal
    } else if input.trim_end().ends_with('?') {
        Reply::Question
    } else if any(&YES) {
        Reply::Agreement
    } else {
        Reply::Other
    }
}

/// The account that is named: by its whole name, or by a word that only its name has.
fn named(words: &[String], together: &str, accounts: &[String]) -> Option<String> {
    let of = |account: &str| self::words(account);
    let whole = accounts
        .iter()
        .filter(|account| format!(" {together} ").contains(&format!(" {} ", of(account).join(" "))))
        .max_by_key(|account| account.len());
    let by_word = || {
        let mut fitting = accounts.iter().filter(|account| {
            of(account).iter().any(|word| {
                let others = accounts.iter().filter(|other| other != account);
                let only = others.clone().all(|other| !of(other).contains(word));
                only && word.len() > 2 && words.contains(word)
            })
        });
        fitting.next().filter(|_| fitting.next().is_none())
    };
    whole.or_else(by_word).cloned()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’')))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(input: &str) -> Heard {
        let accounts = ["Retirement IRA", "Taxable"].map(str::to_owned);
        Heard::from(input, &accounts)
    }

    #[test]
    fn an_account_is_heard_by_its_name_or_by_a_word_of_its_own() {
        let named = |input| heard(input).account;
        assert_eq!(named("it is the ira"), Some("Retirement IRA".to_owned()));
        assert_eq!(named("TAXABLE, please"), Some("Taxable".to_owned()));
        assert_eq!(named("my account"), None);
        assert_eq!(named("the miracle"), None);
        assert_eq!(named("retirement or taxable"), Some("Taxable".to_owned()));
    }

    #[test]
    fn a_wish_is_heard_and_a_wish_turned_round_is_not() {
        assert_eq!(heard("Lock it now").pages, ["security-desk"]);
        let all = heard("freeze it, hold the wires and log out all sessions");
        assert_eq!(all.pages, ["security-desk", "withdrawals", "sessions"]);
        assert!(heard("please do not lock it").pages.is_empty());
        assert!(heard("don’t lock it").pages.is_empty());
    }

    #[test]
    fn a_refusal_is_any_no_and_a_yes_is_one_without_a_no() {
        let reply = |input| heard(input).reply;
        assert_eq!(reply("No."), Reply::Refusal);
        assert_eq!(reply("I won't tell you"), Reply::Refusal);
        assert_eq!(reply("do not"), Reply::Refusal);
        assert_eq!(reply("Yes, do"), Reply::Agreement);
        assert_eq!(reply("Is that ok?"), Reply::Question);
        assert_eq!(reply("I know it"), Reply::Other);
        assert_eq!(reply("please lock it"), Reply::Other);
    }

    #[test]
    fn a_code_is_heard_however_it_is_read_out() {
        assert!(heard("48 15 16").digits);
        assert!(heard("no problem, it is 481516").digits);
        assert!(!heard("40 CLDMP5").digits);
    }
}
