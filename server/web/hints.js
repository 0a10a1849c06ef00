// Hints: what is no SPARQL (yet) is underlined once the writer pauses. They never keep a query
// from running: the grammar here is older than the server's, which has the last word.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin } from "@codemirror/view";
import { treeOf } from "./prologue.js";

const PAUSE = 700; // milliseconds
const MOST = 5;

const found = StateEffect.define();
const fault = StateEffect.define();

const doubt = Decoration.mark({ class: "cm-doubt", attributes: { title: "Not SPARQL as it stands" } });
const wrong = Decoration.line({ class: "cm-wrong" });

/** Parts that the grammar does not know, but for the one where the caret is. */
function doubts(state) {
  const marks = [];
  const caret = state.selection.main.head;
  treeOf(state).iterate({
    enter({ type, from, to }) {
      if (!type.isError || from === to || marks.length === MOST) return;
      if (from <= caret && caret <= to) return;
      marks.push(doubt.range(from, to));
    },
  });
  return Decoration.set(marks, true);
}

function marked(effect, lasting) {
  return StateField.define({
    create: () => Decoration.none,
    update: (marks, change) => {
      for (const each of change.effects) if (each.is(effect)) return each.value;
      return lasting ? marks.map(change.changes) : change.docChanged ? Decoration.none : marks;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
}

const watcher = ViewPlugin.define((view) => {
  const look = () => view.dispatch({ effects: found.of(doubts(view.state)) });
  let waiting = setTimeout(look, PAUSE);
  return {
    update(change) {
      if (!change.docChanged) return;
      clearTimeout(waiting);
      waiting = setTimeout(look, PAUSE);
    },
    destroy: () => clearTimeout(waiting),
  };
});

export const hints = [marked(found, true), marked(fault, false), watcher];

/** Put the caret where the server found a fault, and mark the line; both count from 1. */
export function showFault(view, line, column) {
  const at = view.state.doc.line(Math.min(line, view.state.doc.lines));
  const before = [...at.text].slice(0, column - 1).join(""); // the server counts characters
  view.dispatch({
    selection: { anchor: at.from + before.length },
    effects: fault.of(Decoration.set([wrong.range(at.from)])),
    scrollIntoView: true,
  });
  view.focus();
}
