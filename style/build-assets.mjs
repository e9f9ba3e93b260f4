// Makes what the pages need from npm packages: `node build-assets.mjs SITE` writes fonts/*.woff2, vendor/echarts.js, docs-ui/* and icons/*.png.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const site = process.argv[2];
if (!site) {
  console.error("usage: node build-assets.mjs SITE");
  process.exit(2);
}

// What Spanish and English are written with, the letters of their neighbours' names, and what the screens draw with text.
// Everything else is drawn by the system's own font.
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");
const letters = "ÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒŠÚÙÛÜŽáàâäãåæçéèêëíìîïñóòôöõøœšúùûüžß";
// What titles are made of.
const words = range(0x20, 0x5f) + range(0x61, 0x7a) + letters + "\u00a0¡¿«»·°ªº–—‘’“”…€";
const characters = range(0x20, 0x7e) + letters + "\u00a0¡¿«»·°ªº±²³½¼¾–—‘’“”„•…€−×≈≤≥←↑→↓↗↘✓\u2009\u202f";

const fonts = [
  // Titles and the wordmark: one weight, drawn for large sizes.
  {
    from: "fraunces/files/fraunces-latin-full-normal.woff2",
    to: "fraunces.woff2",
    text: words,
    axes: { wght: 600, opsz: 72, SOFT: 50, WONK: 0 },
    features: ["kern"],
  },
  // Everything else. Of its many features those that style/ turns on.
  {
    from: "inter/files/inter-latin-wght-normal.woff2",
    to: "inter.woff2",
    text: characters,
    axes: { wght: { min: 400, max: 700 } },
    features: ["kern", "tnum", "ss03", "cv11"],
  },
];

await mkdir(join(site, "fonts"), { recursive: true });
for (const { from, to, text, axes, features } of fonts) {
  const whole = await readFile(join(here, "node_modules/@fontsource-variable", from));
  const part = await subsetFont(whole, text, { targetFormat: "woff2", variationAxes: axes, keepFeatures: features });
  await writeFile(join(site, "fonts", to), part);
  console.log(`fonts/${to}: ${part.length} bytes of ${whole.length}`);
}

const bundle = await build({
  entryPoints: [join(here, "echarts-bundle.mjs")],
  outfile: join(site, "vendor/echarts.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  banner: { js: "/* Apache ECharts, Apache License 2.0, https://echarts.apache.org */" },
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
});
for (const [name, { bytes }] of Object.entries(bundle.metafile.outputs)) {
  console.log(`${name}: ${bytes} bytes`);
}

// The page of the API's description: as it comes, so that nothing of it stands inline. Its own start script lies in public/docs-ui.
await mkdir(join(site, "docs-ui"), { recursive: true });
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
  await copyFile(join(here, "node_modules/swagger-ui-dist", name), join(site, "docs-ui", name));
  console.log(`docs-ui/${name}`);
}

// The icons of the installed program, drawn from the one drawing. A maskable one is cut to the device's own shape, so it fills the whole
// square and keeps the drawing inside the circle that every shape leaves (four fifths of the width).
await initWasm(readFile(join(here, "node_modules/@resvg/resvg-wasm/index_bg.wasm")));
const drawing = await readFile(join(here, "../public/favicon.svg"), "utf8");
const [, strokes] = /<svg[^>]*>(.*)<\/svg>/s.exec(drawing) ?? [];
if (!strokes) throw new Error("public/favicon.svg is not drawn as expected");
const ground = "#fbf6ec";
const square = (content) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${content}</svg>`;
const shapes = {
  icon: square(`<rect width="32" height="32" rx="7" fill="${ground}"/><g transform="translate(4 4) scale(0.75)">${strokes}</g>`),
  maskable: square(`<rect width="32" height="32" fill="${ground}"/><g transform="translate(7.2 7.2) scale(0.55)">${strokes}</g>`),
};
await mkdir(join(site, "icons"), { recursive: true });
for (const [name, shape] of Object.entries(shapes)) {
  for (const width of [192, 512]) {
    const image = new Resvg(shape, { fitTo: { mode: "width", value: width } }).render().asPng();
    await writeFile(join(site, "icons", `${name}-${width}.png`), image);
    console.log(`icons/${name}-${width}.png: ${image.length} bytes`);
  }
}
