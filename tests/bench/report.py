# SPDX-License-Identifier: ISC
"""The results of a run as a table, and as a picture drawn by gnuplot."""
import subprocess

PICTURED = {  # in the picture's order, with the names that it shows
    "floor, served": "OpenSSL alone",
    "libcurl, served": "libcurl loop",
    "extauth-https": "extauth-https",
    "Python, kept": "Python, kept connection",
    "Python, new": "Python, new connections",
}

DRAWING = """
set terminal svg size 640,240 font "sans-serif,12" background "white"
set output "{svg}"
set title "Microseconds per request: median (bar) and 99th percentile (dot)"
set rmargin 6
set logscale x
set xrange [{least}:{most}]
set yrange [{below}:0.5]
set ytics ({names})
set grid xtics
set tics nomirror
set boxwidth 0.5
unset key
$data << END
{rows}
END
plot $data using 2:1:({least}):2:($1-0.3):($1+0.3) with boxxyerror fill solid 0.6 lc rgb "#3366aa", \\
     $data using 3:1 with points pt 7 ps 0.5 lc rgb "#aa3333", \\
     $data using ($2*1.06):1:4 with labels left
"""


def print_latencies(title, part):
    print(f"\n{title} ({part['rounds']} rounds)\n")
    print(f"  {'':18}{'p50':>9}{'p99':>10}{'p99.9':>10}{'per s':>9}{'CPU':>8}"
          f"{'p50 to served':>14}{'CPU to served':>14}")
    for name, figures in part["candidates"].items():
        ratios = part["ratios"][name]["floor, served"]
        print(f"  {name:18}{figures['p50']:9.1f}{figures['p99']:10.1f}{figures['p999']:10.1f}"
              f"{figures['rate']:9.0f}{figures['cpu']:8.1f}"
              f"{ratios['p50']:14.2f}{ratios['cpu']:14.2f}")


def print_others(results):
    print("\ninstructions per request, all code: " + ", ".join(
        f"{name} {sum(objects.values()):,.0f}"
        for name, objects in results["instructions"].items()))
    first = results["starts"]["first"]
    print("first answer, ms after the start: " + ", ".join(
        f"{name} {time / 1000:.1f}" for name, time in first.items()))
    memory = results["memory"]
    print(f"memory, monitor and worker together: peak RSS {memory['rss_peak'] / 1e6:.1f} MB, "
          f"PSS alone {memory['pss'] / 1e6:.2f} MB, "
          f"each of {memory['instances'] - 1} more {memory['pss_further'] / 1e6:.2f} MB")
    for name, rates in results["throughput"].items():
        print(f"requests per second of {name}: " + ", ".join(
            f"{number} instances {rate:,.0f}" for number, rate in rates.items()))


def print_goals(goals):
    print("\ngoals\n")
    for goal, figure, met in goals:
        print(f"  {'pass' if met else 'MISS'}  {goal}: {figure}")


def labels(part):
    """The medians in the picture, from top to bottom."""
    return [f"{part['candidates'][name]['p50']:.0f}" for name in PICTURED]


def draw(part, svg):
    rows, names = [], []
    shown = [(PICTURED[name], part["candidates"][name]) for name in PICTURED]
    for place, (label, figures) in enumerate(shown):
        rows.append(f'{-place} {figures["p50"]:.1f} {figures["p99"]:.1f} "{figures["p50"]:.0f}"')
        names.append(f'"{label}" {-place}')
    every = [figures[key] for _, figures in shown for key in ("p50", "p99")]
    script = DRAWING.format(
        svg=svg, rows="\n".join(rows), names=", ".join(names),
        least=min(every) / 2, most=max(every) * 2, below=0.5 - len(shown))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
