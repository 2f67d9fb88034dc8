// How the tests find what a person finds: by role and accessible name. Runs inside the page.
const IMPLICIT = {
  A: "link", ASIDE: "complementary", BUTTON: "button", DIALOG: "dialog", FIELDSET: "group", FORM: "form",
  H1: "heading", H2: "heading", H3: "heading", HEADER: "banner", LI: "listitem", MAIN: "main",
  NAV: "navigation", OL: "list", PROGRESS: "progressbar", SELECT: "combobox", SUMMARY: "button",
  TABLE: "table", TD: "cell", TEXTAREA: "textbox", TH: "columnheader", TR: "row", UL: "list",
};
const INPUT = { checkbox: "checkbox", radio: "radio", submit: "button", button: "button", number: "spinbutton" };
const roleOf = (element) =>
  element.getAttribute("role") ||
  (element.tagName === "INPUT" ? INPUT[element.type] || "textbox" : IMPLICIT[element.tagName]);
const words = (text) => (text || "").replace(/\s+/g, " ").trim();
const spoken = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute("aria-hidden") === "true") return "";
  if (node.getAttribute("aria-label")) return node.getAttribute("aria-label");
  return [...node.childNodes].map(spoken).join(" ");
};
const nameOf = (element) => {
  const by = element.getAttribute("aria-labelledby");
  if (by) return words(by.split(/\s+/).map((id) => spoken(document.getElementById(id) || new Text(""))).join(" "));
  if (element.getAttribute("aria-label")) return words(element.getAttribute("aria-label"));
  if (element.labels && element.labels.length) return words([...element.labels].map(spoken).join(" "));
  const title = { TABLE: "caption", FIELDSET: "legend" }[element.tagName];
  if (title && element.querySelector(title)) return words(spoken(element.querySelector(title)));
  return words(spoken(element)) || words(element.title);
};
const seen = (element) => {
  const box = element.getBoundingClientRect();
  // what a closed cover or card hides has a box all the same
  return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true });
};
// `name` is the whole name, or its beginning when it ends in an ellipsis
const named = (element, name) => {
  const whole = nameOf(element);
  return name.endsWith("…") ? whole.startsWith(name.slice(0, -1)) : whole === name;
};
const find = (by) => {
  if (by.css) return [...document.querySelectorAll(by.css)].filter(seen);
  const place = by.within ? document.querySelector(by.within) : document;
  return [...place.querySelectorAll("*")].filter(
    (element) => roleOf(element) === by.role && seen(element) && named(element, by.name),
  );
};
