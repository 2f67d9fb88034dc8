// How a bundle is sealed, as the person chooses it. A passphrase is kept here only until it was used.
import type { ExportChoices } from "../../../bindings";
import { texts } from "../../../texts";

/** Who can open it. */
export type Opens = "everyone" | "recipients" | "passphrase";

// the alphabet of Bech32; an X25519 recipient has 62 letters, a hybrid one has many more
const RECIPIENT = /^age1(?:[02-9ac-hj-np-z]{58}|pq1[02-9ac-hj-np-z]{100,})$/;

/** Whether it has the shape of an age recipient. */
export const isRecipient = (text: string): boolean => RECIPIENT.test(text.trim());

const isAddress = (text: string): boolean => /^https?:\/\/[^\s/]+/.test(text.trim());
const t = texts.evidence.seal;

/** What is wrong, a field each. */
export interface Wrong {
  recipient?: string;
  passphrase?: string;
  again?: string;
  originals?: string;
  stamp?: string;
  volume?: string;
}

export class Sealing {
  opens: Opens = $state("everyone");
  /** Those that were chosen, each once. */
  recipients: string[] = $state([]);
  /** One that is typed and not added yet. */
  typed = $state("");
  passphrase = $state("");
  again = $state("");
  withOriginals = $state(false);
  originalsTo = $state("");
  stamp = $state(false);
  /** As typed; none until it was touched. */
  authority: string | null = $state(null);
  split = $state(false);
  volume = $state("20");
  /** Whether mistakes are shown: from the first try on. */
  shown = $state(false);

  add(recipient: string): void {
    const one = recipient.trim();
    if (one !== "" && !this.recipients.includes(one)) this.recipients = [...this.recipients, one];
  }

  drop(recipient: string): void {
    this.recipients = this.recipients.filter((one) => one !== recipient);
  }

  forgetPassphrase(): void {
    this.passphrase = "";
    this.again = "";
    this.shown = false;
  }

  /** What stands in the way. `known` is the authority of the settings. */
  wrong(known: string | null): Wrong {
    const wrong: Wrong = {};
    if (this.opens === "recipients") {
      if (this.typed.trim() !== "" && !isRecipient(this.typed)) wrong.recipient = t.recipientWrong;
      else if (this.typed.trim() === "" && this.recipients.length === 0) wrong.recipient = t.recipientMissing;
    }
    if (this.opens === "passphrase") {
      if (this.passphrase === "") wrong.passphrase = t.passphraseMissing;
      else if (this.passphrase !== this.again) wrong.again = t.passphraseDiffers;
    }
    if (this.withOriginals && !isRecipient(this.originalsTo)) wrong.originals = t.recipientWrong;
    if (this.stamp && !isAddress(this.authority ?? known ?? "")) wrong.stamp = t.stampWrong;
    if (this.split && !/^[1-9]\d{0,4}$/.test(this.volume.trim())) wrong.volume = t.volumeWrong;
    return wrong;
  }

  /** As the program is asked. */
  choices(profile: string, known: string | null): ExportChoices {
    const typed = this.typed.trim();
    return {
      profile,
      recipients: this.opens !== "recipients" ? [] : typed === "" || this.recipients.includes(typed) ? [...this.recipients] : [...this.recipients, typed],
      passphrase: this.opens === "passphrase" ? this.passphrase : "",
      originalsTo: this.withOriginals ? this.originalsTo.trim() : "",
      timeStamp: this.stamp ? (this.authority ?? known ?? "").trim() : "",
      volumeMb: this.split ? Number(this.volume.trim()) : null,
    };
  }
}
