# SPDX-License-Identifier: MIT
"""Draws lines through points as an SVG: enough for two plots, and the same bytes from the same figures."""

import html
import math

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 80, 170, 46, 56
COLOURS = ["#0b62a4", "#c23b22", "#3a7d34", "#7a4aa0", "#b8770b", "#555555"]


def logarithmic(low, high):
    """Ticks of a logarithmic axis, and its scale from a value to 0...1."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**i for i in range(first, last + 1)], lambda value: (math.log10(value) - first) / (last - first)


def linear(high):
    step = 10 ** math.floor(math.log10(high))
    step = step if high / step >= 4 else step / 2 if high / step >= 2 else step / 5
    last = math.ceil(high / step)
    return [i * step for i in range(last + 1)], lambda value: value / (last * step)


def draw(title, x_title, y_title, series, log):
    """series: [(name, [(x, y), ...]), ...] in the order of the key; log: both axes are logarithmic."""
    xs = [x for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points]
    x_ticks, x_scale = logarithmic(min(xs), max(xs)) if log else linear(max(xs))
    y_ticks, y_scale = logarithmic(min(ys), max(ys)) if log else linear(max(ys))

    def at(x, y):
        return LEFT + x_scale(x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y_scale(y) * (HEIGHT - TOP - BOTTOM)

    def text(x, y, words, more=""):
        return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{html.escape(words)}</text>'

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 26, title, 'font-size="15" font-weight="bold"'),
        text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 14, x_title, 'text-anchor="middle"'),
        text(-(TOP + (HEIGHT - TOP - BOTTOM) / 2), 20, y_title, 'text-anchor="middle" transform="rotate(-90)"'),
    ]
    for tick in x_ticks:
        x, y = at(tick, y_ticks[0])
        out.append(text(x, y + 18, f"{tick:,.0f}".replace(",", " "), 'text-anchor="middle"'))
    for tick in y_ticks:
        x, y = at(x_ticks[0], tick)
        out.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(text(x - 8, y + 4, f"{tick:,.0f}".replace(",", " "), 'text-anchor="end"'))
    names = []  # y of each name beside its last point, pushed apart
    for i, (name, points) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        places = [at(x, y) for x, y in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        names.append([places[-1][1], name, colour])
    names.sort()
    for above, below in zip(names, names[1:]):
        below[0] = max(below[0], above[0] + 16)
    out += [text(WIDTH - RIGHT + 10, y + 4, name, f'fill="{colour}"') for y, name, colour in names]
    return "\n".join(out) + "\n</svg>\n"
