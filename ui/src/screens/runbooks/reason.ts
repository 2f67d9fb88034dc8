// A reason put where the linter left room for it: in the remark that it added, and nowhere else.

export function withReason(text: string, keptAs: string, reason: string): string {
  const told = reason.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  const before = text.split("\n");
  const lines = keptAs.split("\n");
  const at = lines.findIndex((line, index) => line !== before[index] && line.includes("REASON"));
  const line = lines[at];
  if (line === undefined) return keptAs;
  const from = line.lastIndexOf("REASON");
  lines[at] = line.slice(0, from) + told + line.slice(from + "REASON".length);
  return lines.join("\n");
}
