# SPDX-License-Identifier: GPL-2.0
"""Two pictures, drawn by gnuplot. Each is a card with a ground of its own, so that it can be read on any page; where the
viewer says that he likes it dark, the card is dark."""
import re
import subprocess

from results import added, find, guests, values_of

# Paper, ink and lines of the grid: as gnuplot is told, and instead of that in the dark.
PAPER, INK, GRID = ('#ffffff', '#0d1117'), ('#24292f', '#e6edf3'), ('#d0d7de', '#30363d')

# A colour for each way to attach, which can be told from the others on either ground, and a dash for each kernel.
COLOURS = {'netfilter': '#2f81f7', 'tc': '#1f9d55', 'native': '#d1740b', 'cls_bpf': '#a371f7'}
DASHES = {'6.1': 1, '5.10': 2, '6.12': 3}
POINTS = {'netfilter': 7, 'tc': 5, 'native': 9, 'cls_bpf': 11}

HEAD = f'''
set terminal svg size 1000,420 dynamic enhanced font "sans-serif,13" background "{PAPER[0]}"
set border linecolor rgb "{INK[0]}"
set key textcolor rgb "{INK[0]}" noenhanced
set tics textcolor rgb "{INK[0]}"
set title textcolor rgb "{INK[0]}"
set xlabel textcolor rgb "{INK[0]}"
set ylabel textcolor rgb "{INK[0]}"
set grid linecolor rgb "{GRID[0]}" linetype 1
set logscale xy
set format y "%g"
'''


def style(guest):
    hook, kernel = guest.split(' ')
    return (f'with linespoints linecolor rgb "{COLOURS[hook]}" dashtype {DASHES.get(kernel, 4)} linewidth 2 '
            f'pointtype {POINTS[hook]} pointsize 0.7')


def label(guest):
    hook, kernel = guest.split(' ')
    return f'native tcx, {kernel}' if hook == 'native' else f'{hook}, {kernel}' if hook == 'cls_bpf' else f'module, {hook}, {kernel}'


def plot(series):
    """gnuplot's command and data, for (guest, [(x, y)])."""
    parts = [f'"-" title "{label(guest)}" {style(guest)}' for guest, _ in series]
    lines = ['plot ' + ', '.join(parts)]
    for _, points in series:
        lines += [f'{x} {y}' for x, y in points] + ['e']
    return '\n'.join(lines)


def packet_script(data):
    counts = sorted(values_of(data, 'packet', 'programs'))
    lines = [HEAD, 'set multiplot',
             f'set xtics ({", ".join(str(n) for n in counts)})', f'set xrange [0.9:{counts[-1] * 1.1}]',
             'set yrange [100:6000]', 'set ytics (100, 200, 500, 1000, 2000, 5000)', 'set xlabel "programs"']
    for direction, left, key in (('ingress', 0.06, 'unset key'),
                                 ('egress', 0.44, 'set key at screen 0.79, screen 0.88 left top reverse Left')):
        lines += [f'set lmargin at screen {left}', f'set rmargin at screen {left + 0.33}', key]
        series = [(guest, [(n, added(data, guest, direction, 'next', n)) for n in counts]) for guest in guests(data)]
        lines += [f'set title "instructions added per packet, {direction}"', plot(series)]
    return '\n'.join(lines + ['unset multiplot'])


def attach_script(data):
    devices = sorted(row['devices'] for row in data['scale'] if row['guest'] == guests(data)[0] and row['name'] == 'attach')
    lines = [HEAD, 'set key outside right top reverse Left', f'set xtics ({", ".join(str(n) for n in devices)})',
             f'set xrange [0.9:{devices[-1] * 1.1}]', 'set xlabel "devices, with a program each way"',
             'set title "seconds to attach to all devices"']
    series = [(guest, [(n, find(data, 'scale', 'seconds', guest=guest, name='attach', devices=n)) for n in devices])
              for guest in guests(data)]
    return '\n'.join(lines + [plot(series)])


def dark(svg):
    """Rules that replace, in the dark, the colours that gnuplot has written into the attributes."""
    rules = {}
    for light, instead in (PAPER, INK, GRID):
        red, green, blue = (int(light[i:i + 2], 16) for i in (1, 3, 5))
        for written in (light, f'rgb({red},{green},{blue})', f'rgb({red:3}, {green:3}, {blue:3})'):
            for attribute in ('fill', 'stroke'):
                if re.search(f'{attribute}=["\']{re.escape(written)}["\']', svg):
                    rules[attribute, light] = rules.get((attribute, light), '') + \
                        f'[{attribute}="{written}"] {{ {attribute}: {instead}; }} '
    for needed in (('fill', PAPER[0]), ('fill', INK[0]), ('stroke', INK[0])):
        if needed not in rules:
            raise SystemExit(f'render: gnuplot writes {needed} in another way than expected')
    css = f'<style>@media (prefers-color-scheme: dark) {{ {"".join(rules.values())}}}</style>'
    head, rest = svg.split('<desc>', 1)
    return f'{head}{css}\n<desc>{rest}'


def draw(data, folder):
    for name, script in (('packet', packet_script(data)), ('attach', attach_script(data))):
        try:
            svg = subprocess.run(['gnuplot'], input=script, capture_output=True, text=True, check=True).stdout
        except FileNotFoundError:
            raise SystemExit('render: gnuplot is missing: apt install gnuplot-nox') from None
        except subprocess.CalledProcessError as error:
            raise SystemExit(f'render: gnuplot: {error.stderr}') from None
        with open(f'{folder}/{name}.svg', 'w', encoding='utf-8') as out:
            out.write(dark(svg))
