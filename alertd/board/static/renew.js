// Replaces in a page only what the server says otherwise than before, so that a selection, a focus and what is open stay.
// It keeps what the server sent last as a tree of its own, and gives each change of that tree to the page too.

const FILLED = "[data-count], [data-yours]"; // the page's script writes what stands in these

const emptied = (tree) => {
  for (const one of tree.querySelectorAll(FILLED)) one.textContent = "";
  return tree;
};

const bare = (tree) => {
  const texts = document.createTreeWalker(tree, NodeFilter.SHOW_TEXT);
  const between = [];
  while (texts.nextNode()) if (/^\s*\n\s*$/.test(texts.currentNode.data)) between.push(texts.currentNode);
  for (const text of between) text.remove();
  return tree;
};

const said = (node) => node.outerHTML ?? node.data;
const kind = (node) => node.id || node.dataset?.truce || `${node.nodeName} ${node.className ?? ""}`;

export class Renewal {
  #sent;
  #shown = new WeakMap(); // the node of the page for each node that was sent

  constructor(live) {
    this.#sent = emptied(bare(live).cloneNode(true));
    this.#pair(this.#sent, live);
  }

  show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const next = this.#sent.cloneNode(false);
    next.append(...emptied(bare(page.body)).childNodes);
    this.#renew(this.#sent, next);
  }

  #pair(sent, shown) {
    this.#shown.set(sent, shown);
    [...sent.childNodes].forEach((child, index) => this.#pair(child, shown.childNodes[index]));
  }

  #renew(was, is) {
    const shown = this.#shown.get(was);
    if (was.nodeType !== Node.ELEMENT_NODE) {
      if (was.data !== is.data) was.data = shown.data = is.data;
      return;
    }
    for (const { name } of [...was.attributes]) {
      if (!is.hasAttribute(name)) for (const one of [was, shown]) one.removeAttribute(name);
    }
    for (const { name, value } of is.attributes) {
      if (was.getAttribute(name) !== value) for (const one of [was, shown]) one.setAttribute(name, value);
    }
    if (!is.matches(FILLED)) this.#children(was, shown, [...is.childNodes]);
  }

  #children(was, shown, wanted) {
    const kept = this.#matched([...was.childNodes], wanted);
    const staying = new Set(kept);
    for (const child of [...was.childNodes]) {
      if (staying.has(child)) continue;
      this.#shown.get(child).remove();
      child.remove();
    }
    let place = was.firstChild;
    wanted.forEach((child, index) => {
      const here = kept[index] ?? this.#made(child);
      if (place && here === place.nextSibling) {
        const passed = place; // one that moves further down; all others stay where they are
        place = here;
        this.#put(was, shown, passed, null);
      }
      if (here === place) place = place.nextSibling;
      else this.#put(was, shown, here, place);
      if (kept[index] && said(here) !== said(child)) this.#renew(here, child);
    });
  }

  #made(child) {
    const sent = child.cloneNode(true);
    this.#pair(sent, document.importNode(child, true));
    return sent;
  }

  #put(was, shown, child, before) {
    was.insertBefore(child, before);
    // What the script adds stands behind what was sent.
    const behind = before ? this.#shown.get(before) : [...shown.childNodes].find((one) => one.dataset?.added);
    shown.insertBefore(this.#shown.get(child), behind ?? null);
  }

  // For each wanted child the one that is there: the same, else one of its kind.
  #matched(there, wanted) {
    const free = new Set(there);
    const take = (name) => {
      const queues = new Map();
      for (const child of free) {
        if (!queues.has(name(child))) queues.set(name(child), []);
        queues.get(name(child)).push(child);
      }
      return (child) => {
        const found = queues.get(name(child))?.shift();
        if (found) free.delete(found);
        return found;
      };
    };
    const same = take(said);
    const kept = wanted.map((child) => same(child));
    const alike = take(kind);
    return kept.map((child, index) => child ?? alike(wanted[index]));
  }
}
