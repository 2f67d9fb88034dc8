"""Trades at Kraken's two APIs with a client that others wrote: places, lists, cancels one, cancels
all, sets the dead-man's switch and takes it off, reads what the key may do, and is refused with a
wrong key.

Standard input is one JSON object, {"authority": PEM, "spot": {"url", "key", "secret"}, "futures":
...}: keys stand on no command line. It prints what it saw as one JSON object and exits with 1, and
the reason, when that is not what should have been.
"""

import json
import os
import sys
import tempfile
import threading
import time

from kraken.exceptions import (
    KrakenAuthenticationError,
    KrakenInvalidAPIKeyError,
    KrakenInvalidNonceError,
)
from kraken.futures import Trade as FuturesTrade
from kraken.futures import User as FuturesUser
from kraken.spot import Trade, User

# the whole script
DEADLINE = 60


class Wrong(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Wrong(what)


def until(holds, what):
    """A cancel is taken before it is done."""
    for _ in range(20):
        if holds():
            return
        time.sleep(0.05)
    raise Wrong(what)


def spot(at, saw):
    trade = Trade(key=at["key"], secret=at["secret"], url=at["url"])
    user = User(key=at["key"], secret=at["secret"], url=at["url"])

    info = trade.request("POST", "/0/private/GetApiKeyInfo")
    check(info["apiKeyName"] == "sdk", f"the key is {info}")
    check("modify-trades" in info["permissions"], f"the key may {info['permissions']}")
    balance = user.get_account_balance()
    check(float(balance["XXBT"]) > 0, f"the balance is {balance}")

    before = set(user.get_open_orders()["open"])
    placed = []
    for nth in (1, 2):
        answer = trade.create_order(
            ordertype="limit",
            side="buy",
            pair="XBTUSD",
            volume=f"0.{nth}",
            price="1.5",
            cl_ord_id=f"crosscheck-{nth}",
        )
        placed += answer["txid"]
    check(len(set(placed)) == 2, f"placing was answered {placed}")
    listed = user.get_open_orders()["open"]
    check(set(placed) | before == set(listed), f"{placed} and {len(before)} more are not listed")
    for order, volume in zip(placed, ("0.10000000", "0.20000000")):
        row = listed[order]
        told = (row["descr"]["pair"], row["descr"]["type"], row["vol"])
        check(told == ("XBTUSD", "buy", volume), f"order {order} is {told}")

    check(trade.cancel_order(placed[0])["count"] == 1, "the cancel was not taken")

    def is_gone():
        return user.get_orders_info(txid=placed[0])[placed[0]]["status"] == "canceled"

    until(is_gone, "the order is not cancelled")

    fires = trade.cancel_all_orders_after_x(timeout=60)
    check(fires["triggerTime"] > fires["currentTime"], f"the switch was answered {fires}")
    check(trade.cancel_all_orders_after_x(timeout=0)["triggerTime"] == "0", "it is not taken off")

    count = trade.cancel_all_orders()["count"]
    check(count == len(before) + 1, f"{count} orders were cancelled")
    until(lambda: not user.get_open_orders()["open"], "orders are open after the cancel of all")
    saw["spot"] = {"placed": placed, "before": len(before), "cancelled": count}


def spot_refusals(at, saw):
    stranger = User(key="bm9ib2R5", secret=at["secret"], url=at["url"])
    try:
        stranger.get_account_balance()
    except KrakenInvalidAPIKeyError:
        saw["unknown_key"] = True
    check(saw.get("unknown_key"), "an unknown key was let in")

    late = User(key=at["key"], secret=at["secret"], url=at["url"])
    late.get_nonce = lambda: "1"
    try:
        late.get_account_balance()
    except KrakenInvalidNonceError:
        saw["old_nonce"] = True
    check(saw.get("old_nonce"), "an old nonce was let in")


def futures(at, saw):
    trade = FuturesTrade(key=at["key"], secret=at["secret"], url=at["url"])
    user = FuturesUser(key=at["key"], secret=at["secret"], url=at["url"])

    info = trade.request("GET", "/api/auth/v1/api-keys/v3/check")
    check(info["permissions"]["general"] == "FULL_ACCESS", f"the key is {info}")
    check("flex" in user.get_wallets()["accounts"], "no wallets")

    before = {row["order_id"] for row in user.get_open_orders()["openOrders"]}
    placed = []
    for nth in (1, 2):
        answer = trade.create_order(
            orderType="lmt",
            size=nth,
            symbol="PF_XBTUSD",
            side="buy",
            limitPrice=1,
            cliOrdId=f"crosscheck-{nth}",
        )
        check(answer["sendStatus"]["status"] == "placed", f"placing was answered {answer}")
        placed.append(answer["sendStatus"]["order_id"])
    rows = {row["order_id"]: row for row in user.get_open_orders()["openOrders"]}
    check(set(placed) | before == set(rows), f"{placed} and {len(before)} more are not listed")
    told = [(rows[it]["symbol"], rows[it]["side"], rows[it]["unfilledSize"]) for it in placed]
    check(told == [("PF_XBTUSD", "buy", 1), ("PF_XBTUSD", "buy", 2)], f"{told}")

    answer = trade.cancel_order(order_id=placed[0])
    check(answer["cancelStatus"]["status"] == "cancelled", f"the cancel was answered {answer}")
    fires = trade.dead_mans_switch(timeout=60)["status"]
    check(fires["triggerTime"] > fires["currentTime"], f"the switch was answered {fires}")
    check(trade.dead_mans_switch(timeout=0)["status"]["triggerTime"] == "0", "it is not taken off")
    trade.cancel_all_orders()
    until(lambda: not user.get_open_orders()["openOrders"], "futures are open after the cancel")

    stranger = FuturesUser(key="bm9ib2R5", secret=at["secret"], url=at["url"])
    try:
        stranger.get_open_orders()
    except KrakenAuthenticationError:
        saw["unknown_futures_key"] = True
    check(saw.get("unknown_futures_key"), "an unknown key was let in")
    saw["futures"] = {"placed": placed, "before": len(before)}


def main():
    given = json.load(sys.stdin)
    # whatever hangs, this does not
    watchdog = threading.Timer(DEADLINE, lambda: os._exit(2))
    watchdog.daemon = True
    watchdog.start()
    saw = {}
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as trusted:
        trusted.write(given["authority"])
        trusted.flush()
        # the client asks for no certificates of its own
        os.environ["REQUESTS_CA_BUNDLE"] = trusted.name
        try:
            spot(given["spot"], saw)
            spot_refusals(given["spot"], saw)
            futures(given["futures"], saw)
        except Wrong as wrong:
            print(wrong, file=sys.stderr)
            return 1
    print(json.dumps(saw))
    return 0


if __name__ == "__main__":
    sys.exit(main())
