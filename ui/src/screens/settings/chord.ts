// Which chord was pressed, written as the shell reads it: `Ctrl+Shift+F12`. Whether the system takes it is the shell's to say.

export type Heard = { chord: string } | { only: "modifiers"; held: string } | { refused: "bare" | "unknown" };

type Pressed = Pick<KeyboardEvent, "code" | "key" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

const MODIFIERS = new Set(["Control", "Alt", "AltGraph", "Shift", "Meta", "OS", "Super"]);

const NAMED: Readonly<Record<string, string>> = {
  Space: "Space",
  Pause: "Pause",
  ScrollLock: "ScrollLock",
  PrintScreen: "PrintScreen",
  Insert: "Insert",
  Delete: "Delete",
  Home: "Home",
  End: "End",
  PageUp: "PageUp",
  PageDown: "PageDown",
  ArrowUp: "ArrowUp",
  ArrowDown: "ArrowDown",
  ArrowLeft: "ArrowLeft",
  ArrowRight: "ArrowRight",
  Backspace: "Backspace",
  Minus: "Minus",
  Equal: "Equal",
  Comma: "Comma",
  Period: "Period",
  Slash: "Slash",
  Semicolon: "Semicolon",
  Backquote: "Backquote",
};

export function heard(pressed: Pressed): Heard {
  const held = [
    pressed.ctrlKey && "Ctrl",
    pressed.altKey && "Alt",
    pressed.shiftKey && "Shift",
    pressed.metaKey && "Super",
  ].filter((name) => name !== false);
  if (MODIFIERS.has(pressed.key)) return { only: "modifiers", held: held.join("+") };
  const key = keyName(pressed.code);
  if (key === null) return { refused: "unknown" };
  // a bare letter would be taken away from every other program; Shift alone still types
  const bare = !pressed.ctrlKey && !pressed.altKey && !pressed.metaKey;
  if (bare && !/^(F\d+|Pause|ScrollLock)$/.test(key)) return { refused: "bare" };
  return { chord: [...held, key].join("+") };
}

function keyName(code: string): string | null {
  const letter = /^(?:Key|Digit)([A-Z0-9])$/.exec(code);
  if (letter?.[1] !== undefined) return letter[1];
  if (/^F([1-9]|1\d|2[0-4])$/.test(code)) return code;
  return NAMED[code] ?? null;
}
