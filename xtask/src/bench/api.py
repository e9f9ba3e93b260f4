"""A demand service as it is usually built: FastAPI and LightGBM over the same sales, beside the product's own.

python api.py questions DB OUT        shelves and days that the latest night forecast, with list prices, a line of JSON each
python api.py train DB DIR            learns a mean and eleven quantiles
python api.py serve DIR PORT WORKERS  answers POST /api/v1/predict and POST /api/v1/predict/batch
"""

import json
import os
import sqlite3
import sys
import uuid
from functools import lru_cache

import numpy as np
import pandas as pd

LEVELS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
HORIZON = 28
LATEST = 7
PRICE, PROMOTION, TEMPERATURE, RAIN = 0, 1, 2, 3


def identifier(value):
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) else str(uuid.UUID(value))


def rows(db, query):
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def questions(db, out):
    found = rows(
        db,
        "SELECT f.store_id, f.product_id, f.target_date, p.price_minor FROM forecasts f JOIN products p ON p.id = f.product_id "
        "WHERE f.issued_on = (SELECT MAX(issued_on) FROM forecasts)",
    )
    with open(out, "w") as file:
        for store, product, date, price in found:
            question = {"store_id": identifier(store), "product_id": identifier(product), "date": date[:10], "price": price}
            file.write(json.dumps(question) + "\n")


def history(db):
    frame = pd.DataFrame(
        rows(db, "SELECT store_id, product_id, business_date, quantity, unit_price_minor, promotion IS NOT NULL FROM daily_sales"),
        columns=["store", "product", "date", "quantity", "price", "promotion"],
    )
    frame["date"] = pd.to_datetime(frame["date"].str[:10])
    frame["store"] = frame["store"].map(identifier)
    frame["product"] = frame["product"].map(identifier)
    frame["price"] = frame["price"].ffill().fillna(0) / 100.0
    weather = pd.DataFrame(
        rows(db, "SELECT store_id, date, temperature_c_x10, precipitation_mm_x10 FROM weather_days"),
        columns=["store", "date", "temperature", "rain"],
    )
    if len(weather):
        weather["date"] = pd.to_datetime(weather["date"].str[:10])
        weather["store"] = weather["store"].map(identifier)
        weather[["temperature", "rain"]] = weather[["temperature", "rain"]].astype(float) / 10.0
    return frame, weather


def windows(series, store, product, cutoffs, known):
    """Rows of every day ahead of each cutoff: what is planned, calendar, lags and levels, as wide as the product's own."""
    values = series["quantity"].reindex(known).to_numpy(float)
    price = series["price"].reindex(known).ffill().bfill().to_numpy(float)
    promoted = series["promotion"].reindex(known).fillna(0).to_numpy(float)
    out, targets = [], []
    for cutoff in cutoffs:
        past = values[: cutoff + 1]
        means = [np.nanmean(past[-n:]) if np.isfinite(past[-n:]).any() else 0.0 for n in (3, 7, 14, 28, 56, 112, 364)]
        spread = np.nanstd(past[-56:]) if np.isfinite(past[-56:]).any() else 0.0
        latest = past[-LATEST:]
        for ahead in range(1, HORIZON + 1):
            at = cutoff + ahead
            date = known[0] + pd.Timedelta(days=at)
            same = np.array([past[i] for i in range(at % 7 + 7 * (len(past) // 7), -1, -7) if i < len(past)][:8], float)
            finite = same[np.isfinite(same)]
            year = past[at - 364] if 0 <= at - 364 < len(past) else np.nan
            around = past[max(0, at - 367) : max(0, at - 360)]
            waves = [f(k * 2 * np.pi * date.dayofyear / 365.25) for k in (1, 2, 3) for f in (np.sin, np.cos)]
            one = [
                price[min(at, len(price) - 1)], promoted[at] if at < len(promoted) else 0.0, np.nan, np.nan,
                store, product, date.dayofweek, date.day, date.month, ahead, *waves, *means, spread,
                finite[0] if len(finite) else np.nan, finite[:4].mean() if len(finite) else np.nan,
                finite.mean() if len(finite) else np.nan, finite.std() if len(finite) else np.nan, len(finite),
                year, np.nanmean(around) if np.isfinite(around).any() else np.nan, *latest,
                *(values[max(0, cutoff - k)] for k in range(LATEST, 56)),
            ]
            out.append(one)
            targets.append(values[at] if at < len(values) else np.nan)
    return out, targets


def train(db, folder):
    import lightgbm

    frame, weather = history(db)
    known = pd.date_range(frame["date"].min(), frame["date"].max())
    stores = {name: n for n, name in enumerate(sorted(frame["store"].unique()))}
    products = {name: n for n, name in enumerate(sorted(frame["product"].unique()))}
    sky = {(s, d): (t, r) for s, d, t, r in weather.itertuples(index=False)} if len(weather) else {}
    learned, targets, table, keys = [], [], [], []
    last = len(known) - 1
    generator = np.random.default_rng(1)
    for (store, product), series in frame.groupby(["store", "product"]):
        series = series.set_index("date")
        cutoffs = sorted(generator.choice(range(60, last - HORIZON), size=12)) if last > 60 + HORIZON else []
        for asked, (into, about) in ((cutoffs, (learned, targets)), ([last], (table, None))):
            made, wanted = windows(series, stores[store], products[product], asked, known)
            for n, one in enumerate(made):
                at = asked[n // HORIZON] + n % HORIZON + 1
                date = known[0] + pd.Timedelta(days=int(at))
                one[TEMPERATURE], one[RAIN] = sky.get((store, date), (np.nan, np.nan))
                if about is None:
                    keys.append(f"{store}|{product}|{date.date()}")
                    into.append(one)
                elif np.isfinite(wanted[n]):
                    into.append(one)
                    about.append(wanted[n])
    inputs, outputs = np.array(learned, np.float32), np.array(targets)
    usual = {"num_leaves": 31, "learning_rate": 0.05, "verbosity": -1, "num_threads": 0}
    data = lightgbm.Dataset(inputs, outputs, free_raw_data=False)
    for name, more in [("mean", {"objective": "poisson"})] + [
        (f"q{n}", {"objective": "quantile", "alpha": level}) for n, level in enumerate(LEVELS)
    ]:
        lightgbm.train({**usual, **more}, data, 250).save_model(os.path.join(folder, f"{name}.txt"))
    np.save(os.path.join(folder, "table.npy"), np.array(table, np.float32))
    with open(os.path.join(folder, "keys.json"), "w") as file:
        json.dump(keys, file)
    print(f"columns={inputs.shape[1]} rows={inputs.shape[0]}")


def application():
    import lightgbm
    from fastapi import FastAPI, HTTPException
    from pydantic import BaseModel

    folder = os.environ["BENCH_FOLDER"]
    models = [lightgbm.Booster(model_file=os.path.join(folder, f"{n}.txt")) for n in ["mean"] + [f"q{k}" for k in range(11)]]
    table = np.load(os.path.join(folder, "table.npy"))
    with open(os.path.join(folder, "keys.json")) as file:
        index = {key: n for n, key in enumerate(json.load(file))}

    class Weather(BaseModel):
        temperature_c: float | None = None
        precipitation_mm: float | None = None

    class Question(BaseModel):
        store_id: str
        product_id: str
        date: str
        price: int | None = None
        weather: Weather | None = None

    class Batch(BaseModel):
        items: list[Question]

    def row(question):
        at = index.get(f"{question.store_id}|{question.product_id}|{question.date}")
        if at is None:
            raise HTTPException(404)
        one = table[at].copy()
        if question.price is not None:
            one[PRICE] = question.price / 100.0
        if question.weather is not None:
            if question.weather.temperature_c is not None:
                one[TEMPERATURE] = question.weather.temperature_c
            if question.weather.precipitation_mm is not None:
                one[RAIN] = question.weather.precipitation_mm
        return one

    def forecast(inputs):
        numbers = np.maximum(np.array([model.predict(inputs, num_threads=1) for model in models]), 0.0)
        return numbers[0], np.sort(numbers[1:], axis=0)

    def view(question, mean, quantiles):
        milli = [round(float(q) * 1000) for q in quantiles]
        return {
            "store_id": question.store_id, "product_id": question.product_id, "date": question.date,
            "mean_milli": round(float(mean) * 1000), "quantiles_milli": milli,
            "interval_80": {"low_milli": milli[1], "high_milli": milli[9]},
            "interval_90": {"low_milli": milli[0], "high_milli": milli[10]},
            "model_version": {"number": 1},
        }

    @lru_cache(maxsize=200_000)
    def numbers_of(inputs):
        mean, quantiles = forecast(np.frombuffer(inputs, np.float32)[None, :])
        return mean[0], quantiles[:, 0]

    app = FastAPI()

    @app.post("/api/v1/predict")
    def one(question: Question):
        return view(question, *numbers_of(row(question).tobytes()))

    @app.post("/api/v1/predict/batch")
    def many(batch: Batch):
        mean, quantiles = forecast(np.stack([row(question) for question in batch.items]))
        return {"items": [{"prediction": view(q, mean[n], quantiles[:, n])} for n, q in enumerate(batch.items)]}

    return app


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "questions":
        questions(*arguments)
    elif command == "train":
        train(*arguments)
    else:
        import uvicorn

        os.environ["BENCH_FOLDER"] = arguments[0]
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        os.environ["PYTHONPATH"] = os.path.dirname(os.path.abspath(__file__))
        uvicorn.run(
            "api:application", factory=True, host="127.0.0.1", port=int(arguments[1]), workers=int(arguments[2]), log_level="warning"
        )
