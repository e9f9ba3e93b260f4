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
const unpack = (pack) => {
    let at = 4 + new DataView(pack.buffer).getUint32(0, true);
    const index = JSON.parse(new TextDecoder().decode(pack.subarray(4, at)));
    return new Map(index.map(([name, size]) => [name, pack.subarray(at, (at += size))]));
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
