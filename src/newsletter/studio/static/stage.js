// What every page of the preview does, served or exported: shows mails at their whole height, puts
// the numbers of findings over the places they speak of, and leads from one to the other.
// `choose()`, which shows what the switches say, is live.js's or still.js's.

const controls = document.getElementById("controls");
const WIDTHS = { desktop: 640, phone: 375, small: 320 };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// --- mails at their whole height, so that the page has one scroll bar ---------------------------

const fitted = new WeakSet();

function settle() {
  standBeside();
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;
  for (const mail of document.querySelectorAll(".frame iframe")) {
    if (fitted.has(mail)) continue;
    fitted.add(mail);
    mail.addEventListener("load", () => fit(mail));
    if (mail.contentDocument?.readyState === "complete") fit(mail); // loaded before this script
  }
  reachSideways();
  highlight();
}

function fit(mail) {
  const root = mail.contentDocument?.documentElement;
  if (!root || mail.contentDocument.URL === "about:blank") return;
  new ResizeObserver(() => {
    mail.height = Math.ceil(root.getBoundingClientRect().height);
    putMarks(mail);
  }).observe(root);
  highlight();
  if (wanted && show(wanted)) wanted = "";
}

// The findings stand beside the mails where there is room for both.
function standBeside() {
  const stage = document.getElementById("stage");
  const needs = Number(stage?.dataset.needs ?? Infinity);
  const fixed = controls && getComputedStyle(controls).position === "sticky";
  document.body.style.setProperty("--bar", `${fixed ? controls.offsetHeight : 0}px`);
  stage?.parentElement.classList.toggle("beside", innerWidth >= needs + 432);
}

// Where the mails do not fit side by side, a page opened without a choice begins with one.
function suitWindow() {
  const room = document.getElementById("stage").clientWidth;
  if (room < 640) set("width", room < 375 ? "small" : "phone");
  const editions = [...(controls.elements.edition ?? [])];
  const wide = WIDTHS[chosen("width")];
  const narrow = editions.length && room < (editions.length - 1) * (wide + 24) - 24;
  if (narrow) editions[1].checked = true;
  return narrow || wide < 640;
}

// A mail that is wider than the window is scrolled sideways, by the keyboard too.
function reachSideways() {
  for (const frame of document.querySelectorAll(".frame")) {
    const scrolls = frame.scrollWidth > frame.clientWidth;
    if (scrolls) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "group");
      frame.setAttribute("aria-label", `Scrolls sideways: ${frame.querySelector("iframe").title}`);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
    }
  }
}

// --- findings and the places they speak of ------------------------------------------------------

let current = ""; // the finding that was asked for last
let said = ""; // and its words: after a save its number may be another's
let wanted = ""; // one whose mail is not there yet

function line(name) {
  return document.getElementById(name);
}

function words(name) {
  return line(name)?.querySelector(".message").textContent ?? "";
}

function putMarks(mail) {
  const frame = mail.parentElement;
  if (!frame) return;
  const spots = [...mail.contentDocument.querySelectorAll("[data-finding]")];
  const marks = spots.flatMap((spot) => {
    const names = spot.dataset.finding.split(" ").filter(line);
    return names.map((name, place) => mark(mail, spot, name, place));
  });
  let layer = frame.querySelector(".marks");
  const held = layer?.contains(document.activeElement) && document.activeElement.dataset.finding;
  if (!layer) {
    layer = document.createElement("div");
    layer.className = "marks";
    frame.prepend(layer);
  }
  layer.replaceChildren(...marks);
  if (held) layer.querySelector(`[data-finding="${held}"]`)?.focus({ preventScroll: true });
}

function mark(mail, spot, name, place) {
  const { left, top } = spot.getBoundingClientRect();
  const button = document.createElement("button");
  const number = line(name).querySelector(".number");
  button.type = "button";
  button.className = `mark ${number.className}`;
  button.textContent = number.textContent;
  button.dataset.finding = name;
  button.setAttribute("aria-label", `Finding ${number.textContent}: ${words(name)}`);
  button.title = words(name);
  const room = mail.clientWidth - 30;
  button.style.left = `${Math.min(Math.max(left - 8, 2) + 26 * place, room)}px`;
  button.style.top = `${Math.max(top - 8, 2)}px`;
  return button;
}

function spotsOf(name) {
  const language = line(name)?.querySelector(".jump")?.dataset.language;
  const mails = [...document.querySelectorAll(`article[data-language="${language}"] iframe`)];
  return mails.flatMap((mail) => {
    const spot = mail.contentDocument?.querySelector(`[data-finding~="${name}"]`);
    return spot ? [{ mail, spot }] : [];
  });
}

function highlight() {
  if (current && words(current) !== said) current = "";
  for (const each of document.querySelectorAll(".findings li")) {
    if (each.id === current) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  for (const mail of document.querySelectorAll(".frame iframe")) {
    const old = mail.contentDocument?.querySelectorAll("[data-now]") ?? [];
    for (const each of old) each.removeAttribute("data-now");
  }
  for (const { spot } of current ? spotsOf(current) : []) spot.setAttribute("data-now", "");
}

// Scrolls to what a finding speaks of and says whether it is in sight.
function show(name) {
  const [found] = spotsOf(name);
  if (!found) return false;
  current = name;
  said = words(name);
  highlight();
  const { mail, spot } = found;
  const inside = spot.getBoundingClientRect();
  const outside = mail.getBoundingClientRect();
  const top = outside.top + inside.top + scrollY - innerHeight / 3;
  scrollTo({ top, behavior: calm.matches ? "instant" : "smooth" });
  mail.parentElement.scrollLeft = Math.max(0, inside.left - 24);
  mail.parentElement.querySelector(`[data-finding="${name}"]`)?.focus({ preventScroll: true });
  return true;
}

// Goes to a mail in which the finding is seen, if none is on the page.
function lead(link) {
  const { finding, language } = link.dataset;
  if (show(finding)) return;
  wanted = finding;
  set("view", "mail");
  if (chosen("edition")) set("edition", language);
  choose();
}

function unfold(view) {
  const notes = document.getElementById("notes");
  if (notes && view === "findings") notes.open = true;
}

function chosen(name) {
  return new FormData(controls).get(name) ?? "";
}

function set(name, value) {
  const control = controls.elements[name];
  if (control) control.value = value;
}

function tell(name) {
  const entry = line(name);
  const folded = entry.closest("details");
  if (folded) folded.open = true;
  current = name;
  said = words(name);
  highlight();
  entry.focus({ preventScroll: true });
  entry.scrollIntoView({ block: "nearest", behavior: calm.matches ? "instant" : "smooth" });
}

async function copy(button) {
  const place = button.parentElement.querySelector(".place");
  try {
    await navigator.clipboard.writeText(place.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(place); // no leave to copy: it only has to be confirmed
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest(".jump, .mark, .copy");
  if (!target || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (target.matches(".copy")) copy(target);
  else if (target.matches(".mark")) tell(target.dataset.finding);
  else lead(target);
});
addEventListener("resize", () => {
  standBeside();
  reachSideways();
});
