// Keeps a page of the preview like its files: hears of saves, asks for the page again, and puts
// what differs in the place of the old. The scroll place, open lists and the focus stay.

const statusLine = document.getElementById("status");

function say(words, state) {
  statusLine.textContent = words;
  statusLine.dataset.state = state;
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
  if (answer.ok && kind(document) && kind(document) === kind(fresh)) {
    const held = document.activeElement;
    document.title = fresh.title;
    follow(document.body, fresh.body);
    if (held.id && !held.isConnected) document.getElementById(held.id)?.focus();
    settle();
  } else {
    location.reload(); // a page of another kind
  }
}

function kind(page) {
  return page.querySelector("#stage, .issues")?.tagName;
}

function listen() {
  const events = new EventSource(document.body.dataset.events);
  events.addEventListener("open", () => {
    if (statusLine.dataset.state !== "live") say("Follows every save", "live");
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
  if (old === statusLine) return; // ours
  followAttributes(old, fresh);
  if (old.classList.contains("frame")) return showMail(old, fresh.querySelector("iframe"));
  followChildren(old, fresh);
  if (old.tagName === "SELECT") old.value = fresh.value;
  if (old.type === "radio") old.checked = fresh.checked;
}

function followAttributes(old, fresh) {
  const ours = ["open", "aria-current", "hidden"];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !ours.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !ours.includes(name)) old.setAttribute(name, value);
  }
}

// Elements with an id are found again wherever they stand now; the others by their place.
function followChildren(old, fresh) {
  const after = [...fresh.childNodes];
  const ids = new Set(after.map((node) => node.id).filter(Boolean));
  for (const child of [...old.children]) if (child.id && !ids.has(child.id)) child.remove();
  let place = old.firstChild;
  for (const node of after) {
    const same = node.id
      ? [...old.children].find((child) => child.id === node.id)
      : !place?.id && place?.nodeName === node.nodeName && place;
    if (!same) {
      old.insertBefore(node, place);
    } else {
      if (same === place) place = place.nextSibling;
      else old.insertBefore(same, place);
      follow(same, node);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// The new mail is loaded behind the old one, which goes when it is there: nothing flickers.
function showMail(frame, fresh) {
  const mails = [...frame.querySelectorAll("iframe")];
  const shown = mails.at(-1);
  shown.title = fresh.title;
  if (shown.getAttribute("src") === fresh.getAttribute("src")) return;
  fresh.height = shown.height;
  fresh.addEventListener("load", () => {
    for (const old of frame.querySelectorAll("iframe")) {
      if (old === fresh) break;
      old.remove();
    }
  });
  frame.append(fresh);
}

// --- switches -------------------------------------------------------------------------------

async function choose() {
  const all = [...new FormData(controls)].filter(([, value]) => value);
  history.replaceState(null, "", `?${new URLSearchParams(all)}`);
  await refresh();
  unfold(chosen("view"));
}

let typing = 0;

controls?.addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(choose, target.type === "search" ? 250 : 0);
});
controls?.addEventListener("submit", (event) => {
  event.preventDefault();
  choose();
});
settle();
if (controls && !location.search && suitWindow()) choose();
listen();
