//! What a stranger does not get.

use redact::{Class, Known, Profile, Redactor, Words};

use crate::{copied_text, share};

#[test]
fn numbers_and_addresses_are_withheld_from_a_stranger_by_their_shape() {
    for (text, secret, class) in [
        ("acct U1234567 filled", "U1234567", Class::AccountNumber),
        ("paper DU7654321.", "DU7654321", Class::AccountNumber),
        ("{\"acct\":\"U1234567\"}", "U1234567", Class::AccountNumber),
        (
            "card 4111 1111 1111 1111 ok",
            "4111 1111 1111 1111",
            Class::AccountNumber,
        ),
        (
            "card 4111111111111111",
            "4111111111111111",
            Class::AccountNumber,
        ),
        (
            "{\"card\":[4111111111111111]}",
            "4111111111111111",
            Class::AccountNumber,
        ),
        (
            "to GB82WEST12345698765432 sent",
            "GB82WEST12345698765432",
            Class::AccountNumber,
        ),
        (
            "to DE89 3704 0044 0532 0130 00",
            "DE89 3704 0044 0532 0130 00",
            Class::AccountNumber,
        ),
        (
            "{\"accountNumber\":\"99887766\"}",
            "99887766",
            Class::AccountNumber,
        ),
        (
            "mail ada.l+x@mail.example.org now",
            "ada.l+x@mail.example.org",
            Class::Email,
        ),
        (
            "{\"t\":\"a\\nada@example.org\"}",
            "ada@example.org",
            Class::Email,
        ),
        (
            "call +44 20 7946 0958 now",
            "+44 20 7946 0958",
            Class::Phone,
        ),
        ("call 1-877-442-2757 now", "1-877-442-2757", Class::Phone),
        ("{\"phone\":\"0207946 0958\"}", "0207946 0958", Class::Phone),
        ("/home/adal/x.txt", "adal", Class::Computer),
        ("C:\\Users\\adal\\x.txt", "adal", Class::Computer),
        (
            "{\"p\":\"C:\\\\Users\\\\adal\\\\x\"}",
            "adal",
            Class::Computer,
        ),
        ("{\"hostname\":\"adal-pc\"}", "adal-pc", Class::Computer),
        ("{\"firstName\":\"Adalbert\"}", "Adalbert", Class::Person),
        (
            "{\"street\":\"Hill Road 9\"}",
            "Hill Road 9",
            Class::HomeAddress,
        ),
    ] {
        let (copy, copied) = copied_text(&share(), "a", text);
        assert!(!copy.contains(secret), "{copy}");
        assert_eq!(copied.withheld[0].class, class, "{text}");
        if text.starts_with('{') {
            serde_json::from_str::<serde_json::Value>(&copy)
                .unwrap_or_else(|error| panic!("{error}: {copy}"));
        }
    }
}

#[test]
fn order_numbers_times_and_prices_are_kept_from_nobody() {
    for text in [
        r#"{"orderId":1370093239,"lastExecutionTime_r":1700000000000,"conid":265598,"price":"150.25"}"#,
        "0000e0d5.67a2b1c3.01.01 and 2026-11-24T10:00:00+01:00",
        "2026-11-24 10:00:00.123456789 took 412 ms, 100 AAPL at 150.25",
        "550e8400-e29b-41d4-a716-446655440000",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "203.0.113.77:443 and 2001:db8::1",
        "@media print { a { b: c } } and someone@localhost",
        "4111111111111112",
    ] {
        let (copy, _) = copied_text(&share(), "a", text);
        assert_eq!(copy, text);
    }
}

#[test]
fn listed_words_are_withheld_where_the_profile_holds_their_class() {
    let text = "Adalbert Zo\u{eb} of 1 High Street, Oldtown wrote from ADAL-PC about ACC-77-1";
    let words = || {
        let mut words = Words::default();
        for (class, listed) in [
            (Class::Person, "adalbert zo\u{eb}"),
            (Class::HomeAddress, "1 High Street\nOldtown"),
            (Class::Computer, "adal-pc"),
            (Class::AccountNumber, "ACC-77-1"),
        ] {
            words.add(class, listed).unwrap();
        }
        words
    };
    for (profile, expected) in [
        ("own", text),
        ("police", text),
        (
            "broker",
            "[withheld] of 1 High Street, Oldtown wrote from ADAL-PC about ACC-77-1",
        ),
        (
            "share",
            "[withheld] of [withheld] wrote from [withheld] about [withheld]",
        ),
    ] {
        let profile = Profile::of_id(profile).unwrap();
        let redactor = Redactor::new(profile, Known::none(), words());
        assert_eq!(copied_text(&redactor, "a.txt", text).0, expected);
    }
}

#[test]
fn a_listed_number_that_json_has_bare_becomes_a_string() {
    let mut words = Words::default();
    words.add(Class::AccountNumber, "12345678").unwrap();
    let redactor = Redactor::new(Profile::of_id("share").unwrap(), Known::none(), words);
    let (copy, _) = copied_text(
        &redactor,
        "a.json",
        "{\"ids\":[1,12345678],\"t\":\"no 12345678\",\"f\":12345678.5}",
    );
    assert_eq!(
        copy,
        "{\"ids\":[1,\"[withheld]\"],\"t\":\"no [withheld]\",\"f\":\"[withheld]\"}"
    );
}
