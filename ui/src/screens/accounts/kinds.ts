// The kinds of doors, the venue of each, and whether it signs with a key.
import type { DoorDraft } from "../../bindings";

export const VENUES = ["ibkr", "kraken", "deribit"] as const;
export type Venue = (typeof VENUES)[number];
export const KINDS = ["tws", "client-portal", "ibc", "flex", "spot", "futures", "api"] as const;
export type Kind = (typeof KINDS)[number];

const venueOf: Record<Kind, Venue> = { tws: "ibkr", "client-portal": "ibkr", ibc: "ibkr", flex: "ibkr", spot: "kraken", futures: "kraken", api: "deribit" };

export const kindsOf = (venue: string): Kind[] => KINDS.filter((kind) => venueOf[kind] === venue);

/** Whether such a door signs its requests with a key from the keychain. */
export const signs = (kind: Kind): boolean => kind === "flex" || venueOf[kind] !== "ibkr";

export const emptyDoor = (kind: Kind): DoorDraft => ({ kind, address: "", username: "", pin: "", clientId: "", allowRemote: false });
