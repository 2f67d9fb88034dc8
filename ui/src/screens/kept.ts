// What a person typed and did not finish, kept over a reload of the window. Never a secret: what is typed of a key does not come here.

const PREFIX = "firebreak.";

export function keep(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // full or forbidden: it is kept in memory all the same
  }
}

export function kept<T>(name: string, isOne: (value: unknown) => value is T): T | null {
  try {
    const text = sessionStorage.getItem(PREFIX + name);
    const value: unknown = text === null ? null : JSON.parse(text);
    return isOne(value) ? value : null;
  } catch {
    return null;
  }
}

export function letGo(name: string): void {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // nothing was kept
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
