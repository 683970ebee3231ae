#!/usr/bin/python3
"""Writes stats.inc, which test_stats.c holds our statistics against: made samples with the figures
that SciPy gives for them. SciPy has no interval of a median: its ranks are taken from the quantile
function of scipy.stats.binom, their coverage from its distribution function.

Usage: /usr/bin/python3 tests/unit/oracle/stats.py >tests/unit/oracle/stats.inc
"""
import math
import random
import re
import sys

import numpy
import scipy
from scipy import stats

CONFIDENCES = (0.95, 0.995)


def rounded(values, digits=6):
    return [float(f"{value:.{digits}g}") for value in values]


def normal(rng, count):
    return [stats.norm.ppf(rng.random()) for _ in range(count)]


def times_of(count):
    """Ascending, not evenly."""
    return [i + 0.25 * (i * i % 4) + 0.125 * (i % 3) for i in range(count)]


def real_looking(rng, count):
    """Seconds to the microsecond: a launch in ten meets something else that runs."""
    values = [0.13 * math.exp(0.02 * z) for z in normal(rng, count)]
    return [round(v * (1 + rng.random() if rng.random() < 0.1 else 1), 6) for v in values]


def correlated(rng, count):
    values, before = [], 0.0
    for z in normal(rng, count):
        before = 0.5 * before + z
        values.append(before)
    return values


def make_samples():
    rng = random.Random(20)
    return {
        "one": [3.0],
        "two": [3.0, 1.0],
        "three": [0.5, 2.0, -1.0],
        "four": [4.0, 1.0, 3.0, 2.0],
        "five, rising": [1.0, 2.0, 3.0, 5.0, 8.0],
        "six": rounded(normal(rng, 6)),
        "all the same": [0.1] * 7,
        "all but one the same": [2.0] * 8 + [9.0],
        "two values": [1.0, 2.0] * 6,
        "ties": [float(rng.randrange(1, 6)) for _ in range(20)],
        "ties and a trend": [float(i // 4 + rng.randrange(3)) for i in range(30)],
        "normal": rounded(normal(rng, 25)),
        "normal, even": rounded(normal(rng, 50)),
        "log-normal": rounded([math.exp(z) for z in normal(rng, 40)]),
        "bimodal": rounded([z * 0.1 + (5 if rng.random() < 0.4 else 1) for z in normal(rng, 31)]),
        "times": real_looking(rng, 60),
        "drift": rounded([1 + 0.01 * i + 0.05 * z for i, z in enumerate(normal(rng, 36))]),
        "correlated": rounded(correlated(rng, 45)),
        "large": rounded([1e9 + 1e6 * z for z in normal(rng, 15)], 10),
        "many": rounded([math.exp(0.3 * z) for z in normal(rng, 80)], 4),
    }


def median_interval(values, confidence):
    """From the k-th least to the k-th greatest, k the greatest that leaves at most half of the rest
    on either side; k = 1 when none does."""
    count, ordered = len(values), sorted(values)
    rank = max(int(stats.binom.ppf((1 - confidence) / 2, count, 0.5)), 1)
    if stats.binom.cdf(rank, count, 0.5) <= (1 - confidence) / 2:
        rank += 1
    covers = 1 - 2 * stats.binom.cdf(rank - 1, count, 0.5)
    return ordered[rank - 1], ordered[count - rank], covers


def outliers(values):
    median, mad = numpy.median(values), stats.median_abs_deviation(values)
    return "".join("x" if mad > 0 and 0.6745 * abs(v - median) / mad > 3.5 else "." for v in values)


def serial_correlation(values):
    if len(values) < 3 or len(set(values)) == 1:
        return math.nan
    off = numpy.array(values) - numpy.mean(values)
    return numpy.dot(off[1:], off[:-1]) / numpy.dot(off, off)


def figures(values):
    """In the order of struct figures."""
    intervals = [median_interval(values, confidence) for confidence in CONFIDENCES]
    result = [numpy.median(values), intervals,
              stats.median_abs_deviation(values), serial_correlation(values)]
    if len(values) < 5:
        return result + [math.nan] * 3 + [[(math.nan, math.nan)] * 2]
    times = times_of(len(values))
    kendall = stats.kendalltau(times, values, method="asymptotic")
    slopes = [stats.theilslopes(values, times, confidence) for confidence in CONFIDENCES]
    return result + [kendall.statistic, kendall.pvalue, slopes[0].slope,
                     [(slope.low_slope, slope.high_slope) for slope in slopes]]


def ratio(a, b):
    """In the order of struct ratio."""
    differences = numpy.array(a) - numpy.array(b)
    low, high, covers = median_interval(differences, 0.95)
    return [math.exp(numpy.median(differences)), math.exp(low), math.exp(high), covers]


def bootstrap(values, statistic):
    """The value, and what the two ends of our interval of 95 % lie between: quantiles of a hundred
    thousand draws. Ours are ranks among 2000, four standard errors of which are 1.4 % of them."""
    result = [statistic(numpy.array(values), axis=-1)]
    for confidence in (1 - 2 * 0.011, 1 - 2 * 0.039):
        drawn = stats.bootstrap((values,), statistic, confidence_level=confidence,
                                n_resamples=100000, batch=1000, method="percentile",
                                random_state=numpy.random.default_rng(7))
        result += [drawn.confidence_interval.low, drawn.confidence_interval.high]
    return result


def number(value, digits=17):
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(number(item, 13) for item in value) + "}"
    if math.isnan(value):
        return "NAN"
    return repr(float(f"{value:.{digits}g}"))


def print_array(name, values, out):
    out.write(f"static const double {name}[] = {{\n")
    print_wrapped("    ", map(number, values), out)
    out.write("};\n")


def print_row(head, values, out, *tail):
    out.write("    {\n")
    print_wrapped("        ", [*head, *map(number, values), *tail], out)
    out.write("    },\n")


def print_wrapped(indent, texts, out):
    line = indent
    for text in texts:
        if len(line) + len(text) > 96 and line != indent:
            out.write(line.rstrip() + "\n")
            line = indent
        line += text + ", "
    out.write(line.rstrip() + "\n")


def main(out):
    samples = make_samples()
    arrays = {name: "values_" + re.sub("[^a-z]+", "_", name) for name in samples}
    out.write(f"/* SciPy {scipy.__version__}, made by\n"
              " * /usr/bin/python3 tests/unit/oracle/stats.py >tests/unit/oracle/stats.inc */\n")
    print_array("times", times_of(max(map(len, samples.values()))), out)
    for name, values in samples.items():
        print_array(arrays[name], values, out)
    out.write("\nstatic const struct figures figures[] = {\n")
    for name, values in samples.items():
        print_row([f'"{name}"', arrays[name], str(len(values))], figures(values), out,
                  f'"{outliers(values)}"')
    out.write("};\n\nstatic const struct ratio ratios[] = {\n")
    for a, b in (("normal", "bimodal"), ("times", "log-normal"), ("six", "six"), ("drift", "many")):
        count = min(len(samples[a]), len(samples[b]))
        print_row([arrays[a], arrays[b], str(count)],
                  ratio(samples[a][:count], samples[b][:count]), out)
    out.write("};\n\nstatic const struct quantile quantiles[] = {\n")
    for p in (1e-300, 1e-12, 1e-4, 0.0025, 0.025, 0.2, 0.5, 0.75, 0.975, 0.9975, 1 - 1e-9):
        z = stats.norm.ppf(p)
        print_row([], [p, z, stats.norm.sf(z)], out)
    out.write("};\n\nstatic const struct bootstrapped bootstrapped[] = {\n")
    for name in ("normal", "log-normal", "times", "drift"):
        for of, statistic in (("mean", numpy.mean), ("median", numpy.median)):
            print_row([arrays[name], str(len(samples[name])), f"draw_{of}"],
                      bootstrap(samples[name], statistic), out)
    out.write("};\n")


main(sys.stdout)
