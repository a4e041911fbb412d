# SPDX-License-Identifier: Apache-2.0
"""Falco rules on dictionaries: libsaker through ctypes, in one file.

    import saker

    schema = saker.Schema("login", {"login.user": str, "login.ok": bool, "login.from": saker.IP})
    rules = saker.compile(schema, '''
    - rule: Refused
      desc: somebody was refused
      condition: login.ok = false
      output: refused %login.user
      priority: WARNING
      source: login
    ''')
    for match in rules.evaluate({"login.user": "eve", "login.ok": False}):
        print(match.rule, match.output)

Events are mappings from field names to values: str, bytes, int, float, bool, an address (ipaddress object or text), or a
list of these for a field declared as [type]. A missing key or None is a missing value; a value that does not fit the
type of its field is a TypeError. A Rules object belongs to one thread at a time, a Schema to any number of them.
The library is found by the loader; the environment variable SAKER_LIBRARY names another file.
"""
import ctypes as C
import ctypes.util
import ipaddress
import os

__all__ = ["Schema", "RulesError", "Diagnostic", "Match", "Rules", "compile", "version", "IP"]


class IP:
    """Type of a field that holds IPv4 or IPv6 addresses."""


class _Arg(C.Structure):
    _fields_ = [("field", C.c_void_p), ("key", C.c_char_p), ("index", C.c_int64), ("bound", C.c_size_t),
                ("type", C.c_uint8), ("output", C.c_bool), ("dotted", C.c_bool)]


_GET = C.CFUNCTYPE(None, C.c_void_p, C.py_object, C.POINTER(_Arg))


class _Field(C.Structure):
    _fields_ = [("name", C.c_char_p), ("type", C.c_int), ("get", _GET), ("doc", C.c_char_p), ("at", C.c_size_t),
                ("flags", C.c_uint32), ("bind", C.c_void_p)]


class _Schema(C.Structure):
    _fields_ = [("size", C.c_size_t), ("field_size", C.c_size_t), ("name", C.c_char_p), ("fields", C.POINTER(_Field)),
                ("field_count", C.c_size_t), ("kinds", C.c_void_p), ("kind_count", C.c_size_t)]


class _Event(C.Structure):
    _fields_ = [("schema", C.POINTER(_Schema)), ("data", C.py_object), ("time", C.c_uint64), ("num", C.c_uint64),
                ("kind", C.c_uint32)]


class _Diag(C.Structure):
    _fields_ = [("severity", C.c_int), ("code", C.c_uint32), ("file", C.c_char_p), ("line", C.c_uint32),
                ("column", C.c_uint32), ("length", C.c_uint32), ("item", C.c_char_p), ("message", C.c_char_p),
                ("hint", C.c_char_p), ("snippet", C.c_char_p), ("name", C.c_char_p)]


class _Rule(C.Structure):
    _fields_ = [("size", C.c_size_t), ("name", C.c_char_p), ("condition", C.c_char_p), ("output", C.c_char_p),
                ("desc", C.c_char_p), ("source", C.c_char_p), ("tags", C.POINTER(C.c_char_p)), ("tag_count", C.c_size_t),
                ("priority", C.c_int), ("disabled", C.c_bool)]


def _load():
    path = os.environ.get("SAKER_LIBRARY") or ctypes.util.find_library("saker") or "libsaker.so.0"
    lib = C.CDLL(path)
    for name, result, *args in (
            ("saker_version", C.c_char_p),
            ("saker_strerror", C.c_char_p, C.c_int),
            ("saker_priority_name", C.c_char_p, C.c_int),
            ("saker_compiler_new", C.c_void_p, C.c_void_p),
            ("saker_compiler_free", None, C.c_void_p),
            ("saker_compiler_add_schema", C.c_int, C.c_void_p, C.POINTER(_Schema)),
            ("saker_compiler_add_yaml", C.c_int, C.c_void_p, C.c_char_p, C.c_char_p, C.c_size_t),
            ("saker_compiler_build", C.c_int, C.c_void_p, C.POINTER(C.c_void_p)),
            ("saker_compiler_diag_count", C.c_size_t, C.c_void_p),
            ("saker_compiler_diag", C.POINTER(_Diag), C.c_void_p, C.c_size_t),
            ("saker_diag_format", C.c_size_t, C.POINTER(_Diag), C.c_char_p, C.c_size_t),
            ("saker_ruleset_unref", None, C.c_void_p),
            ("saker_eval_new", C.c_void_p, C.c_void_p),
            ("saker_eval_free", None, C.c_void_p),
            ("saker_eval_run", C.c_int, C.c_void_p, C.POINTER(_Event)),
            ("saker_match_rule", C.POINTER(_Rule), C.c_void_p, C.c_int),
            ("saker_match_output", C.c_char_p, C.c_void_p, C.c_int),
            ("saker_put_bool", None, C.c_void_p, C.c_bool),
            ("saker_put_int", None, C.c_void_p, C.c_int64),
            ("saker_put_float", None, C.c_void_p, C.c_double),
            ("saker_put_str", None, C.c_void_p, C.c_char_p, C.c_size_t),
            ("saker_put_bytes", None, C.c_void_p, C.c_char_p, C.c_size_t),
            ("saker_put_ip", None, C.c_void_p, C.c_char_p, C.c_size_t),
            ("saker_put_present", None, C.c_void_p)):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, args
    return lib


_lib = _load()


def version():
    """Version of the library that was loaded."""
    return _lib.saker_version().decode()


def _put_text(out, value, hold, put):
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
    hold.append(data)
    put(out, data, len(data))


def _put_int(out, value, _hold):
    number = int(value)
    if not -1 << 63 <= number < 1 << 63:  # ctypes would cut it off
        raise ValueError("%d does not fit 64 bits" % number)
    _lib.saker_put_int(out, number)


def _put_ip(out, value, hold):
    address = ipaddress.ip_address(value).packed
    _lib.saker_put_ip(out, address, len(address))


# Python type of a field -> (saker_type, how a value is put)
_TYPES = {
    bool: (1, lambda out, v, hold: _lib.saker_put_bool(out, bool(v))),
    int: (2, _put_int),
    float: (4, lambda out, v, hold: _lib.saker_put_float(out, float(v))),
    str: (5, lambda out, v, hold: _put_text(out, v, hold, _lib.saker_put_str)),
    bytes: (6, lambda out, v, hold: _put_text(out, v, hold, _lib.saker_put_bytes)),
    IP: (7, _put_ip),
}
_LIST = 1 << 0


class _Now:
    """What the extractors of one evaluation are given."""

    def __init__(self, event):
        self.event, self.hold, self.error = event, [], None  # what was put is borrowed until the next event


def _failure(status):
    return MemoryError() if status == -1 else RuntimeError(_lib.saker_strerror(status).decode())


class Schema:
    """A sort of events: its name (what a rule's `source:` says) and its fields, {name: type} or {name: [type]}."""

    def __init__(self, name, fields):
        self.name = name
        self._callbacks = [self._extractor(field, declared) for field, declared in fields.items()]
        self._fields = (_Field * len(fields))()
        for row, (field, declared), get in zip(self._fields, fields.items(), self._callbacks):
            is_list = isinstance(declared, list)
            row.name, row.get = field.encode(), get
            row.type = _TYPES[declared[0] if is_list else declared][0]
            row.flags = _LIST if is_list else 0
        self._schema = _Schema(C.sizeof(_Schema), C.sizeof(_Field), name.encode(), self._fields, len(fields), None, 0)

    def _extractor(self, name, declared):
        is_list = isinstance(declared, list)
        put = _TYPES[declared[0] if is_list else declared][1]

        def get(out, now, _arg):
            try:
                value = now.event.get(name)
                if value is None:
                    return
                if is_list:
                    _lib.saker_put_present(out)
                for item in (value if is_list else (value,)):
                    put(out, item, now.hold)
            except BaseException as error:  # must not cross the C frames
                now.error = now.error or (name, error)
        return _GET(get)


class Diagnostic:
    """Something said about the rules: severity ("error", "warning", "note"), code, place, message, hint, text."""

    def __init__(self, diag):
        d = diag.contents
        text = lambda b: b.decode("utf-8", "replace") if b is not None else None
        self.severity = ("error", "warning", "note")[d.severity]
        self.code, self.name = d.code, text(d.name)
        self.file, self.line, self.column, self.length = text(d.file), d.line, d.column, d.length
        self.item, self.message, self.hint, self.snippet = text(d.item), text(d.message), text(d.hint), text(d.snippet)
        size = _lib.saker_diag_format(diag, None, 0) + 1
        room = C.create_string_buffer(size)
        _lib.saker_diag_format(diag, room, size)
        self.text = room.value.decode("utf-8", "replace")

    def __str__(self):
        return self.text


class RulesError(ValueError):
    """The rules are at fault; `diagnostics` holds everything that is to be said about them."""

    def __init__(self, diagnostics):
        super().__init__("".join(d.text for d in diagnostics))
        self.diagnostics = diagnostics


class Match:
    """A rule that matched an event."""

    def __init__(self, rule, output):
        r = rule.contents
        self.rule, self.output = r.name.decode(), output.decode("utf-8", "replace")
        self.priority = _lib.saker_priority_name(r.priority).decode()
        self.tags = [r.tags[i].decode() for i in range(r.tag_count)]

    def __repr__(self):
        return "<Match %s: %s>" % (self.rule, self.output)


class Rules:
    """Compiled rules with the scratch to evaluate them. `warnings` holds the diagnostics of the compilation."""

    def __init__(self, schema, ruleset, warnings):
        self.warnings = warnings
        self._schema = schema
        self._num = 0
        self._eval = _lib.saker_eval_new(ruleset)
        _lib.saker_ruleset_unref(ruleset)
        if not self._eval:
            raise MemoryError

    def evaluate(self, event, time_ns=0):
        """The matches of one event, in the order of the rules."""
        self._num += 1
        self._now = now = _Now(event)
        envelope = _Event(C.pointer(self._schema._schema), now, time_ns, self._num, 0)
        n = _lib.saker_eval_run(self._eval, C.byref(envelope))
        if n < 0:
            raise _failure(n)
        outputs = [_lib.saker_match_output(self._eval, i) for i in range(n)]
        if now.error:
            name, error = now.error
            if isinstance(error, (TypeError, ValueError, OverflowError)):
                raise TypeError("field %s: %s" % (name, error)) from error
            raise error
        if None in outputs:
            raise MemoryError
        return [Match(_lib.saker_match_rule(self._eval, i), output) for i, output in enumerate(outputs)]

    def __del__(self):
        if getattr(self, "_eval", None):
            _lib.saker_eval_free(self._eval)


def compile(schema, text, name="rules"):
    """Rules from YAML text. Raises RulesError with every diagnostic when anything is wrong with them."""
    data = text.encode() if isinstance(text, str) else bytes(text)
    compiler = _lib.saker_compiler_new(None)
    ruleset = C.c_void_p()
    try:
        status = _lib.saker_compiler_add_schema(compiler, C.byref(schema._schema))
        if status == 0:
            _lib.saker_compiler_add_yaml(compiler, name.encode(), data, len(data))
            status = _lib.saker_compiler_build(compiler, C.byref(ruleset))
        diagnostics = [Diagnostic(_lib.saker_compiler_diag(compiler, i))
                       for i in range(_lib.saker_compiler_diag_count(compiler))]
    finally:
        _lib.saker_compiler_free(compiler)
    if status == -3:
        raise RulesError(diagnostics)
    if status < 0:
        raise _failure(status)
    return Rules(schema, ruleset, diagnostics)
