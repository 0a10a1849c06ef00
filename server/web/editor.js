// The query editor: CodeMirror in the place of the form's textarea, which it keeps up to date and
// which stays what is sent. It lives in a shadow root, where its styles need no leave of the
// page's policy. The page's own script runs the form; it says "fault" where the server found one.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { bracketMatching, indentService } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { sparql } from "codemirror-lang-sparql";
import { completing, declaring } from "./complete.js";
import { hints, showFault } from "./hints.js";
import { overwriting } from "./overwrite.js";
import { theme } from "./theme.js";

for (const field of document.querySelectorAll("textarea[data-terms]")) replace(field);

function replace(field) {
  const frame = document.createElement("div");
  frame.className = "editor";
  frame.style.minHeight = `${field.offsetHeight}px`;
  field.before(frame);
  const root = frame.attachShadow({ mode: "open" });
  const view = new EditorView({ state: stateOf(field), parent: root, root });
  field.hidden = true;
  field.required = false; // or the browser would point at what cannot be seen
  field.addEventListener("fault", ({ detail }) => showFault(view, detail.line, detail.column));
  field.form.querySelector("[data-keys]").append(" Esc, then Tab leaves the field.");
  for (const label of field.labels) label.addEventListener("click", () => view.focus());
}

function stateOf(field) {
  const known = asked(field.dataset.terms);
  return EditorState.create({
    doc: field.value,
    extensions: [
      [lineNumbers(), highlightActiveLineGutter(), drawSelection(), EditorView.lineWrapping],
      [history(), bracketMatching(), closeBrackets(), overwriting, indentService.of(indentation)],
      [sparql(), hints, theme],
      autocompletion({ override: [completing(known)], icons: false }),
      declaring(known),
      keymap.of([
        { key: "Mod-Enter", run: () => true }, // the form runs; here it adds no line
        { key: "Tab", run: (view) => acceptCompletion(view) || indentMore(view), shift: indentLess },
        ...closeBracketsKeymap,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
      EditorView.contentAttributes.of({ "aria-label": "SPARQL query", spellcheck: "false" }),
      EditorView.updateListener.of((change) => {
        if (change.docChanged) field.value = change.state.doc.toString();
      }),
    ],
  });
}

/** A new line begins as the one before it, and deeper where that opens a group. */
function indentation(context, at) {
  const { text } = context.lineAt(at, -1);
  return /^\s*/.exec(text)[0].length + (/[{(]\s*$/.test(text) ? context.unit : 0);
}

/** What the address holds, fetched when it is first needed; without it there are no terms. */
function asked(address) {
  let known;
  const fetched = async () => {
    const reply = await fetch(address);
    return reply.ok ? reply.json() : { prefixes: {}, terms: [] };
  };
  return () => (known ??= fetched().catch(() => ({ prefixes: {}, terms: [] })));
}
