// The texts in use. Another language is another file of the same type, chosen here.
import { en } from "./en";

/** What every language has. */
export type Texts = typeof en;

export const texts: Texts = en;
