"""Connects to TWS at HOST:PORT and cancels every order: the least that a person would write.

The baseline of the `cold` benchmark. It records nothing and proves nothing.
"""

import sys

from ibapi.client import EClient
from ibapi.order_cancel import OrderCancel
from ibapi.wrapper import EWrapper


class CancelAll(EWrapper, EClient):
    def __init__(self):
        EWrapper.__init__(self)
        EClient.__init__(self, wrapper=self)

    def nextValidId(self, orderId):
        self.reqGlobalCancel(OrderCancel())


if __name__ == "__main__":
    host, port = sys.argv[1].rsplit(":", 1)
    client = CancelAll()
    client.connect(host, int(port), clientId=78)
    client.run()
