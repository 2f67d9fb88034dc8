"""Downloads two statements from the Flex Web Service at URL with a client that others wrote, ibflex,
and reads them with it: the activity statement of one query and the trade confirmations of another.
From standard input it reads the token, and the certificate of the authority that it trusts. It prints
what it saw as one JSON object and exits with 1, and the reason, when that is not what should have been.
"""

import json
import os
import sys
import tempfile
import threading
import time
import types
import warnings

from ibflex import client, parser

# the whole script
DEADLINE = 45


class Wrong(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Wrong(what)


def download(token, query):
    # the service allows one request a second
    time.sleep(1.1)
    return parser.parse(client.download(token, query)).FlexStatements


def main():
    url, activity, confirmations = sys.argv[1:]
    token, certificate = sys.stdin.read().split("\n", 1)
    client.REQUEST_URL = url + "/AccountManagement/FlexWebService/SendRequest"
    # its waits are longer than this service needs
    client.time = types.SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, 1.1)))
    os.environ["NO_PROXY"] = "*"
    # a field or a row that it does not know is a fault of the statement
    warnings.simplefilter("error")
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        authority.write(certificate)
        authority.flush()
        os.environ["REQUESTS_CA_BUNDLE"] = authority.name
        try:
            (around,) = download(token, activity)
            (trades,) = download(token, confirmations)
            time.sleep(1.1)
            try:
                client.download("0" * 24, activity)
                raise Wrong("a wrong token was taken")
            except client.ResponseCodeError as refused:
                check(refused.code == "1015", f"code {refused.code}")
            fills = [row for row in around.Trades if row.levelOfDetail == "EXECUTION"]
            check(all(row.fifoPnlRealized is not None for row in fills), "nothing realised")
            check(all(row.dateTime is not None for row in fills), "a fill without its time")
            confirmed = [row for row in trades.TradeConfirms if row.levelOfDetail == "EXECUTION"]
            (withdrawn,) = around.CashTransactions
            saw = {
                "account": around.accountId,
                "fills": [row.ibExecID for row in fills],
                "confirmed": [row.execID for row in confirmed],
                "withdrawn": str(withdrawn.amount),
                "positions": len(around.OpenPositions),
            }
        except (Wrong, client.IbflexClientError, parser.FlexParserError, Warning) as wrong:
            print(f"{type(wrong).__name__}: {wrong}", file=sys.stderr)
            return 1
    print(json.dumps(saw))
    return 0


if __name__ == "__main__":
    deadline = threading.Timer(DEADLINE, os._exit, [1])
    deadline.daemon = True
    deadline.start()
    sys.exit(main())
