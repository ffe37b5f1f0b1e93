"""Small tables that can be learnt from, the same at every call."""

from typing import Any

import numpy as np


def birds(rows: int = 240) -> dict[str, list[Any]]:
    """Three species that bill and mass tell apart, with text, missing values and a useless year."""
    generator = np.random.default_rng(1)
    species = generator.integers(0, 3, rows)
    bill = np.array([38.8, 48.8, 47.5])[species] + generator.normal(0, 2.5, rows)
    mass = np.array([3700, 3730, 5080])[species] + generator.normal(0, 350, rows)
    known = generator.random(rows) > 0.05
    return {
        "species": [["Adelie", "Chinstrap", "Gentoo"][at] for at in species],
        "bill": [round(float(at), 1) if ok else None for at, ok in zip(bill, known, strict=True)],
        "mass": [int(at) for at in mass],
        "island": [["Torgersen", "Dream", "Biscoe"][at] if at else "Dream" for at in species],
        "year": [2007 + at % 3 for at in range(rows)],
    }


def frauds(rows: int = 3100) -> dict[str, list[Any]]:
    """One row in 31 is a fraud, and never surely so."""
    generator = np.random.default_rng(2)
    amount, hour = generator.normal(size=rows), generator.normal(size=rows)
    score = amount + hour + generator.normal(0, 0.8, rows)
    fraud = score > np.quantile(score, 30 / 31)
    return {
        "amount": amount.tolist(),
        "hour": hour.tolist(),
        "outcome": ["fraud" if each else "genuine" for each in fraud],
    }


def prices(rows: int = 300) -> dict[str, list[Any]]:
    generator = np.random.default_rng(3)
    size = generator.uniform(20, 200, rows)
    return {
        "size": size.tolist(),
        "town": [["Ulm", "Bonn"][at % 2] for at in range(rows)],
        "price": [
            2000 * at + 5000 * (n % 2) + e
            for n, (at, e) in enumerate(
                zip(size.tolist(), generator.normal(0, 9000, rows).tolist(), strict=True)
            )
        ],
    }
