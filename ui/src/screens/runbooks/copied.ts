// A new runbook's first text: another one's, under an id and a title of its own.
import type { Document } from "../../bindings";
import { texts } from "../../texts";

export function copied(document: Document): string {
  const t = texts.runbooks;
  let text = replaced(document.text, "id", t.myId(document.id));
  text = replaced(text, "title", t.myTitle(document.title));
  return text;
}

/** The first line of that key before any step. What cannot be found is left: the linter says the rest. */
function replaced(text: string, key: string, value: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => line.trimStart().startsWith("["));
  const at = lines.findIndex((line) => new RegExp(`^\\s*${key}\\s*=`).test(line));
  if (at < 0 || (end >= 0 && at > end)) return text;
  lines[at] = `${key} = ${JSON.stringify(value)}`;
  return lines.join("\n");
}
