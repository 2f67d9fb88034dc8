//! A secret of each known shape in each kind of file: none may be left.

use redact::Class;

use crate::{copied_text, holds, made, own, place};

/// Its name, the line in which it stands, and what of it must not be left.
struct Canary {
    what: &'static str,
    line: String,
    secrets: Vec<String>,
}

fn canary(what: &'static str, line: &str, secrets: &[&str]) -> Canary {
    Canary {
        what,
        line: line.to_owned(),
        secrets: secrets.iter().map(|secret| (*secret).to_owned()).collect(),
    }
}

fn with(what: &'static str, line: &str, secret: &str) -> Canary {
    canary(what, &line.replace("{}", secret), &[secret])
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn canaries() -> Vec<Canary> {
    let kraken = format!("{}==", made(86, 1));
    let hex32 = "9f86d081884c7d659a2feaa0c55ad015";
    let words = "ocean tiger velvet canyon puzzle orbit meadow lantern harbor cactus ribbon anchor";
    let pem = "MHcCAQEEIB7kCANARYdWJ1c2luZ21hZGV1cGtleXNvbmx5MDEyMzQ1Njc4OTAx";
    vec![
        with("kraken secret", "KRAKEN_SECRET={}", &kraken),
        with(
            "kraken by its word",
            "kraken main uses {} since May",
            &kraken,
        ),
        with("kraken key", "kraken api key {}", &made(56, 2)),
        with("deribit secret", "deribit client_secret: {}", &made(43, 3)),
        with("deribit by its word", "deribit gave {} back", &made(43, 31)),
        with("binance key", "X-MBX-APIKEY: {}", &made(64, 4)),
        with("binance secret", "binance api_secret = {}", &made(64, 5)),
        with("binance by its word", "binance said {}", &made(64, 51)),
        with(
            "binance query",
            "GET /api/v3/account?timestamp=1&signature={}",
            &format!("{hex32}{hex32}"),
        ),
        with("coinbase secret", "coinbase privateKey: {}", &kraken),
        with("bybit key", "X-BAPI-API-KEY: {}", &made(18, 6)),
        with("bybit sign", "X-BAPI-SIGN: {}", &format!("{hex32}{hex32}")),
        with("bybit secret", "api_secret={}", &made(36, 7)),
        with("okx passphrase", "OK-ACCESS-PASSPHRASE: {}", "Fluff-tail77"),
        with(
            "okx key",
            "OK-ACCESS-KEY: {}",
            "5b1c2d3e-0a1b-4c2d-8e3f-102938475665",
        ),
        with("okx sign", "OK-ACCESS-SIGN: {}", &made(44, 8)),
        with("bitget key", "ACCESS-KEY: bg_{}", hex32),
        with(
            "kucoin secret",
            "secret_key={}",
            "6f1e0b7c-3a2d-4f5e-9c8b-7a6d5e4f3c2b",
        ),
        with("alpaca secret", "APCA-API-SECRET-KEY: {}", &made(40, 9)),
        with("alpaca key", "APCA-API-KEY-ID: {}", "PKX7Q2M9R4T6V8W1Y3Z5"),
        with("aws key", "uses {} there", "AKIAQ3EGRZ7XM2NV5TYB"),
        with("aws secret", "aws_secret_access_key = {}", &made(40, 10)),
        with(
            "github token",
            "remote: {}",
            &format!("ghp_{}", made(36, 11)),
        ),
        with(
            "github fine token",
            "remote: {}",
            &format!("github_pat_{}", made(70, 12)),
        ),
        with(
            "gitlab token",
            "remote: {}",
            &format!("glpat-{}", made(20, 13)),
        ),
        with(
            "slack token",
            "slack {}",
            &format!("xoxb-1234567890-{}", made(24, 14)),
        ),
        with(
            "slack webhook",
            "POST https://hooks.slack.com/services/{}",
            &format!("T0A1B2C3D/B0A1B2C3D/{}", made(24, 15)),
        ),
        with(
            "discord webhook",
            "POST https://discord.com/api/webhooks/{}",
            &format!("123456789012345678/{}", made(68, 16)),
        ),
        with(
            "telegram bot",
            "POST https://api.telegram.org/bot{}/sendMessage",
            &format!("1234567890:{}", made(35, 17)),
        ),
        with("google key", "maps {}", &format!("AIza{}", made(35, 18))),
        with(
            "google access token",
            "got {}",
            &format!("ya29.{}", made(60, 19)),
        ),
        with("stripe", "pay {}", &format!("sk_live_{}", made(24, 20))),
        with(
            "npm token",
            "//registry.npmjs.org/:_authToken={}",
            &format!("npm_{}", made(36, 21)),
        ),
        with(
            "jwt",
            "id is {}",
            &format!("eyJ{}.eyJ{}.{}", made(20, 22), made(40, 23), made(43, 24)),
        ),
        with(
            "age key",
            "identity {}",
            &format!("AGE-SECRET-KEY-1{}", made(58, 25).to_uppercase()),
        ),
        with(
            "session cookie",
            "Cookie: JSESSIONID={}; XYZAB=1",
            "0123CANARY4567",
        ),
        with(
            "cookie header",
            "Cookie: a=b; cp.session={}",
            "canaryCookie77",
        ),
        with(
            "set-cookie header",
            "Set-Cookie: x-sess-uuid={}; Path=/; HttpOnly",
            "0.canary77.17",
        ),
        with("jsessionid alone", "JSESSIONID={}", "F0CANARY11E2"),
        with("xyzab", "XYZAB={}", "canaryxyzab001"),
        with("ssodh", "ssodh={}", "canaryssodh001"),
        with("session id", "session={}", hex32),
        with("bearer", "Authorization: Bearer {}", &made(32, 26)),
        with("basic", "Authorization: Basic {}", "YWRhOmNhbmFyeTc3"),
        with(
            "token scheme",
            "Authorization: token {}",
            "canarykey77:canaryaccess88",
        ),
        with("bearer in prose", "sent bearer {} along", &made(32, 27)),
        with(
            "oauth",
            "Authorization: OAuth realm=limited_poa, oauth_token={}, oauth_signature=abc123",
            "canarytoken77",
        ),
        with(
            "curl header",
            "curl -H 'Authorization: Bearer {}' https://x.example",
            &made(30, 28),
        ),
        with(
            "curl user",
            "curl -u ada:{} https://x.example",
            "Canary77pass",
        ),
        with(
            "url password",
            "https://ada:{}@git.example/x.git",
            "Canary77pass",
        ),
        with(
            "url query",
            "GET https://x.example/login?user=ada&password={}&x=1",
            "Canary77pass",
        ),
        with(
            "flex token",
            "https://ndcdyn.interactivebrokers.com/AccountManagement/FlexWebService/SendRequest?t={}&q=1&v=3",
            "123456789012345678901234",
        ),
        with(
            "flex token second",
            "GET /SendRequest?v=3&t={}",
            "123456789012345678901234",
        ),
        with(
            "oauth code",
            "GET /callback?code={}&state=1",
            "canary77Code88",
        ),
        with("ib password", "IbPassword={}", "Canary77pass"),
        with("fix password", "FIXPassword={}", "Canary77pass"),
        with("key and value", "password = {}", "Canary77pass"),
        with("yaml", "db_password: {}", "Canary77pass"),
        with("german", "Passwort: {}", "Canary77pass"),
        with("option", "login --password {} --user ada", "Canary77pass"),
        with("option token", "login --token {}", &made(24, 29)),
        with(
            "in a log line",
            "2026-11-24 INFO login user=ada password={}, retry=1",
            "Canary77pass",
        ),
        with(
            "debug print",
            "Login { user: ada, password: Canary77pass, n: 1 }",
            "Canary77pass",
        ),
        with(
            "passphrase",
            "passphrase: {}",
            "correct horse battery staple",
        ),
        with("otp", "otp={}", "918273"),
        with("totp secret", "totp_secret={}", "JBSWY3DPEHPK3PXPJBSWY3DP"),
        with(
            "otpauth",
            "otpauth://totp/IBKR:ada?secret={}&issuer=IBKR",
            "JBSWY3DPEHPK3PXPJBSWY3DP",
        ),
        with("pin", "pin={}", "8271"),
        with(
            "netrc",
            "machine x.example login ada password {}",
            "Canary77pass",
        ),
        with("export", "export DB_PASSWORD={}", "Canary77pass"),
        with("token named", "access_token={}", &made(40, 30)),
        with("entropy", "the token for it was {} then", &made(48, 32)),
        with("seed", "seed phrase: {}", words),
        with("mnemonic", "mnemonic={}", words),
        with(
            "telegram named",
            "telegram_token={}",
            &format!("1234567890:{}", made(35, 33)),
        ),
        canary(
            "pem in one line",
            &format!(
                "key -----BEGIN EC PRIVATE KEY-----\\n{pem}\\n-----END EC PRIVATE KEY----- end"
            ),
            &[pem],
        ),
    ]
}

/// The line as each kind of file has it.
fn files(line: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(line).unwrap();
    let escaped = line.replace('&', "&amp;").replace('<', "&lt;");
    vec![
        (
            "a.json",
            format!("{{\"before\": 1, \"said\": {json}, \"list\": [{json}], \"after\": \"x\"}}"),
        ),
        (
            "a.jsonl",
            format!("{{\"seq\":0}}\n{{\"seq\":1,\"event\":{{\"text\":{json}}}}}\n{{\"seq\":2}}\n"),
        ),
        (
            "a.csv",
            format!(
                "at,said,more\n2026-11-24,\"{}\",x\n2026-11-25,none,y\n",
                line.replace('"', "\"\"")
            ),
        ),
        (
            "a.xml",
            format!(
                "<?xml version=\"1.0\"?>\n<log><line at=\"1\">{escaped}</line><line>next</line></log>\n"
            ),
        ),
        (
            "a.html",
            format!("<!doctype html>\n<p>before</p>\n<pre>\n{escaped}\n</pre>\n<p>after</p>\n"),
        ),
        ("a.ini", format!("[Section]\nBefore=1\n{line}\nAfter=1\n")),
        (
            "a.log",
            format!(
                "2026-11-24T00:00:00Z one line before\n{line}\n2026-11-24T00:00:01Z one line after\n"
            ),
        ),
        ("a", line.to_owned()),
    ]
}

#[test]
fn no_canary_is_left_in_any_kind_of_file_and_each_is_in_the_record() {
    let own = own();
    let mut left = Vec::new();
    for canary in canaries() {
        for (name, text) in files(&canary.line) {
            let (copy, copied) = copied_text(&own, name, &text);
            for secret in &canary.secrets {
                let escaped = secret.replace('&', "&amp;");
                if holds(copy.as_bytes(), secret) || holds(copy.as_bytes(), &escaped) {
                    left.push(format!("{} in {name}: {copy}", canary.what));
                }
                let recorded = copied.withheld.iter().any(|withheld| {
                    let place = &text[place(withheld)];
                    withheld.class == Class::Secret && place.contains(secret.as_str())
                });
                if !recorded {
                    left.push(format!(
                        "{} in {name} is not in the record: {:?}",
                        canary.what, copied.withheld
                    ));
                }
            }
            if !(copy.contains("fter")
                || name == "a"
                || name == "a.jsonl"
                || name == "a.csv"
                || name == "a.xml")
            {
                left.push(format!(
                    "{} in {name} took what comes behind: {copy}",
                    canary.what
                ));
            }
            still_the_same_kind(name, &copy, canary.what);
        }
    }
    assert!(left.is_empty(), "{}\n{} left", left.join("\n"), left.len());
}

fn still_the_same_kind(name: &str, copy: &str, what: &str) {
    match name {
        "a.json" => {
            let value: serde_json::Value = serde_json::from_str(copy)
                .unwrap_or_else(|error| panic!("{what} in {name}: {error}: {copy}"));
            assert_eq!(value["after"], "x", "{what}: {copy}");
        }
        "a.jsonl" => {
            let lines: Vec<serde_json::Value> = copy
                .lines()
                .map(|line| {
                    serde_json::from_str(line)
                        .unwrap_or_else(|error| panic!("{what}: {error}: {line}"))
                })
                .collect();
            assert_eq!(lines.len(), 3, "{what}: {copy}");
        }
        "a.csv" => {
            assert_eq!(copy.lines().count(), 3, "{what}: {copy}");
            assert!(
                copy.ends_with("\",x\n2026-11-25,none,y\n"),
                "{what}: {copy}"
            );
        }
        "a.xml" => assert!(
            copy.ends_with("</line><line>next</line></log>\n"),
            "{what}: {copy}"
        ),
        _ => {}
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn values_in_fields_of_their_own_are_found_in_every_kind_of_file() {
    let own = own();
    let secret = "Canary77pass";
    for (name, text) in [
        ("a.json", r#"{"password":"Canary77pass"}"#),
        ("a.json", r#"{"user":{"Password" : "Canary77pass"}}"#),
        (
            "a.json",
            r#"{"clientSecret":["Canary77pass","Canary77pass2"]}"#,
        ),
        (
            "a.json",
            r#"{"env":[{"name":"DB_PASSWORD","value":"Canary77pass"}]}"#,
        ),
        (
            "a.json",
            r#"{"env":[{"value":"Canary77pass","name":"DB_PASSWORD"}]}"#,
        ),
        (
            "a.har",
            r#"{"headers":[{"name":"Cookie","value":"a=Canary77pass"},{"name":"Host","value":"x"}]}"#,
        ),
        (
            "a.har",
            r#"{"headers":[{"name":"authorization","value":"Canary77pass"}]}"#,
        ),
        (
            "a.json",
            r#"{"headers":{"set-cookie":["a=Canary77pass; Path=/"]}}"#,
        ),
        (
            "a.json",
            r#"{"cookies":{"a":"Canary77pass","b":"Canary77pass2"}}"#,
        ),
        (
            "a.json",
            r#"{"cookies":[{"name":"a","value":"Canary77pass"}]}"#,
        ),
        (
            "a.json",
            r#"[{"domain":".ibkr.com","httpOnly":true,"name":"a","value":"Canary77pass"}]"#,
        ),
        (
            "a.json",
            r#"{"kty":"EC","crv":"P-256","x":"public","d":"Canary77pass"}"#,
        ),
        ("a.json", r#"{"text":"{\"password\":\"Canary77pass\"}"}"#),
        (
            "a.json",
            r#"{"text":"{\\\"a\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"Canary77pass\\\\\\\"}\\\"}"}"#,
        ),
        (
            "a.csv",
            "user,password,note\nada,Canary77pass,x\nbob,\"Canary77pass\",y\n",
        ),
        ("a.csv", "name;api secret\nada;Canary77pass\n"),
        ("a.csv", "field,value\npassword,Canary77pass\n"),
        ("a.tsv", "user\tpasswd\nada\tCanary77pass\n"),
        ("a.xml", "<a><password>Canary77pass</password></a>"),
        (
            "a.xml",
            "<ApiSettings user=\"ada\" password=\"Canary77pass\"/>",
        ),
        ("a.xml", "<a><Secret><![CDATA[Canary77pass]]></Secret></a>"),
        (
            "a.plist",
            "<dict><key>password</key>\n\t<string>Canary77pass</string></dict>",
        ),
        (
            "a.html",
            "<input type=\"hidden\" name=\"password\" value=\"Canary77pass\">",
        ),
        ("a.html", "<tr><td>password</td><td>Canary77pass</td></tr>"),
        (
            "a.html",
            "<script>var password = \"Canary77pass\";</script>",
        ),
        ("a.ini", "[x]\nIbPassword = Canary77pass;&, \"x\n"),
        ("a.py", "os.environ[\"DB_PASSWORD\"] = \"Canary77pass\"\n"),
        (
            "a.yaml",
            "env:\n  - name: DB_PASSWORD\n    value: Canary77pass\n",
        ),
        (
            "a.txt",
            ".interactivebrokers.com\tTRUE\t/\tTRUE\t0\ta\tCanary77pass\n",
        ),
        (
            "a.sql",
            "CREATE USER ada IDENTIFIED BY PASSWORD 'Canary77pass'",
        ),
        ("a.sh", "curl --cookie \"a=Canary77pass\" https://x.example"),
        (
            "a.txt",
            "form: user%3Dada%26password%3DCanary77pass%26x%3D1",
        ),
        (
            "a.txt",
            "user=ada\\u0026password\\u003dCanary77pass\\u0026x",
        ),
    ] {
        let (copy, copied) = copied_text(&own, name, text);
        assert!(!copy.contains("Canary77"), "{name}: {copy}");
        assert!(!copied.withheld.is_empty(), "{name}: {copy}");
        assert!(text.contains(secret));
        if name.ends_with("json") || name.ends_with("har") {
            serde_json::from_str::<serde_json::Value>(&copy)
                .unwrap_or_else(|error| panic!("{error}: {copy}"));
        }
    }
}

#[test]
fn keys_of_many_lines_are_withheld_whole() {
    let own = own();
    let lines = |length: usize| format!("{}\n{}\n{}", made(64, 1), made(64, 2), made(length, 3));
    for (label, end) in [
        ("OPENSSH PRIVATE KEY", ""),
        ("RSA PRIVATE KEY", ""),
        ("PRIVATE KEY", ""),
        ("ENCRYPTED PRIVATE KEY", ""),
        ("PGP PRIVATE KEY BLOCK", "\n=abcd"),
    ] {
        let body = lines(20);
        let text =
            format!("before\n-----BEGIN {label}-----\n{body}{end}\n-----END {label}-----\nafter\n");
        let (copy, copied) = copied_text(&own, "id", &text);
        assert_eq!(copy, "before\n[withheld]\nafter\n", "{label}");
        assert_eq!(copied.withheld[0].line, 2);
        // cut off
        let text = format!("before\n-----BEGIN {label}-----\n{body}\n\nafter that\n");
        let (copy, _) = copied_text(&own, "id", &text);
        assert!(
            !copy.contains(&body[..64]) && copy.ends_with("after that\n"),
            "{copy}"
        );
    }
    let putty = format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 3\n{}\nPrivate-MAC: 00\n",
        lines(20)
    );
    let (copy, _) = copied_text(&own, "id.ppk", &putty);
    assert_eq!(
        copy,
        "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 3\n[withheld]\nPrivate-MAC: 00\n"
    );
}

#[test]
fn what_was_withheld_once_stays_as_it_is() {
    let own = own();
    for canary in canaries() {
        for (name, text) in files(&canary.line) {
            let (once, _) = copied_text(&own, name, &text);
            let (twice, copied) = copied_text(&own, name, &once);
            assert_eq!(once, twice, "{} {name}", canary.what);
            assert!(copied.unchanged());
        }
    }
}

#[test]
fn a_bare_number_of_json_becomes_a_string() {
    let own = own();
    let (copy, copied) = copied_text(&own, "a.json", r#"{"otp": 918273, "list": [{"pin":8271}]}"#);
    assert_eq!(
        copy,
        r#"{"otp": "[withheld]", "list": [{"pin":"[withheld]"}]}"#
    );
    let pointers: Vec<_> = copied
        .withheld
        .iter()
        .map(|one| one.pointer.as_deref())
        .collect();
    assert_eq!(pointers, [Some("/otp"), Some("/list/0/pin")]);
    let (copy, _) = copied_text(
        &own,
        "a.toml",
        "otp = 918273\npassword = \"Canary77pass\"\n",
    );
    assert_eq!(copy, "otp = \"[withheld]\"\npassword = \"[withheld]\"\n");
}

#[test]
fn the_record_says_where_and_why_and_never_what() {
    let text = "first\nsecond IbPassword=Canary77pass\n";
    let (_, copied) = copied_text(&own(), "config.ini", text);
    let [withheld] = &copied.withheld[..] else {
        panic!("{copied:?}");
    };
    assert_eq!(&text[place(withheld)], "Canary77pass");
    assert_eq!((withheld.line, withheld.reason.as_str()), (2, "a password"));
    assert!(!serde_json::to_string(withheld).unwrap().contains("Canary"));
}

#[test]
fn a_key_of_json_that_is_a_secret_does_not_come_back_in_a_pointer() {
    let token = format!("ghp_{}", made(36, 1));
    let text = format!(r#"{{"{token}": {{"password": "Canary77pass"}}}}"#);
    let (copy, copied) = copied_text(&own(), "a.json", &text);
    assert_eq!(copy, r#"{"[withheld]": {"password": "[withheld]"}}"#);
    assert_eq!(
        copied.withheld[1].pointer.as_deref(),
        Some("/[withheld]/password")
    );
}

#[test]
fn shapes_of_a_line_are_told_without_their_text() {
    let shapes =
        redact::shapes_in_line("export API_SECRET=aZ7bcdefgh0123 # and https://a:b1b1b1@c.example");
    let reasons: Vec<&str> = shapes.iter().map(|shape| shape.reason).collect();
    assert_eq!(reasons, ["a value named a secret"]);
    assert!(redact::shapes_in_line("nothing here").is_empty());
}
