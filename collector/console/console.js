// Keys, times and new rows. Every page works without this file.
"use strict";

// How long ago, in words; the exact time in the reader's zone on hover.
function ago(then) {
  const seconds = Math.round((Date.now() - then) / 1000);
  if (seconds < 0) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

function tellTimes(within) {
  for (const time of within.querySelectorAll("time")) {
    const then = new Date(time.dateTime);
    if (Number.isNaN(then.getTime())) continue;
    time.textContent = ago(then.getTime());
    if (!time.title) time.title = then.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
  }
}

// Rows: one is the current one, and stays so when others come above it.
const rows = () => Array.from(document.querySelectorAll("tr[data-id]"));
let current = null;

function goTo(row) {
  for (const other of document.querySelectorAll("tr.at")) other.classList.remove("at");
  current = row ? row.dataset.id : null;
  if (!row) return;
  row.classList.add("at");
  row.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.id === current);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  if (all[next]) goTo(all[next]);
}

function open() {
  const row = rows().find((row) => row.dataset.id === current);
  if (row) location.assign(row.dataset.id);
}

let before = "";
document.addEventListener("keydown", (event) => {
  const target = event.target;
  const writes = target instanceof HTMLElement && target.closest("input, select, textarea, dialog[open]");
  if (event.key === "Escape" && writes && target.blur) target.blur();
  if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key;
  const pair = before + key;
  before = key === "g" ? "g" : "";
  if (pair === "go") location.assign("/");
  else if (pair === "gl") location.assign("/live");
  else if (pair === "gd") location.assign("/devices");
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "p") pause();
  else if (key === "Enter" && current && !(target.closest && target.closest("a, button, summary"))) open();
  else if (key === "?") document.getElementById("keys")?.showModal();
  else if (key === "/") {
    const search = document.getElementById("search");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
});

for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
  // Addresses name only what narrows the list.
  form.addEventListener("submit", () => {
    for (const field of form.querySelectorAll("select, input")) if (!field.value) field.disabled = true;
  });
}
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form.filters :disabled")) field.disabled = false;
});
for (const button of document.querySelectorAll("button[data-sure]")) {
  button.addEventListener("click", (event) => {
    if (!window.confirm(button.dataset.sure)) event.preventDefault();
  });
}

// New rows: the same page is asked for again, and what is new in its table is put in place.
const EVERY = 2000;
let paused = false;
let waiting = 0;
let timer = 0;
let tag = "";
const live = document.querySelector("[data-live]");
const follows = live && !new URLSearchParams(location.search).has("before");

function say(text) {
  const state = document.getElementById("state");
  if (state && state.textContent !== text) state.textContent = text;
}

function pause() {
  if (!follows) return;
  paused = !paused;
  document.getElementById("pause").textContent = paused ? "Go on" : "Pause";
  if (!paused) look();
  else say("Paused.");
}

function held() {
  const table = document.getElementById("rows");
  return Boolean(table && table.matches(":hover")) || Boolean(window.getSelection()?.toString());
}

function place(page) {
  const [fresh, old] = [page.getElementById("rows"), document.getElementById("rows")];
  const known = new Set(rows().map((row) => row.dataset.id));
  for (const row of fresh ? fresh.querySelectorAll("tr[data-id]") : []) {
    if (known.size && !known.has(row.dataset.id)) row.classList.add("new");
  }
  if (!old || !fresh) {
    // From nothing to something, or back: the whole list changes.
    for (const part of [".empty", "#rows", ".more"]) live.querySelector(part)?.remove();
    for (const part of ["#rows", ".empty", ".more"]) {
      const found = page.querySelector(part);
      if (found) live.append(document.adoptNode(found));
    }
  } else {
    old.replaceWith(document.adoptNode(fresh));
  }
  const sentence = page.getElementById("sentence");
  if (sentence) document.getElementById("sentence").replaceWith(document.adoptNode(sentence));
  tellTimes(live);
  goToKept();
}

function goToKept() {
  const row = current && rows().find((row) => row.dataset.id === current);
  if (row) row.classList.add("at");
}

async function look() {
  window.clearTimeout(timer);
  if (paused || document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: tag ? { "if-none-match": tag } : {}, redirect: "manual" });
    // Meanwhile somebody may have said that nothing is to move.
    if (paused) return;
    if (answer.status === 200) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const known = new Set(rows().map((row) => row.dataset.id));
      waiting = Array.from(page.querySelectorAll("tr[data-id]")).filter((row) => !known.has(row.dataset.id)).length;
      if (held() && waiting) {
        say(`${waiting} new, held while you point at the list.`);
      } else {
        tag = answer.headers.get("etag") || "";
        place(page);
        say("Up to date.");
      }
    } else if (answer.status === 304) {
      say("Up to date.");
    } else if (answer.type === "opaqueredirect") {
      say("Your session is over. Load the page to sign in.");
      return;
    } else {
      say("No answer just now; trying again.");
    }
  } catch {
    say("The collector cannot be reached; trying again.");
  }
  timer = window.setTimeout(look, EVERY);
}

tellTimes(document);
window.setInterval(() => tellTimes(document), 15000);
if (follows) {
  const button = document.getElementById("pause");
  button.hidden = false;
  button.addEventListener("click", pause);
  document.addEventListener("visibilitychange", look);
  timer = window.setTimeout(look, EVERY);
}
