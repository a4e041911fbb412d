# SPDX-License-Identifier: Apache-2.0
"""A strict reader of Prometheus' text format 0.0.4: whatever is not exactly right is a ValueError."""
import re

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf'({NAME})(?:\{{(.*)\}})? (\S+)$')


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match:
            raise ValueError(f'labels: {text}')
        if match[1] in labels:
            raise ValueError(f'label twice: {text}')
        labels[match[1]] = re.sub(r'\\(.)', lambda m: '\n' if m[1] == 'n' else m[1], match[2])
        at = match.end()
        if at < len(text):
            if text[at] != ',':
                raise ValueError(f'labels: {text}')
            at += 1
    return labels


def parse(text):
    """{name: [(labels, value)]}; every family has HELP, TYPE and its samples in one piece."""
    families, samples, current = {}, {}, None
    if not text.endswith('\n'):
        raise ValueError('the last line has no end')
    for line in text[:-1].split('\n'):
        if match := re.fullmatch(rf'# HELP ({NAME}) \S.*', line):
            if match[1] in families:
                raise ValueError(f'family twice: {match[1]}')
            current, families[match[1]] = match[1], None
            continue
        if match := re.fullmatch(rf'# TYPE ({NAME}) (counter|gauge)', line):
            if match[1] != current or families[current] is not None:
                raise ValueError(f'TYPE out of place: {line}')
            if (match[2] == 'counter') != current.endswith('_total') and not (
                    match[2] == 'gauge' and current.startswith('falcosecurity_')):
                raise ValueError(f'name does not suit the type: {line}')
            families[current] = match[2]
            continue
        match = SAMPLE.match(line)
        if not match or match[1] != current or families[current] is None:
            raise ValueError(f'sample out of place: {line!r}')
        labels = labels_of(match[2] or '')
        row = tuple(sorted(labels.items()))
        rows = samples.setdefault(current, {})
        if row in rows:
            raise ValueError(f'sample twice: {line}')
        rows[row] = float(match[3])
        if families[current] == 'counter' and rows[row] < 0:
            raise ValueError(f'counter below 0: {line}')
    return {name: [(dict(row), value) for row, value in rows.items()] for name, rows in samples.items()}


def value(families, name, **labels):
    """The one sample with these labels, whatever others it has."""
    found = [v for row, v in families[name] if all(row.get(k) == w for k, w in labels.items())]
    if len(found) != 1:
        raise ValueError(f'{len(found)} samples of {name} {labels}')
    return found[0]
