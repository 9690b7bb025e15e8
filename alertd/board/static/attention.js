// Draws a viewer to what matters: the tab's title and icon, changes by name, a sound where it is wanted, an end to copy.

import { countdown, utc } from "./times.js";

const MARKED_MS = 60000;
const LOOKS = ["stage-1", "stage-2", "stage-3", "stage-4", "expired"]; // with an icon of their own
const COPIED_MS = 2000;

const facts = (live) => {
  const found = new Map();
  for (const { dataset } of live.querySelectorAll("[data-truce]")) {
    const says = dataset.says ? dataset.says.split("\n") : [];
    found.set(dataset.truce, { name: dataset.name, end: dataset.end, over: dataset.over, says });
  }
  return found;
};

// What to say of a truce; of two that are over, or that are not on the page, nothing.
const change = (was, is) => {
  if (!was) return `new: ${is.over || is.end}`;
  const words = is.says.filter((one) => !was.says.includes(one));
  if (is.over !== was.over && is.over) words.unshift(is.over);
  else if (is.end !== was.end) words.unshift(`now ${is.end}; before ${was.end}`);
  if (is.name !== was.name) words.push(`named ${was.name} before`);
  return words.join("; ");
};

export class Attention {
  #live = document.getElementById("live");
  #spoken = document.getElementById("said");
  #icon = document.getElementById("icon");
  #sound = document.getElementById("sound");
  #title = document.title;
  #marks = new Map(); // for each truce the text, and until when it is shown
  #known = facts(this.#live);
  #player = null;

  constructor() {
    document.documentElement.classList.add("script");
    this.#sound.addEventListener("click", () => this.#toggle());
    document.addEventListener("click", (event) => this.#copy(event.target.closest("[data-copy]")));
  }

  // The page says something new.
  changed(now) {
    const is = facts(this.#live);
    const said = [];
    for (const [id, truce] of is) {
      const text = change(this.#known.get(id), truce);
      if (!text) continue;
      this.#marks.set(id, { text: `${utc(now)}: ${text}`, until: now + MARKED_MS });
      said.push(`${truce.name}: ${text}`);
    }
    for (const [id, truce] of this.#known) if (!is.has(id)) said.push(`${truce.name}: no longer on this page`);
    this.#known = is;
    if (said.length === 0) return;
    this.#spoken.textContent = said.join(". ");
    this.#play();
  }

  // Each second; `old` where what is shown is not the newest.
  show(now, old) {
    const { look, expired, name, next } = this.#live.querySelector("[data-look]")?.dataset ?? {};
    const left = next && `(${countdown(Number(next), now).replace(/^00:/, "")}) ${name}`;
    const over = Number(expired) && `${expired} expired`;
    const title = look ? [left, over].filter(Boolean).join(", ") || this.#title : this.#title;
    document.title = old ? `OUT OF DATE: ${title}` : title;
    const icon = this.#icon.href.replace(/icon[^/]*$/, `icon${old ? "-old" : LOOKS.includes(look) ? `-${look}` : ""}.svg`);
    if (this.#icon.href !== icon) this.#icon.href = icon;
    if (this.#marks.size === 0) return;
    for (const [id, { until }] of this.#marks) if (until <= now) this.#marks.delete(id);
    for (const row of this.#live.querySelectorAll("[data-truce]")) this.#mark(row, this.#marks.get(row.dataset.truce));
  }

  #mark(row, mark) {
    const place = row.querySelector(".what") ?? row;
    let text = place.querySelector(":scope > .news");
    row.classList.toggle("changed", Boolean(mark));
    if (!mark) return text?.remove();
    if (!text) {
      text = document.createElement("p");
      text.className = "news";
      text.dataset.added = "";
      place.append(text);
    }
    if (text.textContent !== mark.text) text.textContent = mark.text;
  }

  #toggle() {
    this.#player = this.#player ? this.#player.close() && null : new AudioContext();
    this.#sound.textContent = this.#player ? "sound on" : "sound off";
    this.#sound.setAttribute("aria-pressed", String(Boolean(this.#player)));
    this.#play();
  }

  #play() {
    if (!this.#player) return;
    const tone = this.#player.createOscillator();
    tone.frequency.value = 660;
    tone.connect(this.#player.destination);
    tone.start();
    tone.stop(this.#player.currentTime + 0.4);
  }

  async #copy(button) {
    if (!button) return;
    const label = button.firstChild;
    const before = label.data;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      copyByHand(button.dataset.copy);
    }
    label.data = "copied";
    setTimeout(() => { label.data = before; }, COPIED_MS);
  }
}

// Without https a browser has no clipboard for scripts, but what is selected can be copied.
const copyByHand = (text) => {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};
