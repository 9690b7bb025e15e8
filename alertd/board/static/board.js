// Keeps an open page alive: counts down by the server's clock, follows its events, and says when it no longer hears it.
// The page is whole without it. It writes text and replaces the living part by what the server escaped; nothing else.
"use strict";

(() => {
  const page = document.documentElement.dataset;
  const live = document.getElementById("live");
  const trouble = document.getElementById("trouble");
  const link = document.getElementById("link");
  const clock = document.getElementById("clock");
  const tick = document.getElementById("tick");

  const SILENT_MS = 6000; // the server speaks every two seconds
  const OLD_TICK_MS = 15000;
  const RETRY_MS = 3000;

  let offset = null; // the server's clock less this one's; unknown until it speaks
  let heard = performance.now();
  let lastTick = null;
  let version = Number(page.version);
  let fetching = false;
  let source = null;

  const pad = (number) => String(number).padStart(2, "0");

  const countdown = (moment, now) => {
    const seconds = Math.floor(moment / 1000) - Math.floor(now / 1000);
    const size = Math.abs(seconds);
    const days = Math.floor(size / 86400);
    const time = [Math.floor(size / 3600) % 24, Math.floor(size / 60) % 60, size % 60].map(pad).join(":");
    return (seconds < 0 ? "+" : "") + (days ? `${days} d ` : "") + time;
  };

  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  const yours = (milliseconds) => {
    const moment = new Date(milliseconds);
    const ahead = -moment.getTimezoneOffset();
    const zone = `${ahead < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(ahead) / 60))}:${pad(Math.abs(ahead) % 60)}`;
    const parts = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(pad);
    const hour = moment.getSeconds() ? parts.join(":") : parts[0] + parts[1];
    return `${hour} ${days[moment.getDay()]} ${moment.getDate()} ${months[moment.getMonth()]} your time (${zone})`;
  };

  const fillIn = () => {
    for (const element of live.querySelectorAll("[data-yours]")) {
      element.hidden = false;
      write(element, yours(Number(element.dataset.yours)));
    }
    count();
  };

  const count = () => {
    if (offset === null) return;
    const now = Date.now() + offset;
    for (const element of live.querySelectorAll("[data-count]")) {
      write(element, countdown(Number(element.dataset.count), now));
    }
    write(clock, `${new Date(now).toISOString().slice(11, 19)}Z`);
    if (lastTick !== null) write(tick, `${countdown(now, lastTick).replace("+", "")} ago`);
    warn(now);
  };

  const warn = (now) => {
    const lost = performance.now() - heard > SILENT_MS;
    const old = lastTick !== null && now - lastTick > OLD_TICK_MS;
    let text = "";
    if (lost) {
      const since = new Date(now - (performance.now() - heard)).toISOString().slice(11, 19);
      text = `CONNECTION LOST: nothing heard since ${since}Z. What you see is what was known then; the countdowns go on.`;
    } else if (old) {
      text = `ALERTD DOES NOT TICK: its last tick was ${countdown(now, lastTick).replace("+", "")} ago. Alerts may be late.`;
    }
    if (offset !== null || lost) {
      write(trouble, text);
      trouble.hidden = !text;
    }
    link.dataset.state = lost ? "lost" : "live";
    write(link, lost ? "connection lost" : "live");
  };

  const renew = async () => {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(page.fragment, { cache: "no-store", credentials: "same-origin" });
      if (!answer.ok) return;
      const html = await answer.text();
      const seen = Number(answer.headers.get("X-Board-Version"));
      const open = new Map([...live.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
      const focused = document.activeElement && live.contains(document.activeElement) ? document.activeElement : null;
      const place = focused && [...live.querySelectorAll("a, summary, [tabindex]")].indexOf(focused);
      const scrolled = live.querySelector(".scroll")?.scrollLeft ?? 0;
      live.innerHTML = html;
      version = seen;
      for (const one of live.querySelectorAll("details[id]")) {
        if (open.has(one.id)) one.open = open.get(one.id);
      }
      if (focused) live.querySelectorAll("a, summary, [tabindex]")[place]?.focus({ preventScroll: true });
      const scroll = live.querySelector(".scroll");
      if (scroll) scroll.scrollLeft = scrolled;
      fillIn();
    } catch {
      // The warning of a lost connection says it.
    } finally {
      fetching = false;
    }
  };

  const hear = (text) => {
    const state = JSON.parse(text);
    heard = performance.now();
    offset = state.now - Date.now();
    lastTick = state.tick;
    count();
    if (state.version !== version) renew();
  };

  const listen = () => {
    source = new EventSource(`${page.base}/events`);
    source.onmessage = (event) => hear(event.data);
    source.onerror = () => {
      // The browser gives up for good on an answer that is not a stream, as when there are too many viewers.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
    };
  };

  const ask = async () => {
    if (performance.now() - heard < RETRY_MS) return;
    try {
      const answer = await fetch(`${page.base}/state`, { cache: "no-store", credentials: "same-origin" });
      if (answer.ok) hear(await answer.text());
    } catch {
      // likewise
    }
  };

  listen();
  fillIn();
  setInterval(count, 250);
  setInterval(ask, RETRY_MS);
})();
