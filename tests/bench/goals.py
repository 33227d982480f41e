# SPDX-License-Identifier: ISC
"""What is aimed at, and whether a run has met it."""
from candidates import PROGRAM

MEGABYTE = 1_000_000


def judge(results):
    """[(goal, figure as text, met)] of a run's results."""
    static = results["latency"]["static"]
    ours, ratios = static["candidates"][PROGRAM], static["ratios"][PROGRAM]
    starts, memory, growth = results["starts"], results["memory"], results["growth"]
    new = static["ratios"]["Python, new"][PROGRAM]["p50"]
    rates = list(results["throughput"][PROGRAM].values())
    tail = ours["p99"] / ours["p50"]

    def at_most(goal, figure, limit, text):
        return goal, text.format(figure), figure <= limit

    return [
        at_most("p50 at most 1.20 x floor", ratios["floor"]["p50"], 1.20, "{:.2f} x"),
        at_most("p50 at most 1.05 x plain libcurl", ratios["libcurl"]["p50"], 1.05, "{:.2f} x"),
        ("at least 10 x faster than Python with new connections", f"{new:.1f} x", new >= 10),
        at_most("CPU per request at most 1.5 x floor", ratios["floor"]["cpu"], 1.5, "{:.2f} x"),
        at_most("p99 at most 2 x own p50 (on a quiet machine)", tail, 2, "{:.2f} x"),
        at_most("first answer after start at most 1.5 x floor's", starts["ratio"], 1.5,
                "{:.2f} x"),
        at_most("start to ready at most 25 ms", starts["ready"] / 1000, 25, "{:.1f} ms"),
        at_most("PSS of one instance at most 8 MB", memory["pss"] / MEGABYTE, 8, "{:.2f} MB"),
        at_most("PSS of each further one at most 2.5 MB", memory["pss_further"] / MEGABYTE, 2.5,
                "{:.2f} MB"),
        at_most("private dirty at most 1.5 MB", memory["private_dirty_further"] / MEGABYTE, 1.5,
                "{:.2f} MB"),
        at_most(f"growth over {growth['requests']:,} requests: nothing", growth["bytes"], 0,
                "{} bytes"),
        ("throughput grows until the processors are full",
         " ".join(f"{rate:,.0f}" for rate in rates) + "/s",
         grows(rates)),
    ]


def grows(rates):
    """More with each step up to the most there is, and then no less than nine tenths of it."""
    peak = rates.index(max(rates))
    return peak > 0 and rates[:peak] == sorted(rates[:peak]) and min(rates[peak:]) > 0.9 * max(rates)
