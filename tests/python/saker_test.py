# SPDX-License-Identifier: Apache-2.0
"""The Python binding: compile, evaluate dictionaries, diagnostics as exceptions."""
import contextlib
import io
import ipaddress
import textwrap
import threading
import unittest

import saker

SCHEMA = {"login.user": str, "login.ok": bool, "login.from": saker.IP, "login.tries": int, "login.groups": [str],
          "login.load": float, "login.blob": bytes}


def rule(condition, output="%login.user from %login.from", name="r"):
    return "- rule: %s\n  desc: d\n  condition: %s\n  output: '%s'\n  priority: WARNING\n  source: login\n  tags: [a, b]\n" % (
        name, condition, output)


class Binding(unittest.TestCase):
    def setUp(self):
        self.schema = saker.Schema("login", SCHEMA)

    def matches(self, condition, event):
        return [m.output for m in saker.compile(self.schema, rule(condition)).evaluate(event)]

    def test_values_of_every_type(self):
        event = {"login.user": "eve", "login.ok": False, "login.from": "127.0.0.1", "login.tries": -3,
                 "login.groups": ["wheel", "adm"], "login.load": 2.0, "login.blob": b"a\0b"}
        for condition in ("login.user = eve", "login.ok = false", "login.from = 127.0.0.1", "login.tries < 0",
                          "login.groups intersects (adm)", "not login.groups in (adm)", "login.load = 2",
                          'login.blob bcontains "00"'):
            self.assertEqual(self.matches(condition, event), ["eve from 127.0.0.1"], condition)
        for condition in ("login.user = bob", "login.ok = true", "login.from = ::1", "login.groups in (adm)"):
            self.assertEqual(self.matches(condition, event), [], condition)

    def test_missing_is_not_empty(self):
        self.assertEqual(self.matches("login.user != eve", {}), [])
        self.assertEqual(self.matches("not login.user = eve", {}), ["<NA> from <NA>"])
        self.assertEqual(self.matches("login.groups exists", {"login.groups": []}), ["<NA> from <NA>"])

    def test_match_says_what_matched(self):
        rules = saker.compile(self.schema, rule("login.ok = true", name="Let in"))
        match, = rules.evaluate({"login.ok": True, "login.from": ipaddress.ip_address("fe80::1")})
        self.assertEqual((match.rule, match.priority, match.tags), ("Let in", "Warning", ["a", "b"]))
        self.assertEqual(match.output, "<NA> from fe80::1")

    def test_every_diagnostic_is_in_the_exception(self):
        text = rule("login.usr = eve") + rule("login.tries > many", name="s")
        with self.assertRaises(saker.RulesError) as caught:
            saker.compile(self.schema, text, name="my.yaml")
        errors = [d for d in caught.exception.diagnostics if d.severity == "error"]
        self.assertEqual([(d.file, d.line) for d in errors], [("my.yaml", 3), ("my.yaml", 10)])
        self.assertIn("login.user", errors[0].hint)
        self.assertIn("^", errors[0].text)

    def test_value_of_a_wrong_type_is_an_error(self):
        rules = saker.compile(self.schema, rule("login.tries > 0"))
        for value in ("many", 1 << 63, float("inf")):
            with self.assertRaises(TypeError, msg=value):
                rules.evaluate({"login.tries": value})
        self.assertEqual(len(rules.evaluate({"login.tries": 1})), 1)

    def test_other_exceptions_come_through(self):
        class Broken(dict):
            def get(self, name):
                raise LookupError(name)
        rules = saker.compile(self.schema, rule("login.tries > 0"))
        with self.assertRaises(LookupError):
            rules.evaluate(Broken())

    def test_threads_share_a_schema(self):
        wrong = []

        def work(name):
            rules = saker.compile(self.schema, rule("login.user = " + name))
            event = {"login.user": name, "login.from": "::1"}
            for _ in range(3000):
                found = [m.output for m in rules.evaluate(event)]
                if found != [name + " from ::1"]:
                    wrong.append(found)
        threads = [threading.Thread(target=work, args=(name,)) for name in ("ann", "bob", "eve")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_the_example_of_the_module_is_true(self):
        lines = saker.__doc__.split("\n")
        code = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ") or not line))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, {})
        self.assertEqual(printed.getvalue(), "Refused refused eve\n")


if __name__ == "__main__":
    unittest.main()
