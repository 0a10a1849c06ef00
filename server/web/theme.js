// How the editor looks: the colours are the page's own, so that it follows light and dark.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--link)", fontWeight: "600" },
  { tag: tags.variableName, color: "var(--ok)" },
  { tag: [tags.string, tags.number, tags.bool, tags.annotation], color: "var(--warn)" },
  { tag: tags.comment, color: "var(--ink2)", fontStyle: "italic" },
  { tag: [tags.namespace, tags.url], color: "var(--ink)" },
]);

const shapes = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--bg)", minHeight: "inherit", maxHeight: "75vh" },
  "&.cm-focused": { outline: "none" }, // the frame around it has one
  ".cm-scroller": { flexGrow: "1", fontFamily: "var(--mono)", fontSize: ".875rem", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".45rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--ink2)", backgroundColor: "var(--bg2)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-activeLineGutter": { color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--c1) 30%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--track)" },
  ".cm-doubt": { textDecoration: "underline wavy var(--warn)", textUnderlineOffset: ".2em" },
  ".cm-wrong": { backgroundColor: "color-mix(in srgb, var(--bad) 14%, transparent)" },
  ".cm-tooltip": {
    color: "var(--ink)",
    backgroundColor: "var(--bg)",
    border: "1px solid var(--edge)",
    borderRadius: "6px",
    maxWidth: "calc(100vw - 2rem)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: ".875rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".2rem .5rem", lineHeight: "1.5" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--bg)", background: "var(--link)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", marginLeft: ".75rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: ".5rem .75rem", fontSize: ".875rem", maxWidth: "20rem" },
  "@media (max-width: 40rem)": { ".cm-tooltip.cm-completionInfo": { display: "none" } }, // it would hide the list
});

export const theme = [shapes, syntaxHighlighting(colours)];
