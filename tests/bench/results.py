# SPDX-License-Identifier: GPL-2.0
"""What the guests have reported, as tests/bench/run collects it: lines of tab-separated values, the guest first, then
those that bench.c describes."""
import json

# Kind of result: its words, and its values.
KINDS = {
    'packet': (('direction', 'verdict', 'size', 'programs'), ('count', 'without')),
    'perf': (('direction', 'verdict', 'size', 'programs'),
             ('instructions', 'instructions_without', 'cycles', 'cycles_without')),
    'syscall': (('command',), ('count', 'without')),
    'first': (('direction',), ('attach_us', 'detach_us')),
    'operation': (('name', 'devices'), ('us',)),
    'rtnl': (('name', 'devices'), ('us',)),
    'scale': (('name', 'devices'), ('seconds',)),
    'removal': (('name', 'devices'), ('ms',)),
    'memory': (('name',), ('bytes',)),
    'show': (('name', 'count'), ('seconds',)),
}


def record(guest, kind, words, values):
    """A result as a dictionary. A name may have several words: the last ones are those that come after it."""
    names, value_names = KINDS[kind]
    parts = words.rsplit(' ', len(names) - 1) if names[0] == 'name' else words.split(' ')
    if len(parts) != len(names) or len(values) != len(value_names):
        raise SystemExit(f'render: {guest} {kind}: "{words}" with {len(values)} values is no result')
    result = {'guest': guest}
    result.update((name, int(part) if part.isdigit() else part) for name, part in zip(names, parts))
    result.update((name, float(value)) for name, value in zip(value_names, values))
    return result


def read_results(path):
    """A dictionary of lists of records, by kind, and "setup": what is known about the host and each guest."""
    data = {'setup': {}}
    data.update((kind, []) for kind in KINDS)
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            guest, kind, words, *values = line.rstrip('\r\n').split('\t')
            if kind == 'env':
                data['setup'].setdefault(guest, {})[words] = values[0]
            elif kind in KINDS:
                data[kind].append(record(guest, kind, words, values))
            else:
                raise SystemExit(f'render: {path}: "{kind}" is no kind of result')
    return data


def write_json(data, out):
    """A line for each record."""
    parts = ['"setup": ' + json.dumps(data['setup'], indent=1)]
    for kind in KINDS:
        rows = ',\n '.join(json.dumps(row) for row in data[kind])
        parts.append(f'"{kind}": [\n {rows}\n]' if rows else f'"{kind}": []')
    out.write('{\n' + ',\n'.join(parts) + '\n}\n')


def guests(data):
    """In the order in which they were measured."""
    return [name for name in data['setup'] if name != 'host']


def find(data, kind, value, **wanted):
    """The value of the one record of that kind that has all wanted members; None if it was not measured."""
    for row in data[kind]:
        if all(row[key] == want for key, want in wanted.items()):
            return row[value]
    return None


def added(data, guest, direction, verdict, programs, size='small'):
    """What programs add to a packet's path."""
    wanted = {'guest': guest, 'direction': direction, 'verdict': verdict, 'programs': programs, 'size': size}
    count = find(data, 'packet', 'count', **wanted)
    return None if count is None else count - find(data, 'packet', 'without', **wanted)


def values_of(data, kind, member):
    """All values that a member has, in order of appearance."""
    return list(dict.fromkeys(row[member] for row in data[kind]))
