# SPDX-License-Identifier: ISC
"""The goals, and whether a run has met them."""
from candidates import PROGRAM, UNGATED

MEGABYTE = 1_000_000
ALL = 8  # instances that together fill the processors


def judge(results, zoo):
    """[(goal, figure as text, met)] of the results of a run of bench.py, and of one of the zoo."""
    ratios = results["latency"]["static"]["ratios"]
    starts, memory, growth = results["starts"], results["memory"], results["growth"]
    instructions = sum(results["instructions"][PROGRAM].values())
    throughput = {name: rates[str(ALL)] for name, rates in results["throughput"].items()}
    share = throughput[PROGRAM] / throughput["floor, served"]
    slow = zoo["servers"]["Python http.server"]["ratio"]

    def at_most(goal, figure, limit, text):
        return goal, text.format(figure), figure <= limit

    def at_least(goal, figure, limit, text):
        return goal, text.format(figure), figure >= limit

    return [
        at_most("instructions per request at most 45,000", instructions, 45_000, "{:,.0f}"),
        at_most("p50 without the gate at most 1.15 x floor, served",
                ratios[UNGATED]["floor, served"]["p50"], 1.15, "{:.2f} x"),
        at_most("p50 at most 1.05 x libcurl, served",
                ratios[PROGRAM]["libcurl, served"]["p50"], 1.05, "{:.2f} x"),
        at_most("CPU per request at most that of libcurl, served",
                ratios[PROGRAM]["libcurl, served"]["cpu"], 1.00, "{:.3f} x"),
        at_least(f"throughput of {ALL} instances at least 0.8 x floor's, served", share, 0.8,
                 "{:.2f} x"),
        at_most("first answer after start at most 1.6 x floor's, served", starts["ratio"], 1.6,
                "{:.2f} x"),
        at_most("start to ready at most 25 ms", starts["ready"] / 1000, 25, "{:.1f} ms"),
        at_least("behind Python's http.server at least 5 x faster than the script", slow, 5,
                 "{:.0f} x"),
        at_most("PSS of one instance at most 8 MB", memory["pss"] / MEGABYTE, 8, "{:.2f} MB"),
        at_most("PSS of each further one at most 2.5 MB", memory["pss_further"] / MEGABYTE, 2.5,
                "{:.2f} MB"),
        at_most(f"growth over {growth['requests']:,} requests: nothing", growth["bytes"], 0,
                "{:,} bytes"),
    ]
