"""Trades at Deribit's API at URL with a client that others wrote, ccxt: loads the markets, places
two orders, lists them, cancels one and then all, and asks what the key may do. From standard input
it reads the key, its secret, a one-time code, and the certificate of the authority that it trusts.
It prints what it saw as one JSON object and exits with 1, and the reason, when that
is not what should have been.
"""

import json
import os
import sys
import tempfile
import threading
import time

import ccxt

# the whole script
DEADLINE = 60

PERPETUAL = "ETH/USD:ETH"


class Wrong(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Wrong(what)


def client(url, authority, key, secret):
    exchange = ccxt.deribit({"apiKey": key, "secret": secret, "timeout": 10_000})
    exchange.urls["api"] = {"rest": url}
    exchange.session.trust_env = False
    # what it passes to each request as whom to trust
    exchange.validateServerSsl = authority
    return exchange


def until(holds, what):
    """The venue cancels a moment after it has taken a cancel."""
    ends = time.monotonic() + 10
    while not holds():
        check(time.monotonic() < ends, what)
        time.sleep(0.1)


def trades(exchange, saw):
    markets = exchange.load_markets()
    saw["markets"] = sorted(market["id"] for market in markets.values())
    check(PERPETUAL in markets, "no perpetual")
    before = {order["id"] for order in exchange.fetch_open_orders(PERPETUAL)}

    limit = exchange.create_order(PERPETUAL, "limit", "buy", 10, 1.5)
    stop = exchange.create_order(PERPETUAL, "market", "sell", 10, None, {"stopLossPrice": 1})
    placed = {limit["id"], stop["id"]}
    saw["placed"] = sorted(placed)
    listed = {order["id"] for order in exchange.fetch_open_orders(PERPETUAL)}
    check(listed == before | placed, f"{listed} is not {before | placed}")
    check(exchange.fetch_order(limit["id"])["status"] == "open", "the limit order is not open")

    exchange.cancel_order(limit["id"])
    until(
        lambda: exchange.fetch_order(limit["id"])["status"] == "canceled",
        "the cancelled order is open",
    )
    try:
        exchange.cancel_order(limit["id"])
        raise Wrong("an order was cancelled twice")
    except ccxt.InvalidOrder:
        pass
    exchange.cancel_all_orders()
    until(
        lambda: exchange.privateGetGetOpenOrdersByCurrency({"currency": "ETH"})["result"] == [],
        "orders are open after cancelling all",
    )


def reads(exchange, code, saw):
    saw["clock"] = exchange.fetch_time()
    saw["positions"] = len(exchange.fetch_positions())
    saw["equity"] = exchange.fetch_balance({"code": "BTC"})["total"]
    saw["withdrawals"] = len(exchange.fetch_withdrawals("USDC"))
    saw["accounts"] = len(exchange.fetch_accounts())
    # what the key is and may do is told only with a one-time code
    asked = exchange.privateGetListApiKeys()["result"]
    check(asked["security_key_authorization_required"] is True, "keys without a code")
    with_code = {"authorization_data": code, "challenge": asked["challenge"]}
    keys = exchange.privateGetListApiKeys(with_code)["result"]
    saw["keys"] = {key["name"]: key["max_scope"] for key in keys}
    check(len(exchange.privateGetGetAccessLog()["result"]["data"]) > 0, "no access log")
    try:
        exchange.privateGetRemoveApiKey({"id": 1})
        raise Wrong("a key that may only read the account removed one")
    except ccxt.PermissionDenied:
        pass


def wrong_key(url, authority, key):
    try:
        client(url, authority, key, "wrong").privateGetGetAccountSummaries()
    except ccxt.AuthenticationError:
        return
    raise Wrong("a wrong secret was taken")


def main():
    (url,) = sys.argv[1:]
    key, secret, code, certificate = sys.stdin.read().split("\n", 3)
    saw = {}
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        authority.write(certificate)
        authority.flush()
        try:
            exchange = client(url, authority.name, key, secret)
            trades(exchange, saw)
            reads(exchange, code, saw)
            wrong_key(url, authority.name, key)
        except (Wrong, ccxt.BaseError) as wrong:
            print(f"{type(wrong).__name__}: {wrong}", file=sys.stderr)
            return 1
    print(json.dumps(saw))
    return 0


if __name__ == "__main__":
    deadline = threading.Timer(DEADLINE, os._exit, [1])
    deadline.daemon = True
    deadline.start()
    sys.exit(main())
