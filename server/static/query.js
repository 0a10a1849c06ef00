// Improves pages that hold an answer or a query: Ctrl+Enter runs, a click on a heading sorts.

for (const form of document.querySelectorAll("form.ask")) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

const collator = new Intl.Collator("en", { numeric: true });

for (const table of document.querySelectorAll("table.sortable")) {
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
