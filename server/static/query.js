// Improves pages with a query or an answer: Ctrl+Enter runs the query, the answer appears without
// a new page, headings sort, links and snippets can be copied.

const form = document.querySelector("form.ask");
const field = form?.elements.query;
const answer = document.getElementById("answer");
const said = document.createElement("p"); // announces the answer to screen readers
const collator = new Intl.Collator("en", { numeric: true });
let shown = here();
let running;

improve(document);

if (form) {
  form.querySelector("[data-keys]").hidden = false;
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  field.addEventListener("fault", ({ detail }) => field.hidden || select(detail));
  point();
}

if (form && answer && new URL(form.action).pathname === location.pathname) {
  said.className = "vh";
  said.role = "status";
  form.append(said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  });
  addEventListener("popstate", () => here() === shown || location.reload());
}

function here() {
  return location.pathname + location.search;
}

/** Show the answer from the page at `address`. */
async function run(address) {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  answer.ariaBusy = "true";
  said.textContent = "Running";
  try {
    show(await answerOf(address, signal));
    if (here() !== new URL(address).pathname + new URL(address).search) history.pushState(null, "", address);
    shown = here();
  } catch (error) {
    if (signal.aborted) return;
    show([paragraph(error instanceof TypeError ? "The server cannot be reached." : error.message)]);
  }
  answer.ariaBusy = null;
}

async function answerOf(address, signal) {
  const reply = await fetch(address, { signal, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const found = page.getElementById("answer");
  if (!found) throw new Error(`The server has no answer (${reply.status}); try again.`);
  return found.childNodes;
}

function show(nodes) {
  answer.replaceChildren(...nodes);
  improve(answer);
  said.textContent = answer.querySelector(".told")?.textContent ?? "";
  point();
  if (answer.getBoundingClientRect().top > innerHeight * 0.8) answer.scrollIntoView();
}

function paragraph(text) {
  const made = document.createElement("p");
  made.className = "lead told";
  made.textContent = text;
  return made;
}

/** Move the caret to the place of a syntax error, if the server reports one. */
function point() {
  const { line, column } = answer?.querySelector("[data-line]")?.dataset ?? {};
  if (!line) return;
  field.dispatchEvent(new CustomEvent("fault", { detail: { line: Number(line), column: Number(column) } }));
}

function select({ line, column }) {
  const before = field.value.split("\n").slice(0, line - 1);
  const at = before.join("\n").length + (line > 1 ? 1 : 0) + column - 1;
  field.focus();
  field.setSelectionRange(at, at);
}

function improve(root) {
  for (const table of root.querySelectorAll("table.sortable")) makeSortable(table);
  for (const source of root.querySelectorAll("[data-copy]")) makeCopied(source);
}

function makeCopied(source) {
  if (!navigator.clipboard) return; // missing on pages without HTTPS
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy small";
  button.textContent = "Copy";
  button.ariaLabel = `Copy: ${source.ariaLabel ?? source.textContent}`;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.href ?? source.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  source.after(button);
}

function makeSortable(table) {
  for (const [column, heading] of [...table.tHead.rows[0].cells].entries()) {
    if (!heading.textContent.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(table, column, heading));
  }
}

function sort(table, column, heading) {
  const down = heading.ariaSort === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
  rows.sort(([a], [b]) => compare(a, b) * (down ? -1 : 1));
  body.replaceChildren(...rows.map(([, row]) => row));
}

function value(cell) {
  const text = cell.textContent.trim();
  return cell.classList.contains("n") ? Number(text.replaceAll(",", "")) : text;
}

function compare(a, b) {
  return typeof a === "number" ? a - b : collator.compare(a, b);
}
