"""Cancels every order at an exchange by its client's own call for it: the least that a person would
write. VENUE is `kraken` or `deribit`; standard input is one JSON object with `authority` (the
certificate that is trusted), `url`, `key` and `secret`.

The baseline of the `exchange` benchmark. It records nothing and proves nothing.
"""

import json
import os
import sys
import tempfile


def trust(authority):
    file = tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False)
    with file:
        file.write(authority)
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = file.name
    return file.name


if __name__ == "__main__":
    given = json.load(sys.stdin)
    pem = trust(given["authority"])
    try:
        if sys.argv[1] == "kraken":
            from kraken.spot import Trade

            Trade(given["key"], given["secret"], given["url"]).cancel_all_orders()
        else:
            import ccxt

            exchange = ccxt.deribit({"apiKey": given["key"], "secret": given["secret"]})
            exchange.urls["api"] = {"rest": given["url"]}
            exchange.session.trust_env = False
            exchange.validateServerSsl = pem
            exchange.load_markets()
            exchange.cancel_all_orders()
    finally:
        os.unlink(pem)
