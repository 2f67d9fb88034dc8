// Times, durations and numbers as text. Formats what it is given and works out nothing else.

const two = (value: number): string => String(value).padStart(2, "0");

// made once: making one costs far more than using it
const SHORT = { weekday: "short", day: "numeric", month: "short" } as const;
const DAY = new Intl.DateTimeFormat("en-GB", SHORT);
const DAY_UTC = new Intl.DateTimeFormat("en-GB", { ...SHORT, timeZone: "UTC" });

/** How much of a moment is shown. */
export type Shape = "time" | "soon" | "moment" | "day";

function parts(iso: string, utc: boolean): { clock: string; day: string; year: number } | null {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return null;
  const clock = utc
    ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
    : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = (utc ? DAY_UTC : DAY).format(date);
  return { clock, day: day.replace(",", ""), year: utc ? date.getUTCFullYear() : date.getFullYear() };
}

/** `14:32:07`, `Mon 14:32`, `Mon 23 Nov 14:32` or `Mon 23 Nov`; what cannot be read stays as it is. */
export function moment(iso: string, shape: Shape, utc: boolean): string {
  const told = parts(iso, utc);
  if (told === null) return iso;
  const zone = utc ? " UTC" : "";
  switch (shape) {
    case "time":
      return `${told.clock}${zone}`;
    case "soon":
      return `${told.day.split(" ")[0]} ${told.clock.slice(0, 5)}${zone}`;
    case "moment":
      return `${told.day} ${told.clock.slice(0, 5)}${zone}`;
    case "day":
      return told.day;
  }
}

/** The whole of a moment, for titles and details: `Mon 23 Nov 2026 13:32:07 UTC`. */
export function whole(iso: string, utc: boolean): string {
  const told = parts(iso, utc);
  return told === null ? iso : `${told.day} ${told.year} ${told.clock}${utc ? " UTC" : ""}`;
}

/** `2:41`, `1:02:41`, `3 d 04:00:00`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = two(seconds % 60);
  if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}:${rest}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** `1.4 s` for what took less than a minute, else `2:41`. */
export function took(ms: number): string {
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms);
}

/** A telephone number with spaces that do not break. */
export function phone(number: string): string {
  return number.replace(/[-\s]+/g, "\u00a0");
}

/** A digest in groups of four. */
export function grouped(hex: string, groups = 8): string {
  return (hex.match(/.{1,4}/g) ?? []).slice(0, groups).join(" ");
}

/** The first letter large. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
