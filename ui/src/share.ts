// Keeps what did not change: a new value with every equal part of the old one in it,
// so that the screen touches only what is different.

/** `fresh`, with each part that equals the same part of `old` replaced by it. */
export function share<T>(old: unknown, fresh: T): T {
  return shared(old, fresh) as T;
}

function shared(old: unknown, fresh: unknown): unknown {
  if (Object.is(old, fresh)) return old;
  if (typeof old !== "object" || typeof fresh !== "object" || old === null || fresh === null) return fresh;
  if (Array.isArray(old) !== Array.isArray(fresh)) return fresh;
  if (Array.isArray(old) && Array.isArray(fresh)) return sharedList(old, fresh);
  return sharedRecord(old as Record<string, unknown>, fresh as Record<string, unknown>);
}

function sharedList(old: unknown[], fresh: unknown[]): unknown[] {
  let same = old.length === fresh.length;
  const parts = fresh.map((part, index) => {
    const kept = shared(old[index], part);
    same = same && index < old.length && Object.is(kept, old[index]);
    return kept;
  });
  return same ? old : parts;
}

function sharedRecord(old: Record<string, unknown>, fresh: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(fresh);
  let same = keys.length === Object.keys(old).length;
  const parts: Record<string, unknown> = {};
  for (const key of keys) {
    const kept = shared(old[key], fresh[key]);
    same = same && key in old && Object.is(kept, old[key]);
    parts[key] = kept;
  }
  return same ? old : parts;
}
