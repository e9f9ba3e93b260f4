#!/usr/bin/env python3
"""Forecasts of N-HiTS and TiDE (package neuralforecast) for a folder of daily sales, in the format of the scorer.

  neuralforecast_models.py DATASET OUT.csv --model nhits|tide --scorer DIR [--input 56] [--steps 1000] ...

See README.md beside this file. One network per cutoff, fitted on nothing later than the cutoff; the quantities after it
are removed before anything is computed. Known in advance: opening, calendar, weather, price, promotion.
Beside OUT.csv stands OUT.json: settings, CPU seconds of every cutoff, memory at its highest, versions.
"""
import os, sys

# The package copies hundreds of megabytes a step; memory that is given back and asked for again each time costs more than
# half of the processor time. One thread. Both are read when a process starts.
SURROUNDINGS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "8000000000", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
if __name__ == "__main__" and any(name not in os.environ for name in SURROUNDINGS):
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **SURROUNDINGS})

import argparse, importlib.metadata, json, logging, resource, time, warnings
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
logging.getLogger("lightning_fabric").setLevel(logging.ERROR)

H = 28
TAUS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
QCOLS = [f"q{t:g}" for t in TAUS]
KEY = ["cutoff", "store_id", "product_id", "target_date"]

# An event that comes up on more days of a year than this is a matter of routine and has a column of its own.
ROUTINE_DAYS = 24

# Window scaling divides by the spread inside the window plus 1e-6. A column that is constant but for rounding would
# explode when it moves for the first time; a ripple this high, day by day, keeps the spread honest.
RIPPLE = 0.02


class Data:
    """The sales as matrices of series x day, and the covariates of every day up to four weeks after the last cutoff."""

    def __init__(self, folder, scorer):
        self.sales, self.meta = scorer.load_dataset(folder)
        assert int(self.meta["horizon"]) == H
        self.rows = scorer.scored_rows(self.sales, self.meta)
        s = self.sales
        self.first = s.date.min()
        self.days = int((max(pd.Timestamp(c) for c in self.meta["cutoffs"]) - self.first).days) + 1 + H
        self.dates = pd.date_range(self.first, periods=self.days)
        self.series = s[["store_id", "product_id"]].drop_duplicates().sort_values(["store_id", "product_id"]).reset_index(drop=True)
        self.names = (self.series.store_id + "|" + self.series.product_id).to_numpy()
        self.stores = sorted(self.series.store_id.unique())
        self.store = np.array([self.stores.index(x) for x in self.series.store_id])
        s = s[(s.date - self.first).dt.days < self.days]
        row = pd.MultiIndex.from_frame(self.series).get_indexer(pd.MultiIndex.from_frame(s[["store_id", "product_id"]]))
        day = (s.date - self.first).dt.days.to_numpy()

        def matrix(values):
            m = np.full((len(self.series), self.days), np.nan)
            m[row, day] = values
            return m

        self.quantity = matrix(s.quantity.to_numpy(float))
        self.price = matrix(s.unit_price.astype(float).to_numpy()) if "unit_price" in s else None
        self.promotion = matrix(s.promotion.astype(float).to_numpy()) if "promotion" in s else None
        past = s.quantity[s.date <= min(pd.Timestamp(c) for c in self.meta["cutoffs"])]
        # As the references decide it: quantiles in whole pieces where the history is in whole pieces.
        self.whole = bool((past % 1 == 0).mean() >= 0.98)
        self.calendar = scorer.read_csv(os.path.join(folder, "calendar.csv"), dtype=str, keep_default_na=False)
        self.weather = scorer.read_csv(os.path.join(folder, "weather.csv"), dtype={"store_id": str}, keep_default_na=False, na_values=[""])
        self.common = self.store_days()

    def store_days(self):
        """Columns that depend on store and day alone: name -> [stores, days]."""
        shape = (len(self.stores), self.days)
        flags = {k: np.zeros(shape) for k in ("holiday", "school", "event", "routine", "closed")}
        if self.calendar is not None and len(self.calendar):
            c = self.calendar.assign(day=(pd.to_datetime(self.calendar.date) - self.first).dt.days)
            c = c[(c.day >= 0) & (c.day < self.days)]
            years = max(1.0, self.days / 365.0)
            often = {}
            for name, part in c[c.kind == "event"].groupby("name"):
                often[name] = part.groupby("store_id").day.nunique().max() / years > ROUTINE_DAYS
            kinds = {"public_holiday": "holiday", "school_holiday": "school", "closure": "closed"}
            for day, store, kind, name in zip(c.day, c.store_id, c.kind, c.name):
                at = slice(None) if store == "" else self.stores.index(store) if store in self.stores else None
                if at is None:
                    continue
                column = kinds.get(kind) or ("routine" if often.get(name) else "event")
                flags[column][at, day] = 1.0
        weekday = self.dates.dayofweek.to_numpy()
        angle = 2 * np.pi * self.dates.dayofyear.to_numpy() / 365.25
        every = lambda v: np.broadcast_to(v, shape)
        columns = {f"weekday_{k}": every((weekday == k).astype(float)) for k in range(7)}
        columns["year_sin"], columns["year_cos"] = every(np.sin(angle)), every(np.cos(angle))
        for name in ("holiday", "event", "closed"):
            columns[name] = flags[name]
            columns[name + "_tomorrow"] = np.hstack([flags[name][:, 1:], np.zeros((shape[0], 1))])
            columns[name + "_yesterday"] = np.hstack([np.zeros((shape[0], 1)), flags[name][:, :-1]])
        columns["school"], columns["routine"] = flags["school"], flags["routine"]
        if self.weather is not None and len(self.weather):
            w = self.weather.assign(day=(pd.to_datetime(self.weather.date) - self.first).dt.days)
            w = w[(w.day >= 0) & (w.day < self.days)]
            for name in [k for k in w.columns if k not in ("date", "store_id", "day")]:
                m = np.full(shape, np.nan)
                for store, part in w.groupby("store_id"):
                    m[slice(None) if store == "" else self.stores.index(store), part.day] = part[name].to_numpy(float)
                if name == "precipitation_mm":
                    m = np.log1p(np.maximum(m, 0))
                mean, spread = np.nanmean(m), np.nanstd(m) or 1.0
                columns["weather_" + name] = np.nan_to_num((m - mean) / spread)
        return {k: v for k, v in columns.items() if v.any()}

    def series_days(self, cut):
        """Columns that depend on the series: planned promotion and price, where the set has them."""
        columns = {}
        end = cut + 1 + H
        if self.promotion is not None:
            columns["promotion"] = np.nan_to_num(self.promotion[:, :end])
        if self.price is not None:
            price = pd.DataFrame(np.log(np.where(self.price[:, :end] > 0, self.price[:, :end], np.nan)))
            filled = price.ffill(axis=1).bfill(axis=1)
            # Over the mean of the twelve weeks before, so that a price change shows and a price level does not.
            usual = filled.T.shift(1).rolling(84, min_periods=1).mean().T
            columns["price"] = (filled - usual).fillna(0.0).round(4).to_numpy()
        return columns

    def filled(self, cut):
        """Quantities up to the cutoff: [series, days] with closed days filled, and where they were known.

        Closed days: mean of the latest eight open same weekdays, else of the series so far. The networks need regular
        series; filled days are masked, so that nothing is learned from them.
        """
        y = self.quantity[:, : cut + 1].copy()
        known = ~np.isnan(y)
        for wd in range(7):
            part = pd.DataFrame(y[:, wd::7].T)
            mean = part.rolling(8, min_periods=1).mean().ffill()
            y[:, wd::7] = part.fillna(mean).to_numpy().T
        frame = pd.DataFrame(y.T)
        return frame.fillna(frame.expanding().mean()).ffill().bfill().fillna(0.0).to_numpy().T, known

    def frames(self, cut, train_days):
        """Training frame, future frame, static frame and the names of the covariates, as of day index `cut`."""
        y, known = self.filled(cut)
        own = self.series_days(cut)
        ripple = RIPPLE * (2 * (np.arange(self.days) % 2) - 1)
        names = list(self.common) + list(own)
        past, ahead, kept = [], [], []
        since = max(0, cut + 1 - train_days)
        for k in range(len(self.series)):
            days = np.flatnonzero(known[k])
            if not len(days) or days[-1] < since:
                continue
            start = max(since, days[0])
            kept.append(k)
            for part, days in ((past, np.arange(start, cut + 1)), (ahead, np.arange(cut + 1, cut + 1 + H))):
                d = {"unique_id": self.names[k], "ds": self.dates[days]}
                for name in self.common:
                    d[name] = self.common[name][self.store[k], days]
                    if name.startswith("weather_"):
                        d[name] = d[name] + ripple[days]
                for name in own:
                    d[name] = own[name][k, days] + (ripple[days] if name == "price" else 0.0)
                if part is past:
                    d["y"] = y[k, days]
                    d["available_mask"] = known[k, days].astype(float)
                part.append(pd.DataFrame(d))
        static = pd.DataFrame({"unique_id": self.names[kept]})
        for name in ("store", "product"):
            values = self.series[name + "_id"].to_numpy()[kept]
            if len(set(values)) > 1:
                static[name] = values
        return pd.concat(past, ignore_index=True), pd.concat(ahead, ignore_index=True), static, names


def network(a, covariates, static):
    """The model with its settings; those not named here are the package's own."""
    from neuralforecast.losses.pytorch import MQLoss
    from neuralforecast.models import NHITS, TiDE

    kinds = [c for c in static.columns if c != "unique_id"]
    common = dict(
        h=H, input_size=a.input, futr_exog_list=covariates, stat_exog_list=kinds, cat_exog_list=kinds,
        categorical_cardinalities={c: int(static[c].nunique()) for c in kinds}, loss=MQLoss(quantiles=TAUS), max_steps=a.steps,
        learning_rate=a.rate, num_lr_decays=3, batch_size=a.series, windows_batch_size=a.windows, start_padding_enabled=True,
        # A window scaled by the spread of two or three known days says nothing.
        training_data_availability_threshold=[0.25, 0.0], scaler_type=a.scaler, random_seed=a.seed,
        logger=False, enable_progress_bar=False, enable_checkpointing=False, enable_model_summary=False, accelerator="cpu", devices=1,
    )
    if a.model == "nhits":
        return NHITS(mlp_units=3 * [[a.hidden, a.hidden]], **common)
    return TiDE(hidden_size=a.hidden, decoder_output_dim=16, temporal_decoder_dim=64, dropout=a.dropout, **common)


def mean_of(q):
    """Mean of the distribution whose quantiles are joined by straight lines and continued flat below and above."""
    t = np.array(TAUS)
    middle = ((q[:, 1:] + q[:, :-1]) / 2 * np.diff(t)).sum(axis=1)
    return middle + q[:, 0] * t[0] + q[:, -1] * (1 - t[-1])


def cpu_seconds():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("dataset")
    ap.add_argument("out")
    ap.add_argument("--scorer", required=True, help="folder with score.py")
    ap.add_argument("--model", choices=["nhits", "tide"], required=True)
    ap.add_argument("--input", type=int, default=56, help="days of history in a window")
    ap.add_argument("--steps", type=int, default=1000)
    ap.add_argument("--series", type=int, default=32, help="series per step")
    ap.add_argument("--windows", type=int, default=128, help="windows per step, drawn from those series")
    ap.add_argument("--hidden", type=int, default=256)
    ap.add_argument("--rate", type=float, default=1e-3)
    ap.add_argument("--dropout", type=float, default=0.1, help="TiDE only")
    ap.add_argument("--scaler", default="standard")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--train-days", type=int, default=1100, help="days before the cutoff to learn from")
    ap.add_argument("--last", type=int, default=0, help="only so many of the latest cutoffs")
    a = ap.parse_args()
    sys.path.insert(0, a.scorer)
    import score as scorer
    import torch
    from neuralforecast import NeuralForecast

    torch.set_num_threads(1)
    data = Data(a.dataset, scorer)
    parts, timing = [], []
    for cutoff in data.meta["cutoffs"][-a.last:]:
        began, cpu = time.time(), cpu_seconds()
        cut = int((pd.Timestamp(cutoff) - data.first).days)
        past, ahead, static, covariates = data.frames(cut, a.train_days)
        assert past.ds.max() == pd.Timestamp(cutoff)
        assert np.isfinite(past.drop(columns=["unique_id", "ds"]).to_numpy(float)).all()
        model = network(a, covariates, static)
        nf = NeuralForecast(models=[model], freq="D")
        with_static = static if static.shape[1] > 1 else None
        nf.fit(past, static_df=with_static)
        out = nf.predict(futr_df=ahead, static_df=with_static).reset_index(drop=True)
        values = [c for c in out.columns if c not in ("unique_id", "ds", "index")]
        assert len(values) == len(TAUS), values
        q = np.sort(np.maximum(out[values].to_numpy(float), 0.0), axis=1)
        assert np.isfinite(q).all(), f"{cutoff}: a forecast is not finite"
        frame = pd.DataFrame({"unique_id": out.unique_id, "target_date": pd.to_datetime(out.ds).dt.strftime("%Y-%m-%d"), "mean": mean_of(q)})
        frame[QCOLS] = np.round(np.round(q, 4)) if data.whole else q
        want = data.rows[data.rows.cutoff == cutoff][KEY].copy()
        want["unique_id"] = want.store_id + "|" + want.product_id
        part = want.merge(frame, on=["unique_id", "target_date"], how="left").drop(columns="unique_id")
        # A scored series without a row in the training span: nothing was ever learned of it, it is taken to stay away.
        missing = part["mean"].isna()
        part.loc[missing, ["mean"] + QCOLS] = 0.0
        parts.append(part)
        timing.append({"cutoff": cutoff, "cpu_s": round(cpu_seconds() - cpu, 1), "wall_s": round(time.time() - began, 1), "missing": int(missing.sum()),
                       "weights": sum(p.numel() for p in model.parameters()), "loss": round(float(np.mean([v for _, v in nf.models[0].train_trajectories[-50:]])), 4)})
        print(os.path.basename(os.path.abspath(a.dataset)), a.model, timing[-1], flush=True)
        del model, nf
    pd.concat(parts, ignore_index=True).round(4).to_csv(a.out, index=False)
    settings = {k: v for k, v in vars(a).items() if k not in ("dataset", "out", "scorer")}
    versions = {k: importlib.metadata.version(k) for k in ("neuralforecast", "torch", "pandas", "numpy")}
    document = {"settings": settings, "cutoffs": timing, "covariates": covariates, "cpu_s": round(sum(t["cpu_s"] for t in timing), 1),
                "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "versions": versions}
    with open(os.path.splitext(a.out)[0] + ".json", "w") as f:
        json.dump(document, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
