//! A live bundle, signed with a key that lives in a real keychain.

use tests::program::{Home, Simulator};

#[test]
fn a_live_bundle_is_signed_with_a_key_of_the_keychain_and_the_next_one_with_the_same() {
    let home = Home::with_keychain();
    let simulator = Simulator::start(&home, &["--venue", "ibkr-tws", "--orders", "3"]);
    home.add(&simulator.accounts[0]);
    let pressed = home.run(&["panic", "leaked-api-key", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());

    let signers = ["first.zip", "second.zip"].map(|name| {
        let bundle = home.path().join(name);
        let bundle = bundle.to_str().unwrap();
        let packed = home.run(&["bundle", "latest", "-o", bundle]);
        assert_eq!(packed.code(), Some(0), "{}", packed.all());
        let verified = home.run(&["verify", bundle]);
        assert_eq!(verified.code(), Some(0), "{}", verified.all());
        let text = verified.all();
        let at = text
            .find("SHA256:")
            .unwrap_or_else(|| panic!("no signer: {text}"));
        text[at..].split_whitespace().next().unwrap().to_owned()
    });
    assert_eq!(signers[0], signers[1]);
}
