// The network page: the address holds the choices, and the server makes the page from it.
//
// This script replaces parts of the page and draws the picture without leaving the page.

import { listen } from "./gestures.js";
import { Picture } from "./picture.js";

const AGAIN = 1000; // milliseconds
const KEPT = ["measure", "colour", "top"]; // choices that stay when the network changes

const frame = document.getElementById("net");
const form = document.getElementById("choose");
const picture = new Picture(frame, keepView);
let shown = "";
let asking = new AbortController();

/** The current address with other values, without empty ones. */
function address(values) {
  const chosen = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) value ? chosen.set(name, value) : chosen.delete(name);
  return `?${chosen}`;
}

/** The address for the form's values, without those that equal their default. */
function addressOfForm(names) {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const isDefault = value === form.elements[name].dataset?.default;
    if (value && !isDefault && (!names || names.includes(name))) chosen.append(name, value);
  }
  if (!chosen.has("focus")) chosen.delete("depth");
  return `?${chosen}`;
}

function go(there) {
  const to = new URL(there, location.href);
  if (to.search === location.search) return;
  history.pushState(null, "", to.pathname + to.search);
  load();
}

/** Fetch the page at the current address, and replace its parts. */
async function load() {
  asking.abort();
  const { signal } = (asking = new AbortController());
  try {
    const reply = await fetch(location.pathname + location.search, { signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (reply.ok) put(page);
    else document.getElementById("told").replaceChildren(page.querySelector("main p") ?? reply.statusText);
    if (reply.ok) await show(signal);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function put(page) {
  const focused = document.activeElement?.id;
  const open = document.getElementById("more").open;
  for (const part of document.querySelectorAll("[data-swap]")) {
    const fresh = page.getElementById(part.id);
    for (const name of ["picture", "node", "waits"]) delete part.dataset[name];
    Object.assign(part.dataset, fresh.dataset);
    part.replaceChildren(...fresh.childNodes);
  }
  document.getElementById("more").open = open;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Draw the picture that the page names, once it is computed. */
async function show(signal) {
  const { picture: from, node, waits } = document.getElementById("found").dataset;
  if (waits) return setTimeout(() => signal.aborted || load(), AGAIN);
  if (from !== shown) {
    const reply = await fetch(`${from}&format=json`, { signal });
    if (reply.status === 202) return setTimeout(() => signal.aborted || load(), AGAIN);
    picture.set(await reply.json());
    shown = from;
    paper.src = `${from}&format=svg`;
  }
  picture.choose(node);
}

/** The camera's position goes after the #, as the server does not need it. */
function keepView({ x, y, zoom }) {
  const whole = x === 0.5 && y === 0.5 && zoom === 1;
  const view = whole ? "" : `#${[x, y, zoom].map((number) => +number.toFixed(4))}`;
  if (view !== location.hash) history.replaceState(null, "", location.pathname + location.search + view);
}

function button(name, label, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: name, ariaLabel: label, title: label });
  made.addEventListener("click", press);
  return made;
}

async function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await picture.blob());
  link.download = "network.png";
  link.click();
  URL.revokeObjectURL(link.href);
}

const tools = document.createElement("div");
tools.className = "tools";
tools.append(
  button("+", "Nearer", () => picture.zoom(1.4)),
  button("−", "Farther", () => picture.zoom(1 / 1.4)),
  button("All", "Show the whole picture", () => picture.fit()),
  button("PNG", "Save as PNG", save),
);
const paper = document.createElement("img"); // the server's picture, for print
Object.assign(paper, { className: "paper", alt: "", fetchPriority: "low" });
frame.append(tools, paper);
frame.classList.add("live");

const { above } = picture;
above.tabIndex = 0;
above.role = "application";
listen(picture, (node) => go(address({ node: node?.id })));
above.ariaLabel = "Picture of the network. Arrow keys move it, plus and minus zoom, 0 shows all, Escape deselects a node. The table below lists the same nodes.";
form.addEventListener("change", ({ target }) => go(addressOfForm(target.name === "network" ? [...KEPT, "network"] : null)));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(addressOfForm());
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-swap] a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.origin !== location.origin || link.pathname !== location.pathname) return;
  event.preventDefault();
  go(link.href);
});
addEventListener("popstate", load);

if (matchMedia("(min-width: 57rem)").matches) document.getElementById("more").open = true;
const [x, y, zoom] = location.hash.slice(1).split(",").map(Number);
if (x && y && zoom) picture.camera = { x, y, zoom };
show(asking.signal);
