#!/usr/bin/env python3
"""Scores of neuralforecast_models.py's files as a table in Markdown.

  neuralforecast_table.py --data DIR --scorer DIR --forecasts DIR [--out TABLE.md]

DIR of the forecasts holds SET_nhits.csv and SET_tide.csv with their .json. The scorer is run as it is; its folder
`forecasts/` holds the reference of gradient-boosted trees, SET_lightgbm.csv.gz.
"""
import argparse, json, os, subprocess, sys, tempfile

METRICS = ["wQL", "WAPE", "RMSSE", "MASE", "bias_pct", "cov80", "cov90"]
HORIZONS = ["1", "7", "28", "1-7", "1-28"]
NAMES = {"nhits": "N-HiTS", "tide": "TiDE"}


def scored(a, name, file, reference):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "score.json")
        command = [sys.executable, os.path.join(a.scorer, "score.py"), os.path.join(a.data, name), file, "--json", out, "--vs", reference]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(out) as f:
            return json.load(f)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True)
    ap.add_argument("--scorer", required=True)
    ap.add_argument("--forecasts", required=True)
    ap.add_argument("--out")
    a = ap.parse_args()
    cell = lambda m, v: f"{v:.2f}" if m == "bias_pct" else f"{v:.4f}"
    lines, costs = [], []
    for name in sorted(os.listdir(a.data)):
        files = {m: os.path.join(a.forecasts, f"{name}_{m}.csv") for m in NAMES}
        files = {m: f for m, f in files.items() if os.path.exists(f)}
        if not files:
            continue
        reference = os.path.join(a.scorer, "forecasts", f"{name}_lightgbm.csv.gz")
        results = {m: scored(a, name, f, reference) for m, f in files.items()}
        lines += [f"### {name}", "", "| model | days | " + " | ".join(METRICS) + " | wQL over LightGBM's |", "|---|---|" + "--:|" * (len(METRICS) + 1)]
        first = next(iter(results.values()))
        for h in HORIZONS:
            row = first["vs"]["groups"][h]
            lines.append(f"| LightGBM | {h} | " + " | ".join(cell(m, row[m]) for m in METRICS) + " | 1 |")
            for model, r in results.items():
                row = r["groups"][h]
                lines.append(f"| {NAMES[model]} | {h} | " + " | ".join(cell(m, row[m]) for m in METRICS) + f" | {r['vs']['ratio'][h]['wQL']:.3f} |")
        lines.append("")
        for model in results:
            with open(os.path.splitext(files[model])[0] + ".json") as f:
                c = json.load(f)
            per = [t["cpu_s"] for t in c["cutoffs"]]
            s = c["settings"]
            costs.append(f"| {name} | {NAMES[model]} | {s['input']} | {s['steps']:,} x {s['windows']} | {sum(per) / len(per):.0f} ({min(per):.0f} to {max(per):.0f}) | {c['cpu_s']:.0f} | {c['peak_mib']:,} MiB |")
    lines += ["### What it cost", "", "| set | model | days of history in a window | steps x windows | CPU s a cutoff | CPU s, all cutoffs | memory |", "|---|---|--:|--:|--:|--:|--:|", *costs, ""]
    text = "\n".join(lines)
    if a.out:
        with open(a.out, "w") as f:
            f.write(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
