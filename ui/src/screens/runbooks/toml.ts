// Colours for a runbook's text, a line at a time. It judges nothing: what is wrong is the linter's to say.

export type Kind = "plain" | "head" | "key" | "string" | "value" | "comment";

export interface Token {
  kind: Kind;
  text: string;
}

const SHAPES: readonly (readonly [Kind, RegExp])[] = [
  ["comment", /#.*/y],
  ["string", /"(?:[^"\\]|\\.)*"?|'[^']*'?/y],
  ["key", /[A-Za-z0-9_-]+(?=(?:\s*\.\s*[A-Za-z0-9_-]+)*\s*=)/y],
  ["value", /(?:true|false|[+-]?\d[\dA-Za-z:_.+-]*)(?![\w-])/y],
  ["plain", /[A-Za-z_][A-Za-z0-9_-]*/y],
];

const HEAD = /^\s*\[\[?[^"'\]]*\]\]?(?=\s*(?:#|$))/;

/** The coloured pieces of each line; put together they are the text as it was. */
export function tokens(text: string): Token[][] {
  let inside: string | null = null;
  return text.split("\n").map((line) => {
    const made = lineTokens(line, inside);
    inside = made.inside;
    return made.tokens;
  });
}

/** One line; `inside` is the quote of a string over several lines that it begins in, if it does. */
function lineTokens(line: string, inside: string | null): { tokens: Token[]; inside: string | null } {
  const found: Token[] = [];
  const add = (kind: Kind, text: string) => {
    const last = found.at(-1);
    if (last?.kind === kind) last.text += text;
    else if (text !== "") found.push({ kind, text });
  };
  let at = 0;
  let open = inside;
  if (open === null) {
    const head = HEAD.exec(line);
    if (head) {
      add("head", head[0]);
      at = head[0].length;
    }
  }
  while (at < line.length) {
    if (open !== null) {
      const end = line.indexOf(open, at);
      const stop = end < 0 ? line.length : end + open.length;
      add("string", line.slice(at, stop));
      at = stop;
      if (end >= 0) open = null;
      continue;
    }
    const long = ['"""', "'''"].find((quote) => line.startsWith(quote, at));
    if (long !== undefined) {
      add("string", long);
      at += long.length;
      open = long;
      continue;
    }
    const piece = shapeAt(line, at);
    add(piece.kind, piece.text);
    at += piece.text.length;
  }
  return { tokens: found, inside: open };
}

function shapeAt(line: string, at: number): Token {
  for (const [kind, shape] of SHAPES) {
    shape.lastIndex = at;
    const match = shape.exec(line);
    if (match) return { kind, text: match[0] };
  }
  return { kind: "plain", text: line[at] ?? "" };
}

/** A line's pieces cut at the word that begins at `column`, from 1, so that it can be underlined. */
export function underlined(line: Token[], column: number): (Token & { at: boolean })[] {
  const text = line.map((token) => token.text).join("");
  const begin = Math.min(Math.max(column - 1, 0), Math.max(text.length - 1, 0));
  let end = text.length;
  let passed = 0;
  for (const token of line) {
    const next = passed + token.text.length;
    if (begin < next) {
      // a string is one thing; elsewhere the word ends at the next blank
      const rest = token.kind === "string" || token.kind === "key" ? token.text.length : wordEnd(token.text, begin - passed);
      end = passed + rest;
      break;
    }
    passed = next;
  }
  passed = 0;
  const cut: (Token & { at: boolean })[] = [];
  for (const token of line) {
    for (const [from, to, at] of [[0, begin, false], [begin, end, true], [end, text.length, false]] as const) {
      const piece = token.text.slice(Math.max(from - passed, 0), Math.max(to - passed, 0));
      if (piece !== "") cut.push({ kind: token.kind, text: piece, at });
    }
    passed += token.text.length;
  }
  return cut;
}

function wordEnd(text: string, from: number): number {
  const blank = text.slice(from + 1).search(/\s/);
  return blank < 0 ? text.length : from + 1 + blank;
}
