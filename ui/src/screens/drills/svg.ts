// A picture out of the program's own text: read as XML, and built anew from the few parts that it is made of.
// Anything else in it, and there is no picture: the table says the same.

const SVG = "http://www.w3.org/2000/svg";
const PARTS: Readonly<Record<string, readonly string[]>> = {
  svg: ["class", "viewBox", "role", "aria-labelledby"],
  g: ["class"],
  title: ["id"],
  desc: ["id"],
  line: ["class", "x1", "x2", "y1", "y2"],
  rect: ["class", "x", "y", "width", "height", "rx"],
  circle: ["class", "cx", "cy", "r"],
  path: ["class", "d"],
  text: ["class", "x", "y", "text-anchor"],
};
const CLASSES = new Set(["chart", "rule", "axis", "wait", "flight", "hand", "bad", "proof", "inj", "injt", "targ", "strong"]);
const PLAIN = /^[\w\s.,:-]*$/;
/** More parts than any drill has. */
const MOST = 20_000;

/** The picture, or nothing where it holds what it should not. */
export function picture(text: string): SVGElement | null {
  const read = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = read.documentElement;
  if (root.localName !== "svg" || read.getElementsByTagName("*").length > MOST) return null;
  const built = build(root);
  return built instanceof SVGElement ? built : null;
}

function build(from: Element): Element | null {
  const allowed = PARTS[from.localName];
  if (allowed === undefined || from.namespaceURI !== SVG || from.prefix !== null) return null;
  const to = document.createElementNS(SVG, from.localName);
  for (const { name, value } of from.attributes) {
    if (name === "xmlns") continue;
    if (!allowed.includes(name) || !PLAIN.test(value)) return null;
    if (name === "class" && !value.split(" ").every((one) => CLASSES.has(one))) return null;
    to.setAttribute(name, value);
  }
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      to.append(child.textContent ?? "");
    } else if (child.nodeType === Node.ELEMENT_NODE) {
      const part = build(child as Element);
      if (part === null) return null;
      to.append(part);
    } else {
      return null;
    }
  }
  return to;
}
