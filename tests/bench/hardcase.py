#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardcase.py K FILE.yaml...: prints K copies of rule files of which all but the first differ from the others in nothing
but their exceptions. Whatever leads an engine to one of them leads it to all: the case that is hardest for an index.
Copies of a rule without exceptions get one. Needs PyYAML."""
import re
import sys

import yaml

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|-*\w[\w.\-/*\[\]:@%+]*|/[\w.\-/*?\[\]@%+]*|[=!<>]+|\s+|.', re.DOTALL)
WORDY = {'in', 'contains', 'icontains', 'startswith', 'endswith', 'pmatch', 'glob', 'intersects', 'regex', 'bcontains'}
KEPT = ('evt.', 'fd.type', 'fd.l4', 'container.')  # fields whose literals are few


def is_operator(token):
    return token in WORDY or token[:1] in ('=', '!', '<', '>')


def literal(token, copy):
    """Another literal of the same sort: numbers, addresses and truth values stay."""
    if token in ('true', 'false', 'host') or re.fullmatch(r'["\']*[-\d.:/]*["\']*', token):
        return token
    if token[0] in '"\'':
        return token if token[1] == '<' else f'{token[:-1]}{copy}{token[-1]}'
    return f'{token}{copy}'


def words_of(text):
    return [t for t in TOKEN.findall(text) if not t.isspace()]


class Copier:
    def __init__(self, body):
        self.kinds = {}  # name -> macro or list
        self.text = {}   # what the name stands for
        events = set()
        for item in body:
            for types in re.findall(r'evt\.type *(?:=|in) *\(?([^)]*)', item.get('condition', '')):
                events |= set(re.findall(r'\w+', types))
            for kind in ('macro', 'list'):
                if kind in item:
                    self.kinds[item[kind]] = kind
        for name in events:
            self.kinds.pop(name, None)
        self.used = set()  # names that copies have of their own

    def name(self, token, copy):
        self.used.add(token)
        return f'{token}_{copy}'

    def alter(self, tokens, copy):
        """All literals and names of a stretch of a condition."""
        field, before, out = '', '', []
        in_list = False
        for i, token in enumerate(tokens):
            following = tokens[i + 1] if i + 1 < len(tokens) else ''
            if token == '(':
                in_list = is_operator(before)
            elif token == ')':
                in_list = False
            elif is_operator(following) and not in_list:
                field = token
            elif token in self.kinds:
                token = self.name(token, copy)
            elif (in_list or is_operator(before)) and token != ',' and not field.startswith(KEPT):
                token = literal(token, copy)
            out.append(token)
            before = tokens[i]
        return out

    def end_of_group(self, tokens, at):
        depth = 0
        for i in range(at, len(tokens)):
            depth += (tokens[i] == '(') - (tokens[i] == ')')
            if depth == 0:
                return i + 1
        return len(tokens)

    def exceptions(self, text, copy):
        """The condition with its exceptions altered, and whether it had any."""
        tokens, out, at, found = words_of(text), [], 0, False
        while at < len(tokens):
            end = at + 1
            negated = tokens[at] == 'not'
            if negated:
                out.append('not')
                at += 1
                following = tokens[at + 1] if at + 1 < len(tokens) else ''
                if tokens[at] == '(':
                    end = self.end_of_group(tokens, at)
                elif is_operator(following) and tokens[at + 2] == '(':
                    end = self.end_of_group(tokens, at + 2)
                else:
                    end = at + 3 if is_operator(following) else at + 1
            stretch = tokens[at:end]
            altered = self.alter(stretch, copy) if negated else stretch
            found |= altered != stretch
            out += altered
            at = end
        return ' '.join(out), found

    def rule(self, item, copy):
        y = dict(item, rule=f'{item["rule"]} {copy}')
        if 'condition' in item:
            text, found = self.exceptions(item['condition'], copy)
            y['condition'] = text if found else f'({text}) and not proc.name = exception{copy}'
        return y

    def definition(self, item, kind, copy):
        y = dict(item)
        y[kind] = self.name(item[kind], copy)
        if 'items' in item:
            y['items'] = [self.name(x, copy) if x in self.kinds else literal(x, copy) if isinstance(x, str) and x else x
                          for x in item['items']]
        if 'condition' in item:
            y['condition'] = ' '.join(self.alter(words_of(item['condition']), copy))
        return y


def main():
    copies, files = int(sys.argv[1]), sys.argv[2:]
    items = []
    for file in files:
        with open(file, encoding='utf-8') as f:
            items += [item for item in yaml.safe_load(f) if item]
    body = [item for item in items if 'rule' in item or 'macro' in item or 'list' in item]
    copier = Copier(body)
    out = [item for item in items if 'required_engine_version' in item][:1] + body
    for copy in range(1, copies):
        for item in body:
            kind = next(k for k in ('rule', 'macro', 'list') if k in item)
            if kind == 'rule':
                out.append(copier.rule(item, copy))
            elif item[kind] in copier.kinds:
                out.append(copier.definition(item, kind, copy))
    yaml.dump(out, sys.stdout, Dumper=getattr(yaml, 'CSafeDumper', yaml.SafeDumper), sort_keys=False, width=4000,
              allow_unicode=True)


if __name__ == '__main__':
    main()
