// Completion: variables of the query, terms of the graph and words of SPARQL. A prefix that we know
// is declared as soon as it is used.

import { EditorView } from "@codemirror/view";
import { treeOf, prefixes, declaration } from "./prologue.js";

const WORDS =
  "SELECT CONSTRUCT ASK DESCRIBE DISTINCT WHERE OPTIONAL FILTER UNION MINUS GRAPH BIND VALUES AS " +
  "ORDER GROUP BY HAVING LIMIT OFFSET DESC ASC PREFIX COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT " +
  "BOUND COALESCE IF EXISTS NOT IN STR LANG DATATYPE CONTAINS STRSTARTS STRENDS STRLEN LCASE " +
  "UCASE REGEX REPLACE CONCAT YEAR MONTH DAY ROUND ABS";

const words = WORDS.split(" ").map((label) => ({ label, type: "keyword", boost: -20 }));
const SILENT = new Set(["Comment", "String", "IriRef", "Langtag"]);

/** A source of completions over what `known()` promises: prefixes and terms of the graph. */
export function completing(known) {
  return async (context) => {
    const begun = context.matchBefore(/[?$]\w*|[A-Za-z][\w-]*(:[\w-]*)?/);
    const inside = treeOf(context.state).resolveInner(context.pos, -1).name;
    if ((!begun && !context.explicit) || SILENT.has(inside)) return null;
    const from = begun?.from ?? context.pos;
    if (/^[?$]/.test(begun?.text ?? "")) return { from, options: variables(context.state, from) };
    const { prefixes: spaces, terms } = await known();
    if (declares(context.state, context.pos)) return { from, options: declarations(spaces) };
    const options = [...terms.map((term) => named(term, spaces)), ...words];
    if (!begun) options.push(...variables(context.state, from));
    return { from, options, validFor: /^[A-Za-z][\w-]*(:[\w-]*)?$/ };
  };
}

/** Declares a prefix that we know when it is first written: at its colon. */
export function declaring(known) {
  return EditorView.updateListener.of(async ({ view, state, transactions }) => {
    if (!transactions.some((each) => each.isUserEvent("input.type"))) return;
    const at = state.selection.main.head;
    const prefix = /(?<![\w:-])([A-Za-z][\w-]*):$/.exec(before(state, at))?.[1];
    if (!prefix) return;
    const { prefixes: spaces } = await known();
    if (view.state.doc !== state.doc || !spaces[prefix] || !isMissing(state, prefix, at)) return;
    view.dispatch({ changes: declaration(state, prefix, spaces[prefix]), userEvent: "input" });
  });
}

function isMissing(state, prefix, at) {
  const inside = treeOf(state).resolveInner(at, -1).name;
  return !SILENT.has(inside) && !declares(state, at) && !prefixes(state).declared.has(prefix);
}

/** Whether a prefix is being declared here. */
function declares(state, at) {
  return /\bPREFIX\s+[\w-]*:?$/i.test(before(state, at));
}

function before(state, at) {
  const line = state.doc.lineAt(at);
  return line.text.slice(0, at - line.from);
}

function declarations(spaces) {
  return Object.entries(spaces).map(([prefix, space]) => ({ label: `${prefix}: <${space}>` }));
}

/** Every variable of the query but the one being written. */
function variables(state, writing) {
  const found = new Set();
  treeOf(state).iterate({
    enter({ name, from, to }) {
      if (name === "Var" && from !== writing) found.add(state.sliceDoc(from, to));
    },
  });
  return [...found].sort().map((label) => ({ label, type: "variable", boost: 20 }));
}

/** A term is found by its name or by its label, and brings its prefix with it. */
function named({ name, label, kind, says }, spaces) {
  return {
    label: label ? `${name} ${label}` : name,
    displayLabel: name,
    detail: label,
    info: says || undefined,
    type: kind,
    apply: (view, _, from, to) => insert(view, name, spaces, from, to),
  };
}

function insert(view, name, spaces, from, to) {
  const prefix = name.split(":", 1)[0];
  const missing = !prefixes(view.state).declared.has(prefix);
  const changes = [{ from, to, insert: name }];
  if (missing) changes.push(declaration(view.state, prefix, spaces[prefix]));
  const added = missing ? changes[1].insert.length : 0;
  const selection = { anchor: from + name.length + added };
  view.dispatch({ changes, selection, userEvent: "input.complete", scrollIntoView: true });
}
