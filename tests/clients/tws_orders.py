"""Trades at TWS at HOST:PORT with the broker's own client: places three orders, lists everybody's,
cancels one, cancels all, and then ticks read-only. It prints what it saw as one JSON object and
exits with 1, and the reason, when that is not what should have been.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from decimal import Decimal

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.protobuf.ApiConfig_pb2 import ApiConfig
from ibapi.protobuf.ApiSettingsConfig_pb2 import ApiSettingsConfig
from ibapi.protobuf.ConfigRequest_pb2 import ConfigRequest
from ibapi.protobuf.UpdateConfigRequest_pb2 import UpdateConfigRequest
from ibapi.wrapper import EWrapper

# the whole script, and any one answer
DEADLINE = 30
PATIENCE = 10

CLIENT_ID = 21


class Wrong(Exception):
    pass


class Trader(EWrapper, EClient):
    """Remembers what it hears; `wait` waits for something to have been heard."""

    def __init__(self):
        EWrapper.__init__(self)
        EClient.__init__(self, wrapper=self)
        self.news = threading.Condition()
        self.accounts = None
        self.next_id = None
        self.times = {}
        self.listed = {}
        self.status = defaultdict(list)
        self.codes = []
        self.ended = set()
        self.completed = []
        self.held = []
        self.values = {}
        self.settings = None
        self.changed = None

    def wait(self, what, done):
        with self.news:
            if not self.news.wait_for(done, PATIENCE):
                raise Wrong(f"no {what} within {PATIENCE} s; heard {self.codes}")

    def heard(self, change):
        with self.news:
            change()
            self.news.notify_all()

    def list_open(self, ask):
        self.listed = {}
        self.ended.discard("open")
        ask()
        self.wait("end of open orders", lambda: "open" in self.ended)
        return self.listed

    # what the server says

    def managedAccounts(self, accountsList):
        self.heard(lambda: setattr(self, "accounts", accountsList))

    def nextValidId(self, orderId):
        self.heard(lambda: setattr(self, "next_id", orderId))

    def currentTime(self, time):
        self.heard(lambda: self.times.update(seconds=time))

    def currentTimeInMillis(self, timeInMillis):
        self.heard(lambda: self.times.update(millis=timeInMillis))

    def error(self, reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=""):
        self.heard(lambda: self.codes.append([reqId, errorCode]))

    def openOrder(self, orderId, contract, order, orderState):
        row = {
            "order_id": orderId,
            "client_id": order.clientId,
            "symbol": contract.symbol,
            "action": order.action,
            "quantity": str(order.totalQuantity),
            "status": orderState.status,
        }
        self.heard(lambda: self.listed.update({order.permId: row}))

    def orderStatus(
        self, orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice,
        clientId, whyHeld, mktCapPrice,
    ):  # fmt: skip
        self.heard(lambda: self.status[permId].append(status))

    def openOrderEnd(self):
        self.heard(lambda: self.ended.add("open"))

    def completedOrder(self, contract, order, orderState):
        self.heard(lambda: self.completed.append([order.permId, orderState.completedStatus]))

    def completedOrdersEnd(self):
        self.heard(lambda: self.ended.add("completed"))

    def execDetailsEnd(self, reqId):
        self.heard(lambda: self.ended.add("executions"))

    def position(self, account, contract, position, avgCost):
        self.heard(lambda: self.held.append([contract.symbol, str(position)]))

    def positionEnd(self):
        self.heard(lambda: self.ended.add("positions"))

    def accountSummary(self, reqId, account, tag, value, currency):
        self.heard(lambda: self.values.update({tag: value}))

    def accountSummaryEnd(self, reqId):
        self.heard(lambda: self.ended.add("summary"))

    def configResponseProtoBuf(self, configResponseProto):
        self.heard(lambda: setattr(self, "settings", configResponseProto.api.settings))

    def updateConfigResponseProtoBuf(self, updateConfigResponseProto):
        self.heard(lambda: setattr(self, "changed", updateConfigResponseProto))


def check(holds, what):
    if not holds:
        raise Wrong(what)


def resting(quantity):
    order = Order()
    order.action = "BUY"
    order.orderType = "LMT"
    order.totalQuantity = Decimal(quantity)
    order.lmtPrice = 1.25
    order.tif = "GTC"
    return order


def apple():
    contract = Contract()
    contract.symbol, contract.secType = "AAPL", "STK"
    contract.exchange, contract.currency = "SMART", "USD"
    return contract


def reads(trader, saw):
    """Everything that only reads."""
    trader.wait("start", lambda: trader.accounts and trader.next_id is not None)
    saw["account"] = trader.accounts
    saw["server_version"] = trader.serverVersion()
    trader.reqCurrentTime()
    trader.reqCurrentTimeInMillis()
    trader.wait("time", lambda: len(trader.times) == 2)
    ahead = trader.times["millis"] / 1000 - time.time()
    check(abs(ahead) < 60, f"the server's clock is {ahead} s ahead")
    trader.reqPositions()
    trader.wait("end of positions", lambda: "positions" in trader.ended)
    trader.reqAccountSummary(901, "All", "NetLiquidation,TotalCashValue")
    trader.wait("end of the summary", lambda: "summary" in trader.ended)
    check(set(trader.values) == {"NetLiquidation", "TotalCashValue"}, f"values {trader.values}")
    trader.reqExecutions(902, ExecutionFilter())
    trader.wait("end of executions", lambda: "executions" in trader.ended)
    saw["positions"] = trader.held
    saw["values"] = trader.values


def trades(trader, saw):
    """Places, lists, cancels one, cancels all."""
    before = dict(trader.list_open(trader.reqAllOpenOrders))
    first = trader.next_id
    for nth in range(3):
        trader.placeOrder(first + nth, apple(), resting(nth + 1))
    mine = lambda: [it for it in trader.listed.values() if it["client_id"] == CLIENT_ID]
    trader.wait("three orders", lambda: len(mine()) == 3)
    own = trader.list_open(trader.reqOpenOrders)
    check(len(own) == 3, f"own orders {own}")
    listed = dict(trader.list_open(trader.reqAllOpenOrders))
    check(len(listed) == len(before) + 3, f"{len(before)} orders and three more are {len(listed)}")
    saw["listed"] = list(listed.values())

    trader.cancelOrder(first, OrderCancel())
    trader.wait("202", lambda: [first, 202] in trader.codes)
    gone = next(perm for perm, it in listed.items() if it["order_id"] == first)
    check(trader.status[gone][-1] == "Cancelled", f"states {trader.status[gone]}")
    saw["states"] = trader.status[gone]
    trader.cancelOrder(first, OrderCancel())
    trader.wait("10148", lambda: [first, 10148] in trader.codes)
    trader.cancelOrder(first + 500, OrderCancel())
    trader.wait("10147", lambda: [first + 500, 10147] in trader.codes)

    trader.reqGlobalCancel(OrderCancel())
    for nth in (1, 2):
        trader.wait("202", lambda: [first + nth, 202] in trader.codes)
    for _ in range(100):
        left = trader.list_open(trader.reqAllOpenOrders)
        if not left:
            break
        # there is no acknowledgement to wait for; the server takes 50 messages a second
        time.sleep(0.05)
    check(not left, f"still open: {left}")
    trader.reqCompletedOrders(False)
    trader.wait("end of completed orders", lambda: "completed" in trader.ended)
    check(len(trader.completed) == len(listed), f"completed {trader.completed}")


def settings(trader, saw):
    """Ticks read-only, reads it back, and is refused."""
    trader.reqConfigProtoBuf(ConfigRequest(reqId=903))
    trader.wait("settings", lambda: trader.settings is not None)
    check(not trader.settings.readOnlyApi, "read-only from the beginning")
    tick = ApiConfig(settings=ApiSettingsConfig(readOnlyApi=True))
    trader.updateConfigProtoBuf(UpdateConfigRequest(reqId=904, api=tick))
    trader.wait("the change", lambda: trader.changed is not None)
    trader.settings = None
    trader.reqConfigProtoBuf(ConfigRequest(reqId=905))
    trader.wait("settings", lambda: trader.settings is not None)
    check(trader.settings.readOnlyApi, "read-only did not stay")
    trader.reqGlobalCancel(OrderCancel())
    trader.wait("321", lambda: [-1, 321] in trader.codes)
    saw["changed"] = list(trader.changed.changedFields)


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    # whatever hangs, this does not
    watchdog = threading.Timer(DEADLINE, lambda: os._exit(2))
    watchdog.daemon = True
    watchdog.start()
    trader = Trader()
    saw = {}
    trader.connect(host, int(port), clientId=CLIENT_ID)
    threading.Thread(target=trader.run, daemon=True).start()
    try:
        reads(trader, saw)
        trades(trader, saw)
        settings(trader, saw)
        saw["codes"] = trader.codes
        news = {2104, 2106, 2158}
        check(news <= {code for _, code in trader.codes}, f"no farm news in {trader.codes}")
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    finally:
        trader.disconnect()
    print(json.dumps(saw))
    return 0


if __name__ == "__main__":
    sys.exit(main())
