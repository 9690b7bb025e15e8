// Keeps an open page alive: counts down by the server's clock, asks for what is new, and says when that cannot be had.
// The page is whole without it. It writes text, and puts in what the server escaped; nothing else.

import { Attention } from "./attention.js";
import { Renewal } from "./renew.js";
import { countdown, dated, utc, yours } from "./times.js";

const page = document.documentElement.dataset;
const live = document.getElementById("live");
const trouble = document.getElementById("trouble");
const link = document.getElementById("link");
const clock = document.getElementById("clock");
const here = document.getElementById("here");
const tick = document.getElementById("tick");
const renewal = new Renewal(live);
const attention = new Attention();

const ASK_MS = 2000;
const PATIENCE_MS = 4000; // for one answer
const OLD_MS = 6000; // with one answer that is waited for, and said within eight seconds

const SHEET = 12; // rows on a wall
const TURN_MS = 10000;

const FOCUSED = "a, button, summary, [tabindex]";

const NO_ANSWER = "the board does not answer";
const NOT_CHANGED = 304;
const REFUSALS = {
  401: "the board wants its token. Open it with its token again",
  404: "this truce is no longer on watch",
};

let offset = null; // the server's clock less this one's; unknown until it speaks
let lastTick = null;
let version = page.version;
let etag = page.etag; // of the living part that was had last
let asking = false;
let reason = ""; // for which the last answer was not had

// The moment by two clocks: one stands still while a machine sleeps, the other may be set.
const mark = () => ({ running: performance.now(), wall: Date.now() });
const since = (moment) => Math.max(performance.now() - moment.running, Date.now() - moment.wall);

let fresh = mark(); // when what is shown was asked for, the last time that it was the newest
let ticked = mark(); // when another tick was seen

const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const fillIn = () => {
  for (const element of live.querySelectorAll("[data-yours]")) {
    element.hidden = false;
    write(element, element.dataset.before + yours(Number(element.dataset.yours)));
  }
  count();
};

const count = () => {
  const now = Date.now() + offset;
  const trust = warn(now);
  if (offset === null) return;
  for (const element of live.querySelectorAll("[data-count]")) {
    const moment = Number(element.dataset.count);
    write(element, countdown(moment, now));
    doubt(element, moment <= now && moment > trust);
  }
  write(clock, dated(now));
  write(here, yours(now, true));
  here.hidden = false;
  turn(now);
  attention.show(now, live.classList.contains("old"));
  if (lastTick !== null) write(tick, `${countdown(now, lastTick).replace("+", "")} ago`);
};

const doubt = (element, unknown) => {
  const next = element.nextElementSibling;
  const said = next?.classList.contains("unknown") ? next : null;
  if (unknown === Boolean(said)) return;
  if (said) return undo(said);
  const text = document.createElement("span");
  text.className = "unknown";
  text.textContent = "end passed, state unknown";
  element.after(text);
  hideWord(text, true);
};

const hideWord = (text, hidden) => {
  const word = text.parentElement.querySelector(".word");
  if (word) word.hidden = hidden;
};

const undo = (text) => {
  hideWord(text, false);
  text.remove();
};

// A wall shows the next end always, and the others a page at a time; all walls turn at the same moment.
const turn = (now) => {
  const number = document.getElementById("sheet-number");
  if (!number) return;
  const rest = [...live.querySelectorAll(".sheet > li")].slice(1);
  const pages = rest.length < SHEET ? 1 : Math.ceil(rest.length / (SHEET - 1));
  const page = Math.floor(now / TURN_MS) % pages;
  const top = Math.max(0, Math.min(page * (SHEET - 1), rest.length - (SHEET - 1))); // the last page is full too
  rest.forEach((row, index) => row.classList.toggle("away", index < top || index >= top + SHEET - 1));
  write(number, pages > 1 ? `page ${page + 1} of ${pages}` : "");
};

const stillness = (now) => {
  if (since(fresh) > OLD_MS) return [now - since(fresh), reason || NO_ANSWER];
  if (offset === null) return null;
  if (lastTick === null) return [now, "alertd has not ticked yet. Nothing is sent"];
  const age = Math.max(since(ticked), now - lastTick);
  if (age <= OLD_MS) return null;
  const silent = since(fresh) > 1.5 * ASK_MS; // the tick is older than the answer that told it, so its age shows first
  return [now - age, reason || (silent ? NO_ANSWER : "alertd does not tick. Alerts may be late")];
};

// Says what is wrong; gives the moment up to which what is shown can be relied on.
const warn = (now) => {
  const still = stillness(now);
  if (still === null && offset === null) return now;
  write(trouble, still ? `OUT OF DATE since ${utc(still[0])}: ${still[1]}. The countdowns go on.` : "");
  trouble.hidden = still === null;
  live.classList.toggle("old", still !== null);
  link.dataset.state = still ? "old" : "live";
  write(link, still ? "OUT OF DATE" : "live");
  return still ? still[0] : now;
};

const show = (html) => {
  for (const one of live.querySelectorAll(".unknown")) undo(one);
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [...live.querySelectorAll(FOCUSED)].indexOf(focused);
  renewal.show(html);
  if (focused && !focused.isConnected) live.querySelectorAll(FOCUSED)[place]?.focus({ preventScroll: true });
};

const had = async (address, headers = {}) => {
  const answer = await fetch(address, {
    cache: "no-store",
    headers,
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.ok || answer.status === NOT_CHANGED) return answer;
  const refusal = REFUSALS[answer.status] ?? `the board answers with error ${answer.status}; the log of alertd says why`;
  throw Object.assign(new Error(refusal), { refusal });
};

const look = async () => {
  let asked = mark();
  const state = await (await had(`${page.base}/state`)).json();
  offset = state.now - Date.now();
  if (state.tick !== lastTick) ticked = asked;
  lastTick = state.tick;
  if (String(state.version) !== version) {
    asked = mark();
    const answer = await had(page.fragment, { "If-None-Match": etag });
    if (answer.status !== NOT_CHANGED) {
      show(await answer.text());
      fillIn();
      attention.changed(state.now);
    }
    etag = answer.headers.get("ETag");
    version = answer.headers.get("X-Board-Version");
  }
  fresh = asked;
  count();
};

const ask = async () => {
  if (asking) return;
  asking = true;
  try {
    await look();
    reason = "";
  } catch (error) {
    reason = error.refusal ?? NO_ANSWER; // what is shown grows old, and says so
  } finally {
    asking = false;
  }
};

ask();
fillIn();
setInterval(count, 250);
setInterval(ask, ASK_MS);
document.addEventListener("visibilitychange", ask);
