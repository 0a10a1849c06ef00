// The prefixes of a query: which are declared, which it uses, and where a new one goes.

import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";

const PATIENCE = 50; // milliseconds that a parse may take before what there is has to do

export function treeOf(state) {
  return ensureSyntaxTree(state, state.doc.length, PATIENCE) ?? syntaxTree(state);
}

/** Prefixes that the query declares and those that it uses, without their colons. */
export function prefixes(state) {
  const declared = new Set();
  const used = new Set();
  treeOf(state).iterate({
    enter({ name, from, to, node }) {
      if (name !== "Pname_ns" && name !== "Pname_ln") return;
      const prefix = state.sliceDoc(from, to).split(":", 1)[0];
      (node.parent?.name === "PrefixDecl" ? declared : used).add(prefix);
    },
  });
  return { declared, used };
}

/** The change that declares `prefix`: after the last declaration, else below the comments on top. */
export function declaration(state, prefix, space) {
  const line = `PREFIX ${prefix}: <${space}>`;
  let last = null;
  treeOf(state).iterate({
    enter({ name, to, node }) {
      if (name === "IriRef" && node.parent?.name === "PrefixDecl") last = to;
    },
  });
  if (last !== null) return { from: last, insert: `\n${line}` };
  const [comments] = /^([ \t]*(#.*)?\n)*/.exec(state.doc.toString());
  return { from: comments.length, insert: `${line}\n` };
}
