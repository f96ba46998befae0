// Keeps a page of the preview like its files: hears of saves, asks for the page again, and puts
// what differs in the place of the old. The scroll place, an open list and the focus stay.

const status = document.getElementById("status");
const controls = document.getElementById("controls");

function say(words, state) {
  status.textContent = words;
  status.dataset.state = state;
}

// --- saves ----------------------------------------------------------------------------------

let asked = null;

async function refresh() {
  asked?.abort();
  asked = new AbortController();
  let answer, html;
  try {
    answer = await fetch(location.href, { signal: asked.signal });
    html = await answer.text();
  } catch (fault) {
    if (fault.name === "AbortError") return; // a later save asks again
    return say("No answer. Does the preview still run?", "lost");
  }
  const fresh = new DOMParser().parseFromString(html, "text/html");
  if (answer.ok && document.getElementById("stage") && fresh.getElementById("stage")) {
    document.title = fresh.title;
    follow(document.body, fresh.body);
    fitAll();
  } else {
    location.reload(); // a page of another kind
  }
}

function listen() {
  const events = new EventSource(document.body.dataset.events);
  events.addEventListener("open", () => {
    if (status.dataset.state !== "live") say("Follows every save", "live");
  });
  events.addEventListener("error", () => say("Not connected. Does the preview still run?", "lost"));
  events.addEventListener("saved", async () => {
    await refresh();
    say(`Updated at ${new Date().toLocaleTimeString()}`, "live");
  });
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}

// --- putting the new in the place of the old -------------------------------------------------

function follow(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE || old.tagName !== fresh.tagName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old === status) return; // ours
  followAttributes(old, fresh);
  if (old.classList.contains("frame")) return showMail(old, fresh.querySelector("iframe"));
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  if (before.length === after.length) {
    before.forEach((node, place) => follow(node, after[place]));
  } else {
    old.replaceChildren(...after);
  }
}

function followAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
  }
}

// --- mails ----------------------------------------------------------------------------------

// The new mail is loaded behind the old one, which goes when it is there: nothing flickers.
function showMail(frame, fresh) {
  const shown = frame.lastElementChild;
  shown.title = fresh.title;
  if (shown.getAttribute("src") === fresh.getAttribute("src")) return;
  fresh.height = shown.height;
  fresh.addEventListener("load", () => {
    while (frame.firstElementChild !== fresh) frame.firstElementChild.remove();
  });
  frame.append(fresh);
}

// A mail is shown at its whole height, so that the page has one scroll bar.
const fitted = new WeakSet();

function fitAll() {
  for (const mail of document.querySelectorAll(".frame iframe")) {
    if (fitted.has(mail)) continue;
    fitted.add(mail);
    mail.addEventListener("load", () => fit(mail));
    if (mail.contentDocument?.readyState === "complete") fit(mail); // loaded before this script
  }
}

function fit(mail) {
  const root = mail.contentDocument?.documentElement;
  if (!root || mail.contentDocument.URL === "about:blank") return;
  new ResizeObserver(() => {
    mail.height = Math.ceil(root.getBoundingClientRect().height);
  }).observe(root);
}

// --- controls -------------------------------------------------------------------------------

function choose() {
  const chosen = [...new FormData(controls)].filter(([, value]) => value);
  history.replaceState(null, "", `?${new URLSearchParams(chosen)}`);
  refresh();
}

// Where two mails do not fit side by side, a page opened without a choice begins with one.
function suitWindow() {
  if (!controls || location.search) return;
  const room = document.getElementById("stage").clientWidth;
  if (room < 640) controls.elements.width.value = "phone";
  const wanted = controls.elements.width.value === "phone" ? 375 : 640;
  const editions = [...(controls.elements.edition ?? [])];
  if (editions.length && room < 2 * wanted + 24) editions[1].checked = true;
  else if (wanted === 640) return;
  choose();
}

controls?.addEventListener("change", choose);
fitAll();
suitWindow();
listen();
