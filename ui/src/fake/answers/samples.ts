// A runbook's text that the fake knows, with a branch that it sits on.
export const SAMPLE = `id = "leaked-api-key"
title = "An API key leaked, or a bot runs wild"
when = "Orders that you did not place carry your bot's client id or key."
activity = ["containment"]

[[step]]
id = "capture"
title = "Record orders, fills, positions and sessions"
lever = "capture"
accounts = "all"
deadline = "2s"

[[step]]
id = "stop-bots"
title = "Stop the bots on this machine"
lever = "stop_automation"
accounts = "all"

[[step]]
id = "revoke"
title = "Revoke the API keys"
lever = "revoke_key"
accounts = "all"
after = ["capture"]

[[step]]
id = "cancel"
title = "Cancel every open order"
lever = "cancel_orders"
accounts = "all"
after = ["revoke"]
deadline = "30s"
hold_until = ["revoke", "log-out"]

[[step]]
id = "bots-elsewhere"
title = "Stop the bots on other machines"
manual = "Stop every bot and script that uses this key or this login, and what restarts it. Do not roll back and try again."
read_back = { ask = "How many of them still run?", format = "number", want = "0" }
`;

export const CLEAN = SAMPLE.replace('after = ["capture"]', 'after = ["cancel"]').replace('after = ["revoke"]', 'after = ["capture"]').replace(
  'read_back = {',
  'contact = "ibkr-security"\nread_back = {',
);
