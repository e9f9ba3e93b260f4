// Makes compiled modules smaller: `node shrink.mjs FILE...`, what `wasm-opt -Oz` does, in one process for all of them.
import { readFile, writeFile } from "node:fs/promises";
import binaryen from "binaryen";

// What the compiler turns on for this target; the optimiser must keep to it.
const { BulkMemory, BulkMemoryOpt, NontrappingFPToInt, SignExt, MutableGlobals, ReferenceTypes, Multivalue } = binaryen.Features;
const features = BulkMemory | BulkMemoryOpt | NontrappingFPToInt | SignExt | MutableGlobals | ReferenceTypes | Multivalue;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
// The compiler puts the stack at the bottom of the memory: nothing that has an address lies in its first kilobyte.
binaryen.setLowMemoryUnused(true);
for (const file of process.argv.slice(2)) {
  const module = binaryen.readBinary(await readFile(file));
  module.setFeatures(features);
  // What the first round merged and inlined gives the second one more to find; a third finds nothing.
  module.optimize();
  module.optimize();
  await writeFile(file, module.emitBinary());
  module.dispose();
}
