"""Trades at a Client Portal gateway at HOST:PORT, whose certificate has the SHA-256 PIN, with a
client that others wrote: places two orders, lists everybody's, cancels one, cancels all, logs out.
It prints what it saw as one JSON object and exits with 1, and the reason, when that is not what
should have been.
"""

import hashlib
import json
import os
import ssl
import sys
import tempfile
import threading
import time

# read when the client is imported: it is to write nothing but its answers
os.environ["IBIND_LOG_TO_FILE"] = "false"
os.environ["IBIND_LOG_TO_CONSOLE"] = "false"

from ibind import ExternalBrokerError, IbkrClient, OrderRequest, QuestionType

# the whole script
DEADLINE = 60

# the venue lists orders, and trades, once in five seconds, and takes ten requests a second
BETWEEN_LISTS = 5.1
BETWEEN_REQUESTS = 0.11

WORKING = {"PendingSubmit", "PreSubmitted", "Submitted", "PendingCancel"}

ANSWERS = {
    QuestionType.PRICE_PERCENTAGE_CONSTRAINT: True,
    "no market data": True,
}


class Wrong(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Wrong(what)


def certificate(host, port, pin):
    """The gateway's certificate in PEM, if it is the pinned one."""
    pem = ssl.get_server_certificate((host, port), timeout=10)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    check(digest == pin, f"the certificate is {digest}")
    return pem


class Paced(IbkrClient):
    """Asks as fast as the venue allows, and no faster."""

    def _request(self, *arguments, **named):
        time.sleep(BETWEEN_REQUESTS)
        return super()._request(*arguments, **named)


class Lists:
    """The list of orders, as often as the venue allows."""

    def __init__(self, client):
        self.client = client
        self.next = 0

    def orders(self):
        time.sleep(max(0, self.next - time.monotonic()))
        rows = self.client.live_orders().data["orders"]
        self.next = time.monotonic() + BETWEEN_LISTS
        return rows

    def working(self):
        return {row["orderId"]: row for row in self.orders() if row["status"] in WORKING}


def reads(client, saw):
    """Everything that only reads."""
    check(client.check_health(), "the tickle says that the session is not well")
    status = client.authentication_status().data
    check(status["authenticated"] and not status["competing"], f"status {status}")
    check(client.validate().data["RESULT"] is True, "the login is not valid")
    accounts = client.receive_brokerage_accounts().data
    client.account_id = accounts["selectedAccount"]
    check(accounts["accounts"] == [client.account_id], f"accounts {accounts['accounts']}")
    listed = [row["accountId"] for row in client.portfolio_accounts().data]
    check(listed == [client.account_id], f"portfolio accounts {listed}")
    positions = client.positions().data
    uncached = client.positions2().data
    check(len(positions) == len(uncached), f"{len(positions)} and {len(uncached)} positions")
    ledger = client.get_ledger().data
    check("BASE" in ledger, f"ledger of {list(ledger)}")
    summary = client.portfolio_summary().data
    worth = ledger["BASE"]["netliquidationvalue"]
    check(summary["netliquidation"]["amount"] == worth, "the ledger and the summary disagree")
    check(client.trades(days="7").data == [], "the first list of trades is not empty")
    saw["account"] = client.account_id
    saw["positions"] = {row["contractDesc"]: row["position"] for row in positions}
    saw["worth"] = worth


def place(client, nth):
    request = OrderRequest(
        conid=265598,
        side="BUY",
        quantity=nth,
        order_type="LMT",
        price=1.25,
        acct_id=client.account_id,
        coid=f"crosscheck-{nth}",
        tif="GTC",
    )
    placed = client.place_order(request, ANSWERS).data
    check("order_id" in placed, f"placing was answered {placed}")
    return int(placed["order_id"])


def trades(client, saw):
    """Places, lists, cancels one, cancels all."""
    lists = Lists(client)
    check(lists.orders() == [], "the first list of a session is not empty")
    mine = [place(client, nth) for nth in (1, 2)]
    before = lists.working()
    check(set(mine) <= set(before), f"{mine} are not all in {sorted(before)}")
    for nth, order in enumerate(mine, start=1):
        row = before[order]
        told = (row["ticker"], row["side"], row["totalSize"], row["price"], row["order_ref"])
        check(told == ("AAPL", "BUY", nth, "1.25", f"crosscheck-{nth}"), f"order {nth} is {told}")

    answer = client.cancel_order(mine[0]).data
    check(answer["msg"] == "Request was submitted", f"the cancel was answered {answer}")
    gone = client.order_status(mine[0]).data
    for _ in range(20):
        if gone["order_status"] == "Cancelled":
            break
        # the venue answers a cancel before it is done
        gone = client.order_status(mine[0]).data
    check(gone["order_status"] == "Cancelled", f"the order is {gone['order_status']}")
    check(gone["cannot_cancel_order"], "a cancelled order can be cancelled")
    again = client.cancel_order(mine[0]).data
    check("error" in again, f"a second cancel was answered {again}")
    unknown = client.cancel_order(1).data
    check("doesn't exist" in unknown.get("error", ""), f"order 1 was answered {unknown}")

    answer = client.cancel_order(-1).data
    check(answer["order_id"] == -1, f"the cancel of all was answered {answer}")
    rows = lists.orders()
    left = {row["orderId"]: row["status"] for row in rows if row["status"] in WORKING}
    check(not left, f"still working: {left}")
    check(set(before) <= {row["orderId"] for row in rows}, "cancelled orders are not listed")
    client.trades(days="7")
    saw["placed"] = mine
    saw["before"] = len(before)
    saw["after"] = len(left)


def seat(client, saw):
    """Takes the brokerage seat, and ends the login."""
    status = client.initialize_brokerage_session(compete=True).data
    check(status["authenticated"], f"competing was answered {status}")
    check(client.logout().data == {"status": True}, "the logout was not taken")
    try:
        client.receive_brokerage_accounts()
    except ExternalBrokerError as error:
        saw["after_logout"] = error.status_code
    check(saw.get("after_logout") == 401, "the gateway answers after the logout")


def main():
    address, pin = sys.argv[1:]
    host, port = address.rsplit(":", 1)
    # whatever hangs, this does not
    watchdog = threading.Timer(DEADLINE, lambda: os._exit(2))
    watchdog.daemon = True
    watchdog.start()
    saw = {}
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as trusted:
        try:
            trusted.write(certificate(host, int(port), pin))
            trusted.flush()
            client = Paced(
                host=host,
                port=port,
                cacert=trusted.name,
                max_retries=0,
                auto_register_shutdown=False,
            )
            reads(client, saw)
            trades(client, saw)
            seat(client, saw)
        except (Wrong, ExternalBrokerError) as wrong:
            print(wrong, file=sys.stderr)
            return 1
    print(json.dumps(saw))
    return 0


if __name__ == "__main__":
    sys.exit(main())
