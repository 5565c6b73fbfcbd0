# SPDX-License-Identifier: GPL-2.0
"""The results as tables: the same for a terminal and for docs/performance.md, where each stands between two comments
that name it."""
import re

from results import added, find, guests, values_of


def number(value, digits=0):
    return '' if value is None else f'{value:,.{digits}f}'


def short(value):
    """Three digits are enough for what is not exact."""
    if value is None:
        return ''
    return number(value, 0 if value >= 100 else 1 if value >= 10 else 2)


def rows_with_content(rows):
    return [row for row in rows if any(row[1:])]


def counts_unit(data):
    return 'Instructions' if data['setup']['host']['mode'] != 'here' else 'Nanoseconds'


def packet_table(data):
    counts = sorted(n for n in values_of(data, 'packet', 'programs'))
    rows = []
    for guest in guests(data):
        for direction in ('ingress', 'egress'):
            row = [f'{guest}, {direction}',
                   number(find(data, 'packet', 'without', guest=guest, direction=direction, verdict='next'))]
            row.append(number(added(data, guest, direction, 'other', 1)))
            values = [added(data, guest, direction, 'next', n) for n in counts]
            row += [number(value) for value in values]
            if None not in (values[-1], values[0]):
                row.append(number((values[-1] - values[0]) / (counts[-1] - counts[0]), 1))
            rows.append(row)
    return (f'{counts_unit(data)} added to a packet\'s path, by the number of programs',
            ['', 'without', 'other device'] + [str(n) for n in counts] + ['each further'], rows_with_content(rows))


def verdict_table(data):
    header, rows = [''], []
    sizes = values_of(data, 'packet', 'size')
    for direction in ('ingress', 'egress'):
        header += [f'{direction} {verdict}' for verdict in ('pass', 'drop', 'redirect')]
    for guest in guests(data):
        for size in sizes:
            row = [f'{guest}, {size} packet']
            for direction in ('ingress', 'egress'):
                row += [number(added(data, guest, direction, verdict, 1, size)) for verdict in ('pass', 'drop', 'redirect')]
            rows.append(row)
    return f'{counts_unit(data)} added by one program, by its verdict', header, rows_with_content(rows)


def perf_table(data):
    rows = []
    for row in data['perf']:
        if row['verdict'] in ('next', 'other') and row['size'] == 'small':
            rows.append([f'{row["guest"]}, {row["direction"]}',
                         'other device' if row['verdict'] == 'other' else str(row['programs']),
                         number(row['instructions'] - row['instructions_without']),
                         number(row['cycles'] - row['cycles_without'])])
    return 'perf stat: added to a packet\'s path', ['', 'programs', 'instructions', 'cycles'], rows


def syscall_table(data):
    rows = [[f'{row["guest"]}, {row["command"]}', number(row['without']), number(row['count']),
             number(row['count'] - row['without'])] for row in data['syscall']]
    return ('Instructions of a bpf(2) that is not about tcx', ['', 'bpf_syscall=0', 'bpf_syscall=1', 'added'], rows)


def operation_table(data):
    """From the fewest devices to the most."""
    few, many = min(values_of(data, 'operation', 'devices'), default=0), max(values_of(data, 'operation', 'devices'), default=0)
    rows = []
    for name in values_of(data, 'operation', 'name'):
        row = [name]
        for guest in guests(data):
            values = [find(data, 'operation', 'us', guest=guest, name=name, devices=n) for n in (few, many)]
            row.append(' / '.join(short(value) for value in values) if None not in values else '')
        rows.append(row)
    return f'Microseconds of a request, where {few:,} / {many:,} devices have programs', [''] + guests(data), rows


def first_table(data):
    rows = [[f'{row["guest"]}, {row["direction"]}', short(row['attach_us']), short(row['detach_us'])]
            for row in data['first']]
    return 'Microseconds where nothing else is attached on the machine', ['', 'attach', 'detach'], rows


def scale_table(data):
    rows = []
    for name, what in (('attach', 'attaching to {:,}'), ('detach', 'detaching from {:,}')):
        for devices in values_of(data, 'scale', 'devices'):
            row = [what.format(devices)]
            row += [short(find(data, 'scale', 'seconds', guest=guest, name=name, devices=devices)) for guest in guests(data)]
            rows.append(row)
    return 'Seconds for all devices, both ways', [''] + guests(data), rows_with_content(rows)


def removal_table(data):
    rows = []
    names = {'device without': 'deleting a device', 'device': 'deleting one with programs',
             'namespace without': 'deleting a namespace of {:,} devices', 'namespace': 'deleting one of {:,} with programs',
             'unloading': 'unloading the module'}
    for name, what in names.items():
        for devices in sorted({row['devices'] for row in data['removal'] if row['name'] == name}):
            row = [what.format(devices)]
            for guest in guests(data):
                ms = find(data, 'removal', 'ms', guest=guest, name=name, devices=devices)
                held = find(data, 'rtnl', 'us', guest=guest, name=name, devices=devices)
                row.append('' if ms is None else f'{short(ms)} / {short(held / 1000)}')
            rows.append(row)
    return 'Milliseconds of a removal, and / RTNL held at the longest', [''] + guests(data), rows


def rtnl_table(data):
    most = max(values_of(data, 'operation', 'devices'), default=0)
    rows = []
    for name in values_of(data, 'operation', 'name'):
        rows.append([name] + [short(find(data, 'rtnl', 'us', guest=guest, name=name, devices=most))
                              for guest in guests(data)])
    return (f'Microseconds that a request holds RTNL, where {most:,} devices have programs', [''] + guests(data),
            rows_with_content(rows))


def memory_table(data):
    rows = [[name] + [number(find(data, 'memory', 'bytes', guest=guest, name=name)) for guest in guests(data)]
            for name in values_of(data, 'memory', 'name')]
    return 'Bytes that the kernel allocates', [''] + guests(data), rows


def show_table(data):
    rows = []
    for name, count in dict.fromkeys((row['name'], row['count']) for row in data['show']):
        label = f'{count:,} devices' if name == 'devices' else f'the same, and {count:,} processes that hold a link'
        rows.append([label] + [short(find(data, 'show', 'seconds', guest=guest, name=name, count=count))
                               for guest in guests(data)])
    return 'Seconds of `tcxctl show`', [''] + guests(data), rows


TABLES = {
    'packet': packet_table, 'verdict': verdict_table, 'perf': perf_table, 'syscall': syscall_table,
    'operation': operation_table, 'first': first_table, 'rtnl': rtnl_table, 'scale': scale_table,
    'removal': removal_table, 'memory': memory_table, 'show': show_table,
}


def setup_lines(data):
    host = data['setup']['host']
    lines = [f'Measured {host["date"]} with version {host["version"].strip()}, on {host["cpus"]} CPUs ({host["cpu"]}), '
             + ('on the machine itself.' if host['mode'] == 'here' else
                f'{"with KVM where times are taken" if host["kvm"] == "yes" else "emulated, no KVM"}; {host["qemu"]}.')]
    for guest in guests(data):
        env = data['setup'][guest]
        line = (f'{guest}: {env["release"]}; JIT {env["bpf_jit_enable"]}; BPF statistics {env["bpf_stats_enabled"]}; '
                f'spectre_v2: {env["spectre_v2"].split(";")[0].split(",")[0]}')
        if 'perf' in env:
            line += f'; perf {env["perf"]}'
        lines.append(line)
    return lines


def text(data):
    parts = ['\n'.join(setup_lines(data))]
    for make in TABLES.values():
        title, header, rows = make(data)
        if not rows:
            continue
        table = [header] + rows
        for row in table:
            row += [''] * (len(header) - len(row))
        widths = [max(len(row[i]) for row in table) for i in range(len(header))]
        parts.append('\n'.join([title] + [
            '  '.join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]).rstrip()
            for row in table]))
    return '\n\n'.join(parts)


def markdown(data, make):
    title, header, rows = make(data)
    lines = [f'{title}:', '', '| ' + ' | '.join(header) + ' |', '|---' + '|---:' * (len(header) - 1) + '|']
    lines += ['| ' + ' | '.join(row + [''] * (len(header) - len(row))) + ' |' for row in rows]
    return '\n'.join(lines)


def write_docs(data, path):
    """Fills what stands between <!-- bench NAME --> and <!-- end -->."""
    with open(path, encoding='utf-8') as source:
        page = source.read()

    def fill(match):
        name = match.group(1)
        if name == 'setup':
            first, *others = setup_lines(data)
            body = '\n'.join([first, ''] + [f'* {line}' for line in others])
        else:
            body = markdown(data, TABLES[name])
        return f'<!-- bench {name} -->\n{body}\n<!-- end -->'

    page, n = re.subn(r'<!-- bench (\w+) -->\n.*?<!-- end -->', fill, page, flags=re.DOTALL)
    if not n:
        raise SystemExit(f'render: {path} has no place for a table')
    with open(path, 'w', encoding='utf-8') as out:
        out.write(page)
