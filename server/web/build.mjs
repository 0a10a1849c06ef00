// Bundles the editor into ../static/vendor, with the licences of what went in and a list of hashes
// by which a test that has no Node sees whether the bundle is that of these sources.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const OUT = "../static/vendor";
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)/;

const made = await build({
  entryPoints: ["editor.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
});
const bundle = made.outputFiles[0].text;
const packages = Object.keys(made.metafile.inputs).flatMap((path) => path.match(PACKAGE)?.[1] ?? []);
const outputs = { "editor.js": bundle, "THIRD_PARTY_LICENSES.md": licences([...new Set(packages)]) };

mkdirSync(OUT, { recursive: true });
for (const [name, text] of Object.entries(outputs)) writeFileSync(`${OUT}/${name}`, text);
const hashes = { sources: hashed(sources()), outputs: hashed(outputs) };
writeFileSync(`${OUT}/build.json`, JSON.stringify(hashes, null, 2) + "\n");

function sources() {
  const names = readdirSync(".").filter((name) => /\.(js|mjs|json)$|^\.npmrc$/.test(name)).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(name, "utf8")]));
}

function hashed(texts) {
  const entries = Object.entries(texts);
  return Object.fromEntries(entries.map(([name, text]) => [name, sha256(text)]));
}

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}

function licences(names) {
  const parts = names.sort().map((name) => {
    const folder = `node_modules/${name}`;
    const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (!file) throw new Error(`${name} has no licence file`);
    return `## ${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
  });
  return `# Licences of what is in the editor's bundle\n\n${parts.join("\n")}`;
}
