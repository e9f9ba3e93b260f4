// So many parts are fetched one by one; where more are missing, the whole pack is.
const FEW = 8;
let wanted = [];
// A network that is away comes back: what a page needs is fetched until it is there.
const bytes = async (name) => {
    for (let pause = 500; ; pause = Math.min(pause * 2, 15000)) {
        const answer = await fetch(new URL(`./${name}.wasm`, import.meta.url)).catch(() => undefined);
        if (answer?.ok) return new Uint8Array(await answer.arrayBuffer());
        if (answer && answer.status < 500) throw new Error(`${name}: ${answer.status}`);
        await new Promise((again) => {
            setTimeout(again, pause);
            addEventListener("online", again, { once: true });
        });
    }
};
const part = (name) => {
    const arrived = new Promise((resolve, reject) => wanted.push({ name, resolve, reject }));
    return async (imports) => WebAssembly.instantiate(await arrived, imports);
};
// What several groups share: the distance of each chunk from the one after the chunk before, as a digit. The last digit stands for that
// many, and more to come.
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~";
const shared = [];
const chunks = (distances) => {
    const loads = [];
    let number = 0;
    for (const digit of distances) {
        const distance = DIGITS.indexOf(digit);
        number += distance;
        if (distance === DIGITS.length - 1) continue;
        const own = number;
        loads.push((shared[own] ??= makeLoad(() => part(`chunk_${own}`), [])));
        number += 1;
    }
    return loads;
};
// The sections of modules in a pack, see parts/pack.rs.
const SECTIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
const unpack = (pack) => {
    let at = 4 + new DataView(pack.buffer).getUint32(0, true);
    const names = JSON.parse(new TextDecoder().decode(pack.subarray(4, at)));
    const modules = names.map(() => [[0, 97, 115, 109, 1, 0, 0, 0]]);
    for (const section of SECTIONS) {
        const sizes = names.map(() => {
            const from = at;
            let size = 0;
            for (let shift = 0; ; shift += 7) {
                size |= (pack[at] & 127) << shift;
                if (pack[at++] < 128) return [size, pack.subarray(from, at)];
            }
        });
        sizes.forEach(([size, written], module) => {
            if (size) modules[module].push([section], written, pack.subarray(at, (at += size)));
        });
    }
    return new Map(
        modules.map((pieces, module) => {
            const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
            let end = 0;
            for (const piece of pieces) {
                whole.set(piece, end);
                end += piece.length;
            }
            return [names[module], whole];
        }),
    );
};
const group = (pack, load) => () => {
    // The parts that are not there yet register themselves while this runs.
    wanted = [];
    const ready = load();
    const missing = wanted;
    const whole = missing.length > FEW ? bytes(pack).then(unpack) : Promise.resolve(new Map());
    for (const { name, resolve, reject } of missing) whole.then((parts) => parts.get(name) ?? bytes(name)).then(resolve, reject);
    return ready;
};
