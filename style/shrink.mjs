// Makes compiled modules smaller: `node shrink.mjs FILE...`, what `wasm-opt -Oz` does, in one process for all of them, and functions in an
// order that compresses well.
import { readFile, writeFile } from "node:fs/promises";
import binaryen from "binaryen";
import { alike, named } from "./order.mjs";

// What the compiler turns on for this target; the optimiser must keep to it.
const { BulkMemory, BulkMemoryOpt, NontrappingFPToInt, SignExt, MutableGlobals, ReferenceTypes, Multivalue } = binaryen.Features;
const features = BulkMemory | BulkMemoryOpt | NontrappingFPToInt | SignExt | MutableGlobals | ReferenceTypes | Multivalue;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
// The compiler puts the stack at the bottom of the memory: nothing that has an address lies in its first kilobyte.
binaryen.setLowMemoryUnused(true);
const read = (bytes) => {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(features);
  return module;
};
for (const file of process.argv.slice(2)) {
  const module = read(await readFile(file));
  // What the first round merged and inlined gives the second one more to find; a third finds nothing.
  module.optimize();
  module.optimize();
  const small = module.emitBinary();
  module.dispose();
  // The names say the order and are not written.
  const ordered = read(named(small, alike(small)));
  ordered.runPasses(["reorder-functions-by-name"]);
  await writeFile(file, ordered.emitBinary());
  ordered.dispose();
}
