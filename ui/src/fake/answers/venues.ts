// What the fake backend says that venues call things: as the program ships it, in part.
import type { DoorWords, ScopeWords, VenueWords } from "../../bindings";

const scope = (name: string, why: string): ScopeWords => ({ name, why });

const kraken = "https://www.kraken.com/u/security/api";
const spot: DoorWords = {
  kind: "spot",
  label: "Spot and margin",
  about: "Orders of spot and margin, conditional ones too, and what leaves the account. It needs a key of its own.",
  addresses: [{ address: "https://api.kraken.com", environment: "live" }],
  key: "API key",
  secret: "Private key",
  make: { menu: "Your name, upper right > Settings > API > Create API key", link: kraken, lastChecked: "2026-11-24" },
  delete: { menu: "Your name, upper right > Settings > API > the key in the list", link: kraken, lastChecked: null },
  least: [
    scope("Query Funds", "reads the balances, for the record"),
    scope("Query Open Orders & Trades", "lists what is open: without it nothing is proved"),
    scope("Cancel/Close Orders", "cancels every order, and sets the dead-man's switch"),
  ],
  refuse: [scope("Withdraw Funds", "whoever has the key could take the money; without it you cancel a pending withdrawal on the page yourself")],
};
const futures: DoorWords = {
  ...spot,
  kind: "futures",
  label: "Futures",
  about: "Orders of futures and their triggers. Kraken keeps these apart from spot, with a key of their own.",
  addresses: [
    { address: "https://futures.kraken.com", environment: "live" },
    { address: "https://demo-futures.kraken.com", environment: "paper" },
  ],
  key: "Public key",
  least: [scope("General API: Full Access", "cancels orders; Kraken has nothing narrower that may, so this key may also trade")],
  refuse: [scope("Withdrawal API: Full Access", "whoever has the key could take the money: choose No Access")],
};
const deribit = "https://www.deribit.com/account/BTC/api";
const api: DoorWords = {
  kind: "api",
  label: "API",
  about: "Options, futures, spot and triggers, of the main account and its sub-accounts.",
  addresses: [
    { address: "https://www.deribit.com", environment: "live" },
    { address: "https://test.deribit.com", environment: "paper" },
  ],
  key: "Client ID",
  secret: "Client Secret",
  make: { menu: "Account panel, upper right > API > Add new key", link: deribit, lastChecked: "2026-11-24" },
  delete: { menu: "Account panel, upper right > API > the key in the list", link: deribit, lastChecked: null },
  least: [scope("account:read_write", "lists the keys and logins, cuts keys, blocks products and sub-account logins"), scope("trade:read_write", "cancels every order")],
  refuse: [scope("wallet:read_write", "may ask for a withdrawal")],
};

export const venues: VenueWords[] = [
  { venue: "ibkr", advice: "", doors: [] },
  { venue: "kraken", advice: "Make a key for Firebreak alone. A bot that shares it spoils its nonces, and its key could not be deleted without losing this one.", doors: [spot, futures] },
  { venue: "deribit", advice: "Make a key for Firebreak alone, on the main account. A press then cuts every other key first, and can still see what is left.", doors: [api] },
];
