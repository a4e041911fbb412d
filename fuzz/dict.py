#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dict.py HARNESS FILE: writes the words that a harness should know, from the tables of the library, as a dictionary for
libFuzzer and AFL. Prints how many; a harness without words of its own gets an empty file."""
import pathlib
import re
import struct
import sys

root = pathlib.Path(__file__).resolve().parent.parent


def rows(pattern, *tables):
    """First group of each match in these tables."""
    return [m for table in tables for m in re.findall(pattern, (root / table).read_text())]


def quoted_in(path, name):
    """Texts of the array `name` in a C file."""
    body = re.search(r'\b' + name + r'\[\]\s*=\s*\{(.*?)\};', (root / path).read_text(), re.S).group(1)
    return re.findall(r'"([^"]+)"', body)


def fields():
    return rows(r'(?m)^[A-Z]+\("([a-z0-9_.]+)"', 'lib/syscall/fields_evt.def', 'lib/syscall/fields_proc.def',
                'lib/syscall/fields_fd.def', 'lib/syscall/fields_container.def', 'lib/syscall/fields_gone.def')


def odd_fields():
    return rows(r'\{ "(t\.[a-z]+)"', 'tests/lang/odd_schema.c') + ['evt.type', 'evt.num', 'evt.time', 'evt.source']


def operators():
    return [' ' + op + ' ' for op in rows(r'SKR_OP\(\w+, "([^"]+)"', 'lang/ops.def')]


def language():
    return operators() + [x + '(' for x in rows(r'SKR_XFORM\(\w+, "([^"]+)"', 'lang/xforms.def')] + \
        [' and ', ' or ', 'not ', ' oneof (', ' anyof (', ' allof (', '(', ')', ', ', '[', ']', '"', "'", '\\']


def kinds():
    return sorted(set(rows(r'(?m)^EVENT0?\(\d+, \w+, ([a-z0-9_]+),', 'lib/capture/tables/events.def')))


def literals():
    return ['10.0.0.0/8', '::1', '0x1f', '-1', '18446744073709551615', '<NA>', '*', 'true', '[a-z]*', '/etc/*', '.*', '%']


def keys():
    names = quoted_in('lib/rules/read.c', 'rule_keys') + ['list', 'macro', 'items', 'required_engine_version',
                                                          'required_plugin_versions', 'alternatives', 'version']
    names += quoted_in('lib/rules/except.c', 'exception_keys')
    return [k + ': ' for k in dict.fromkeys(names)] + ['- rule: ', '- macro: ', '- list: ', '    - name: ']


def yaml():
    return ['append', 'replace', 'override:\n    ', '\n  ', '\n    ', '\n- ', '- ', '[', ']', '{', '}', '>\n', '|-\n', '&a ', '*a',
            '---\n', '...\n', '? ', ': ', '# ', '!!str ', '<<: *a', '\f', '\r\n', '\t', '"\\x41"', '\ufeff', '~', 'null'] + \
        rows(r'= "(\w+)",', 'lang/dump.c') + ['Warning', 'Info', '0.63.0', 'container', 'syscall']


def diagnostics():
    """Words of messages that stand in text which the reader of rule files looks for."""
    return rows(r'SKR_OKEY\(\w+, "([^"]+)"', 'lib/rules/okeys.def') + rows(r'SKR_SYNONYM\("([^"]+)"', 'lang/synonyms.def')


def blocks():
    return [struct.pack('<I', int(n, 16)) for n in rows(r'(?:BLOCK|ALIAS)\((0x[0-9A-Fa-f]+)', 'lib/capture/blocks.def')] + \
        [b'\x4d\x3c\x2b\x1a', b'\xff\xff\xff\xff', b'\x1f\x8b\x08', struct.pack('<I', 300 << 20)]


def codes():
    return [struct.pack('<H', int(n)) for n in rows(r'SKR_E_\w+ = (\d+)', 'lib/capture/tables/codes.h')]


def container():
    return ['"%s":' % k for k in rows(r'SKR_CONTAINER_\w+\(\w+, "([^"]+)"', 'lib/syscall/container_keys.def')] + \
        ['{"container":{', '"labels":{', '"Mounts":[{', '"port_mappings":[', '\\u0000', '\\ud800', '1e999', 'true', 'null', '[[[[']


def regex():
    return ['[[:%s:]]' % c for c in rows(r'SKR_REGEX_CLASS\("([^"]+)"', 'lib/match/regex_classes.def')] + \
        ['(?:', '(?i)', '(?=', '(?P<a>', '{1,3}', '{1000}', '\\b', '\\d', '\\pL', '\\x{10ffff}', '\\Q', '\\E', '[^', '*?', '|', '.*', '\\1']


harnesses = {
    'rules': lambda: keys() + yaml() + diagnostics() + fields() + language() + literals() + kinds(),
    'condition': lambda: fields() + language() + literals(),
    'eval': lambda: odd_fields() + language() + literals() + ['open', 'close', 'bash', '\n', '\t%'],
    'format': lambda: ['%' + f for f in odd_fields()] + ['%' + x for x in language() if x.endswith('(')] + ['*', '\n', '%10', '%-3'],
    'api': lambda: keys() + odd_fields() + operators() + kinds()[:64] + [b'\xff', b'\xfe'],
    'capture': blocks,
    'dump': codes,
    'event': codes,
    'fields': codes,
    'container': container,
    'regex': regex,
    'glob': lambda: ['[!', '[^', '[[:alpha:]]', '[a-', '\\', '**', '?', '/'],
    'pmatch': lambda: ['/', '*', '/*', '**', '[a-z]', '?'],
    'state': lambda: [b'\xfd', b'\xfc', b'\xf0', b'\xfe'] + [c[::-1] for c in codes()], # section, purge, entry, empty value
}


def escaped(word):
    data = word if isinstance(word, bytes) else word.encode()
    return ''.join(chr(b) if 32 <= b < 127 and b not in b'"\\' else '\\x%02x' % b for b in data)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in harnesses:
        sys.exit(__doc__)
    words = list(dict.fromkeys(w for w in harnesses[sys.argv[1]]() if w))
    pathlib.Path(sys.argv[2]).write_text(''.join('"%s"\n' % escaped(w) for w in words))
    print(f'{sys.argv[2]}: {len(words)} words')


main()
