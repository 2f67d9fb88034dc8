//! What must be kept: the pack is full of digests, fingerprints, signatures and ids of its own.

use crate::{copied_text, made, own};

#[test]
fn digests_ids_and_public_things_are_kept() {
    let own = own();
    let sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let base64 = made(43, 1);
    let signature = format!("{}==", made(86, 2));
    let lines = [
        made(70, 3),
        made(70, 4),
        made(64, 5),
        made(64, 6),
        made(30, 7),
    ]
    .join("\n");
    let texts = [
        format!(r#"{{"seq":7,"at":"2026-11-24T10:00:00Z","mono_ms":412,"prev":"{sha}","event":{{"type":"started","lever":"revoke_key"}}}}"#),
        format!("{sha}  data/20-captures/00001-kraken-api-key.json"),
        format!("api_key sha256 {sha}"),
        format!("SHA256:{base64} firebreak secret key holder (ED25519)"),
        format!("the secret key's fingerprint is SHA256:{base64}"),
        format!("{{\"checked\":\"secret\",\"signature\":\"{signature}\",\"digest\":\"{sha}\"}}"),
        format!("private key signed it; sig={signature}"),
        format!("-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n"),
        format!("api_secret and token follow\n-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"),
        format!("token\n-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"),
        format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} secret@host", made(43, 8)),
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p token recipient".to_owned(),
        r#"{"execution_id":"0000e0d5.67a2b1c3.01.01","order":"1370093239","permId":1981733415}"#.to_owned(),
        r#"{"session":"550e8400-e29b-41d4-a716-446655440000","id":"web-3"}"#.to_owned(),
        r#"{"sessions":3,"session":"web-3","end_sessions":"verified","session_id":null}"#.to_owned(),
        r#"{"lever":"end_sessions","levers":["revoke_key","end_sessions","stop_automation"]}"#.to_owned(),
        r#"{"api_key":"firebreak-kraken","token_type":"Bearer","token_endpoint":"https://x.example/oauth2/token"}"#.to_owned(),
        r#"{"password":null,"secret":true,"token":"","otp":false,"passwords":[]}"#.to_owned(),
        r#"{"pass":12,"passed":true,"bypass":"none","passport":"required"}"#.to_owned(),
        r#"{"name":"JSESSIONID","domain":".interactivebrokers.com","created":1,"httpOnly":true}"#.to_owned(),
        r#"{"name":"withdraw","ipRestrict":true,"enableWithdrawals":false,"createTime":1700000000000}"#.to_owned(),
        "password = ${DB_PASSWORD}".to_owned(),
        "password=$PASSWORD".to_owned(),
        "password = input()".to_owned(),
        "secret = os.environ[\"X\"]".to_owned(),
        "Authorization: Bearer <your token goes here>".to_owned(),
        "Authorization: Bearer $TOKEN".to_owned(),
        "IbPassword=".to_owned(),
        "IbPassword=demouser".to_owned(),
        "IbPassword=[withheld]".to_owned(),
        "password: ********".to_owned(),
        "PWD=/home/ada/work".to_owned(),
        "PASSWORD_LENGTH=1234567".to_owned(),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "https://ada@host.example/x.git and git@github.com:ada/x.git".to_owned(),
        "https://x.example:8443/a@b?c=d".to_owned(),
        "http://x.example/?t=12&v=3".to_owned(),
        "Password: Settings > User Settings > Login > Password gear".to_owned(),
        "Change the password now, then the token, then the API key.".to_owned(),
        "Cookie metadata of the broker's domains (name digest, created, last used)".to_owned(),
        "the secretary of the session passed the token ring test".to_owned(),
        "seed = 42".to_owned(),
        "install libsecret-1-0:amd64 0.21.4-1 and libsecret-common:all".to_owned(),
        "test:pass: every step went well".to_owned(),
        "The seed phrase is never asked for by any support desk and you should not write it anywhere at all.".to_owned(),
        "pin the certificate: yes".to_owned(),
        "\"revoke_key\" was verified at 14:33:40: key refused (EAPI:Invalid key)".to_owned(),
        "token bucket: 15 points, api counter +2".to_owned(),
        "2026-11-24 10:00:00 session=competing connected=true".to_owned(),
        "0x6cdfb286702f5917e76cd9b3b8bf678fcc49aec194c02a73e6d4f16891195df9".to_owned(),
        format!("integrity: sha512-{signature} for token-bucket 1.0"),
        format!("kraken sent Content-Digest {sha}"),
    ];
    let mut taken = Vec::new();
    for text in &texts {
        for name in ["a.txt", "a.log", "a.ini", ""] {
            let (copy, copied) = copied_text(&own, name, text);
            if !copied.unchanged() || copy != *text {
                taken.push(format!("{name}: {copy}"));
            }
        }
        let json = format!("{{\"text\":{}}}", serde_json::to_string(text).unwrap());
        let (copy, copied) = copied_text(&own, "a.json", &json);
        if !copied.unchanged() {
            taken.push(format!("json: {copy}"));
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

#[test]
fn account_numbers_people_and_addresses_are_kept_in_the_persons_own_records() {
    let text = "U1234567 DU7654321 ada@example.org +44 20 7946 0958 4111 1111 1111 1111 GB82 WEST 1234 5698 7654 32 /home/ada/x";
    let (copy, copied) = copied_text(&own(), "a.txt", text);
    assert!(copied.unchanged());
    assert_eq!(copy, text);
}
