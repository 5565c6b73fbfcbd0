#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The manifests of packaging/kubernetes, against the types of Kubernetes' own objects as its client for Python has them: each
key is one that they know, each value of its type, and what they require is there. No cluster is asked.

KMM's Module is defined by a CRD, of which there is no package. Where KMM_CRD names a file with it
(config/crd/bases/kmm.sigs.x-k8s.io_modules.yaml of its repository), the manifest is held against that, as strictly; without it
that is not tested, and a line says so."""
import copy
import datetime
import json
import os
import re
import subprocess
import sys

import jsonschema
import kubernetes.client
import yaml

os.chdir(os.path.join(os.path.dirname(os.path.realpath(__file__)), '../..'))
number = failed = 0
PRIMITIVE = {'str': str, 'int': int, 'float': (int, float), 'bool': bool, 'datetime': datetime.datetime}


def ok(what, problem):
    """A result of TAP; the problem, if there is one, is text."""
    global number, failed
    number += 1
    failed += bool(problem)
    print(f'{"not ok" if problem else "ok"} {number} - {what}')
    if problem:
        print(f'# {problem}')


class Wrong(Exception):
    pass


def check(value, kind, where):
    """The value is what the client's type says: list[V1Volume], dict(str, str), V1Pod, str. Raises Wrong."""
    if value is None:
        raise Wrong(f'{where} is empty')
    if kind == 'object':
        return      # an int or a text, such as a port or 10%
    if inner := re.fullmatch(r'list\[(.*)\]', kind):
        if not isinstance(value, list):
            raise Wrong(f'{where} is no list')
        for i, item in enumerate(value):
            check(item, inner[1], f'{where}[{i}]')
    elif inner := re.fullmatch(r'dict\(str, (.*)\)', kind):
        if not isinstance(value, dict):
            raise Wrong(f'{where} is no mapping')
        for key, item in value.items():
            check(key, 'str', f'a key of {where}')
            check(item, inner[1], f'{where}.{key}')
    elif kind in PRIMITIVE:
        if not isinstance(value, PRIMITIVE[kind]) or isinstance(value, bool) != (kind == 'bool'):
            raise Wrong(f'{where} is {value!r}, no {kind}')
    else:
        check_model(value, getattr(kubernetes.client, kind), where)


def check_model(value, model, where):
    if not isinstance(value, dict):
        raise Wrong(f'{where} is no mapping')
    members = {key: name for name, key in model.attribute_map.items()}
    for key, item in value.items():
        if key not in members:
            raise Wrong(f'{where} has no {key}')
        check(item, model.openapi_types[members[key]], f'{where}.{key}')
    try:
        # What is required, and which values there are.
        model(**{members[key]: item for key, item in value.items()})
    except ValueError as wrong:
        raise Wrong(f'{where}: {wrong}') from wrong


KINDS = {('v1', 'Namespace'): 'V1Namespace', ('v1', 'ConfigMap'): 'V1ConfigMap', ('apps/v1', 'DaemonSet'): 'V1DaemonSet'}


def problem_of(document):
    kind = KINDS.get((document.get('apiVersion'), document.get('kind')))
    if not kind:
        return f'nothing is known of {document.get("apiVersion")} {document.get("kind")}'
    try:
        check(document, kind, document['kind'])
        return check_volumes(document['spec']['template']['spec']) if kind == 'V1DaemonSet' else ''
    except Wrong as wrong:
        return str(wrong)


def check_volumes(pod):
    """Each mount is of a volume, and each volume is mounted: the API server would refuse one, and nobody want the other."""
    volumes = {volume['name'] for volume in pod['volumes']}
    mounted = {mount['name'] for container in pod['initContainers'] + pod['containers'] for mount in container['volumeMounts']}
    return f'volumes {volumes}, mounted {mounted}' if volumes != mounted else ''


def strict(schema):
    """The same, where what is not named is refused: an API server would drop it."""
    if isinstance(schema, dict):
        if 'properties' in schema and 'additionalProperties' not in schema and \
                not schema.get('x-kubernetes-preserve-unknown-fields'):
            schema['additionalProperties'] = False
        for item in schema.values():
            strict(item)
    elif isinstance(schema, list):
        for item in schema:
            strict(item)
    return schema


def module_schema(path):
    with open(path) as file:
        crd = yaml.safe_load(file)
    assert crd['spec']['names']['kind'] == 'Module', f'{path} is about {crd["spec"]["names"]["kind"]}'
    schema = strict(next(v['schema']['openAPIV3Schema'] for v in crd['spec']['versions'] if v['name'] == 'v1beta1'))
    # Described elsewhere: here a name and labels are all there is.
    schema['properties']['metadata'] = {'properties': dict.fromkeys(('name', 'namespace'), {'type': 'string'}),
                                        'required': ['name'], 'additionalProperties': False}
    return schema


def violation(document, schema):
    error = next(jsonschema.Draft4Validator(schema).iter_errors(document), None)
    return error and f'{"/".join(map(str, error.absolute_path))}: {error.message}'


with open('packaging/kubernetes/daemonset.yaml') as file:
    documents = list(yaml.safe_load_all(file))
with open('packaging/kubernetes/module.yaml') as file:
    module = yaml.safe_load(file)
for document in documents:
    ok(f'{document["kind"]}: Kubernetes knows all that stands there', problem_of(document))
daemon = documents[-1]


def refused(what, change):
    """With that change it is not right any more: the check is one."""
    wrong = copy.deepcopy(daemon)
    change(wrong['spec'])
    ok(f'refused: {what}', '' if problem_of(wrong) else 'it is taken')


def pod_of(spec):
    return spec['template']['spec']


refused('an unknown key', lambda spec: pod_of(spec).update(hostNetworks=True))
refused('one deep down', lambda spec: pod_of(spec)['volumes'][0]['hostPath'].update(kind='Directory'))
refused('no selector', lambda spec: spec.pop('selector'))
refused('a text for a truth', lambda spec: pod_of(spec).update(hostNetwork='true'))
refused('a truth for a number', lambda spec: pod_of(spec).update(terminationGracePeriodSeconds=True))
refused('a mapping for a list', lambda spec: pod_of(spec).update(volumes={}))
refused('a mount of no volume', lambda spec: pod_of(spec)['volumes'].pop())

pod = pod_of(daemon['spec'])
ok('the selector is that of the pods', '' if daemon['spec']['selector']['matchLabels'] ==
   daemon['spec']['template']['metadata']['labels'] else 'it is not')
ok('in the network namespace of the node', '' if pod['hostNetwork'] else 'it has its own')
ok('with its bpffs', '' if {'path': '/sys/fs/bpf', 'type': 'Directory'} in
   [volume.get('hostPath') for volume in pod['volumes']] else 'it has none')
with open('packaging/container/Containerfile') as file:
    recipe = file.read()
ours = [container['command'][0] for container in pod['initContainers'] + pod['containers']]
ok('what is run is in the image', ' '.join(name for name in ours if name not in recipe))
with open('docs/apply.schema.json') as file:
    ok('what the ConfigMap declares is right',
       violation(yaml.load(documents[1]['data']['tcx.yaml'], yaml.BaseLoader), json.load(file)))

mapping = module['spec']['moduleLoader']['container']['kernelMappings'][0]
regex = subprocess.run(['bash', '-c', '. ./dkms.conf; echo "$BUILD_EXCLUSIVE_KERNEL"'], text=True, capture_output=True, check=True)
ok('KMM: the kernels are those of dkms.conf', '' if mapping['regexp'] == regex.stdout.strip() else regex.stdout)
with open('Kbuild') as file:
    built = re.search(r'^obj-m := (.*)', file.read(), re.M)[1].replace('.o', '').split()
load = module['spec']['moduleLoader']['container']['modprobe']
ok('the module is one that is built', '' if load['moduleName'] in built else str(built))
ok('and lies in the image where it is looked for', '' if f'depmod -b {load["dirName"]} ' in recipe else 'it does not')
if os.environ.get('KMM_CRD'):
    schema = module_schema(os.environ['KMM_CRD'])
    ok('KMM knows all that stands there', violation(module, schema))
    for what, place in (('the mapping', mapping), ('modprobe', load)):
        place['unknown'] = 'x'
        ok(f'refused: an unknown key of {what}', '' if violation(module, schema) else 'it is taken')
        del place['unknown']
    del module['spec']['moduleLoader']['container']['kernelMappings']
    ok('refused: no kernels', '' if violation(module, schema) else 'it is taken')
else:
    print('# not held against KMM\'s own definition of a Module: KMM_CRD names no file')
print(f'1..{number}')
print(f'{number - failed} passed, {failed} failed')
sys.exit(failed > 0)
