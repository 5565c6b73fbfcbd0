# SPDX-License-Identifier: GPL-2.0
"""Recorded instruction counts: comparing with them, and recording."""
from results import guests

TOLERANCE = 0.02    # of a figure
# Of one that is less than nothing: what the kernel does not do for a packet that was dropped. That is not the module's, and
# was seen to differ by 3.3 of 154.
TOLERANCE_LESS = 0.04
LEAST = 1.0         # instruction: what two measurements of the same may differ by

HEAD = '''\
# Instructions that the module adds: to a packet's path ("packet", DIRECTION VERDICT SIZE PROGRAMS) and to commands of
# bpf(2) that are not about it, with bpf_syscall=1 ("syscall"). CI compares (tests/bench/run --check): a figure may not
# differ by more than 2 %, or an instruction if that is more, and one that is less than nothing by more than 4 %. Who has
# changed one on purpose, or made one better, records them: tests/bench/run --record. After "release": the kernel that was
# measured.
'''


def measured(data):
    """(guest, what): figure"""
    figures = {}
    for kind, members in (('packet', ('direction', 'verdict', 'size', 'programs')), ('syscall', ('command',))):
        for row in data[kind]:
            what = ' '.join([kind] + [str(row[member]) for member in members])
            figures[row['guest'], what] = row['count'] - row['without']
    return figures


def write(data, path):
    lines = [HEAD]
    lines += [f'{guest}\trelease\t{data["setup"][guest]["release"]}\n' for guest in guests(data)]
    lines += [f'{guest}\t{what}\t{figure:.1f}\n' for (guest, what), figure in measured(data).items()]
    with open(path, 'w', encoding='utf-8') as out:
        out.writelines(lines)


def read(path):
    figures, releases = {}, {}
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            if line.startswith('#'):
                continue
            guest, what, value = line.rstrip('\n').split('\t')
            if what == 'release':
                releases[guest] = value
            else:
                figures[guest, what] = float(value)
    return figures, releases


def judge(new, old):
    """None if that is as recorded; otherwise what to do."""
    tolerance = TOLERANCE if old >= 0 else TOLERANCE_LESS
    if abs(new - old) <= max(tolerance * abs(old), LEAST):
        return None
    if new > old:
        return 'more; if that is wanted: tests/bench/run --record'
    return 'better; record it, so that it is not lost again: tests/bench/run --record'


def check(data, path):
    """Prints a line for each figure; returns whether all are as recorded."""
    new = measured(data)
    old, releases = read(path)
    passed = failed = 0
    for guest in guests(data):
        release = data['setup'][guest]['release']
        if releases.get(guest, release) != release:
            print(f'# {guest}: recorded with {releases[guest]}, this is {release}')
    for key in list(old) + [key for key in new if key not in old]:
        name = ' '.join(key)
        if key not in new:
            problem = f'{old[key]:.1f} recorded, not measured'
        elif key not in old:
            problem = f'{new[key]:.1f} measured, not recorded: tests/bench/run --record'
        else:
            problem = judge(new[key], old[key])
            problem = problem and f'{new[key]:.1f} instructions, {old[key]:.1f} recorded: {problem}'
        if problem:
            print(f'not ok {name}: {problem}')
            failed += 1
        else:
            print(f'ok {name}: {new[key]:.1f} instructions')
            passed += 1
    print(f'{passed} passed, {failed} failed')
    return passed > 0 and failed == 0
