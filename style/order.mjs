// The order of the functions of a module. It means nothing to a program; brotli writes a function that follows one like it shorter: the
// main module becomes almost four percent smaller.
// Format of modules: WebAssembly Core Specification 2.0, 5.5, names 7.4.1.

// A number at `at.at`, which moves behind it (unsigned LEB128).
const number = (bytes, at) => {
  let value = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[at.at++];
    value += (byte & 127) * shift;
    if (byte < 128) return value;
  }
};

const written = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
};

const sections = (module) => {
  const found = new Map();
  for (const at = { at: 8 }; at.at < module.length; ) {
    const id = module[at.at++];
    const size = number(module, at);
    found.set(id, module.subarray(at.at, (at.at += size)));
  }
  return found;
};

const IMPORTS = 2;
const FUNCTIONS = 3;
const CODE = 10;

// How many functions a module imports; its own are numbered after them.
const imported = (section) => {
  if (!section) return 0;
  const at = { at: 0 };
  const skipLimits = () => {
    const flags = section[at.at++];
    number(section, at);
    if (flags & 1) number(section, at);
  };
  let functions = 0;
  for (let left = number(section, at); left > 0; left -= 1) {
    for (let name = 0; name < 2; name += 1) {
      const length = number(section, at);
      at.at += length;
    }
    const kind = section[at.at++];
    if (kind === 0) {
      number(section, at);
      functions += 1;
    } else if (kind === 1) {
      at.at += 1;
      skipLimits();
    } else if (kind === 2) skipLimits();
    else if (kind === 3) at.at += 2;
    else throw new Error(`an import of the unknown kind ${kind}`);
  }
  return functions;
};

// The functions of a module: the number of its type, and its code.
const functions = (module) => {
  const found = sections(module);
  const types = found.get(FUNCTIONS);
  const code = found.get(CODE);
  if (!types || !code) return [];
  const type = { at: 0 };
  const body = { at: 0 };
  number(types, type);
  return Array.from({ length: number(code, body) }, () => {
    const size = number(code, body);
    return { type: number(types, type), code: code.subarray(body.at, (body.at += size)) };
  });
};

// Two functions have so many numbers in common, of this many, as they have sequences of bytes of this length in common (MinHash, one
// permutation: Li, Owen and Zhang 2012).
const SKETCH = 64;
const LENGTH = 4;
const NONE = 0x7fffffff;
const sketch = (code) => {
  const least = new Int32Array(SKETCH).fill(NONE);
  for (let from = 0; from + LENGTH <= code.length; from += 1) {
    let hash = 2166136261;
    for (let byte = from; byte < from + LENGTH; byte += 1) hash = Math.imul(hash ^ code[byte], 16777619);
    hash ^= hash >>> 15;
    const place = (hash >>> 0) % SKETCH;
    least[place] = Math.min(least[place], Math.imul(hash, 0x9e3779b1) >>> 1);
  }
  return least;
};

// Equal types weigh so many equal numbers of a sketch.
const SAME_TYPE = 4;

// The functions of a module, by their places in it: the longest first, then always the one most like the one before.
export const alike = (module) => {
  const all = functions(module).map(({ type, code }) => ({ type, length: code.length, sketch: sketch(code) }));
  const left = all.map((_, place) => place).sort((one, other) => all[other].length - all[one].length || one - other);
  const order = left.splice(0, 1);
  while (left.length > 0) {
    const last = all[order.at(-1)];
    let best = 0;
    let most = -1;
    left.forEach((place, index) => {
      const next = all[place];
      let like = next.type === last.type ? SAME_TYPE : 0;
      for (let number = 0; number < SKETCH; number += 1) {
        if (last.sketch[number] === next.sketch[number] && next.sketch[number] !== NONE) like += 1;
      }
      // Between two that are equally like it, the one of its length.
      like += (0.9 * Math.min(last.length, next.length)) / Math.max(last.length, next.length);
      if (like > most) {
        most = like;
        best = index;
      }
    });
    order.push(...left.splice(best, 1));
  }
  return order;
};

// The module with names for its functions that sort as `order` says.
export const named = (module, order) => {
  const first = imported(sections(module).get(IMPORTS));
  const names = [];
  order.forEach((place, rank) => (names[place] = String(rank).padStart(8, "0")));
  const text = new TextEncoder();
  const map = [...written(names.length), ...names.flatMap((name, place) => [...written(first + place), name.length, ...text.encode(name)])];
  const content = [4, ...text.encode("name"), 1, ...written(map.length), ...map];
  return Buffer.concat([module, Buffer.from([0, ...written(content.length), ...content])]);
};
