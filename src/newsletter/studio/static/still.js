// The exported page: everything is in it, and the switches show what was chosen of it.

const { mails, pictures } = JSON.parse(document.getElementById("held").textContent);
const stage = document.getElementById("stage");

const MANNERS = {
  light: "light",
  dark: "dark",
  partial: "forced dark, in part",
  full: "forced dark, in full",
};

function choose() {
  const wish = Object.fromEntries(new FormData(controls));
  for (const group of controls.querySelectorAll("fieldset")) {
    group.hidden = !group.dataset.views.split(" ").includes(wish.view);
  }
  let shown = 0;
  for (const article of stage.querySelectorAll("article")) {
    const { language, view, lines } = article.dataset;
    const fits = [language, ""].includes(wish.edition ?? "") && view === wish.view;
    article.hidden = !fits || (lines && (lines === "laid") !== (wish.lines === "laid"));
    if (article.hidden) continue;
    shown += 1;
    article.querySelector(".source")?.classList.toggle("wrap", wish.lines !== "scroll");
    showInbox(article, wish);
    const mail = article.querySelector("iframe");
    if (mail) showMail(mail, language, wish);
  }
  const each = ["mail", "text"].includes(wish.view) ? WIDTHS[wish.width] : 560;
  const scheme = wish.scheme === "light" ? "light" : "dark";
  const needs = shown * (each + 24) - 24;
  Object.assign(stage.dataset, { view: wish.view, width: wish.width, scheme, needs });
  stage.parentElement.dataset.view = wish.view;
  unfold(wish.view);
  history.replaceState(null, "", `#${new URLSearchParams(wish)}`);
  settle();
}

function showMail(mail, language, wish) {
  const [named] = mail.title.split(",");
  const off = wish.pictures === "off" ? ", pictures off" : "";
  mail.title = `${named}, ${wish.width} width, ${MANNERS[wish.scheme]}${off}`;
  const key = `${language} ${wish.scheme} ${wish.pictures}`;
  if (mail.dataset.shown === key) return;
  mail.dataset.shown = key;
  mail.srcdoc = mails[`${language} ${wish.scheme}`].replace(
    /picture:([0-9a-f]{64})/g,
    (_, digest) => pictures[wish.pictures === "off" ? "off" : digest],
  );
}

function showInbox(article, wish) {
  for (const line of article.querySelectorAll(":scope > .inbox")) {
    line.dataset.scheme = wish.scheme === "light" ? "light" : "dark";
    line.hidden = (wish.width === "desktop") !== line.classList.contains("desktop");
  }
}

for (const [name, value] of new URLSearchParams(location.hash.slice(1))) set(name, value);
controls?.addEventListener("input", choose);
if (controls) {
  if (!location.hash) suitWindow();
  choose();
} else {
  settle();
}
