/* What makes a mail readable for everybody and is not among the rules of axe-core. Returns for each
   check the elements that do not keep it. */
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.outerHTML.slice(0, 120);
  const seen = (element) => element.getClientRects().length > 0;
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const bare = ["click here", "here", "more", "read more", "link", "this", "здесь", "тут", "далее",
    "подробнее", "читать далее", "ссылка", "осында", "толығырақ"];

  const root = document.documentElement;
  const headings = all("h1, h2, h3, h4, h5, h6").filter(seen);
  const levels = headings.map((heading) => Number(heading.tagName[1]));
  const isData = (table) => [...table.querySelectorAll("th")].some((th) => th.closest("table") === table);
  const tables = all("table");
  const links = all("a[href]").filter(seen);
  const targets = new Map();
  for (const link of links) {
    const name = words(link).toLowerCase();
    targets.set(name, (targets.get(name) ?? new Set()).add(link.href));
  }

  return {
    "html has a language": /^[a-z]{2,3}(-|$)/.test(root.lang) ? [] : [shown(root)],
    "html has a direction": ["ltr", "rtl"].includes(root.dir) ? [] : [shown(root)],
    "the language is said below <html>, which webmail drops": all("body [lang]")
      .some((element) => element.lang === root.lang) ? [] : ["body"],
    "there is a title": document.title.trim() ? [] : ["title"],
    "layout tables say that they are none": tables
      .filter((table) => !isData(table) && !["presentation", "none"].includes(table.getAttribute("role")))
      .map(shown),
    "data tables are tables": tables
      .filter((table) => isData(table) && ["presentation", "none"].includes(table.getAttribute("role")))
      .map(shown),
    "headings of tables say what they head": all("th")
      .filter((cell) => !["row", "col", "rowgroup", "colgroup"].includes(cell.scope))
      .map(shown),
    "pictures have an alternative text": all("img").filter((img) => !img.hasAttribute("alt")).map(shown),
    "alternative texts are no file names": all("img")
      .filter((img) => /\.(png|jpe?g|gif|webp)$|^(image|picture|photo)$/i.test(img.alt.trim()))
      .map(shown),
    "pictures have a width": all("img").filter((img) => !img.hasAttribute("width")).map(shown),
    "there is one heading of the first level": levels.filter((level) => level === 1).length === 1 ? [] : ["h1"],
    "the first heading is of the first level": levels[0] === 1 ? [] : [String(levels[0])],
    "no level of headings is left out": headings
      .filter((_, at) => at > 0 && levels[at] > levels[at - 1] + 1)
      .map(shown),
    "no heading is empty": headings.filter((heading) => !words(heading)).map(shown),
    "links have words": links.filter((link) => !words(link)).map(shown),
    "words of links say where they lead": links
      .filter((link) => bare.includes(words(link).toLowerCase().replace(/[.…»›→ ]+$/, "")))
      .map(shown),
    "the same words lead to the same place": [...targets].filter(([, found]) => found.size > 1).map(([name]) => name),
    "links are underlined in running text": links
      .filter((link) => !getComputedStyle(link).textDecorationLine.includes("underline"))
      .map(shown),
    "no text is smaller than 13 pixels": all("body *")
      .filter((e) => seen(e) && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
      .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 13)
      .map(shown),
    "no running text is justified": all("p, li, td").filter((e) => getComputedStyle(e).textAlign === "justify").map(shown),
    "nothing moves": all("marquee, blink, video, audio, iframe, script, form, object, embed").map(shown),
    "zooming is allowed": all("meta[name=viewport]")
      .filter((meta) => /user-scalable\s*=\s*no|maximum-scale\s*=\s*1/.test(meta.content))
      .map(shown),
    "nothing is wider than the window": all("body *")
      .filter((e) => seen(e) && e.getBoundingClientRect().right > window.innerWidth + 0.5)
      .map(shown),
  };
}
