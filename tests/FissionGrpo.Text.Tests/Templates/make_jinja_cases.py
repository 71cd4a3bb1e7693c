"""Writes jinja-cases.json: small templates of our own and what Jinja2 makes of them, set up as transformers sets it up.

Run with Jinja2 3.1: `python3 make_jinja_cases.py > jinja-cases.json`. `error` stands where Jinja2 refuses; its text is informative.
"""
import datetime
import json
import sys

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2025, 3, 7, 9, 5, 8)


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, "jinja2.ext.do"])
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: NOW.strftime(form)
    return env


CONTEXT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "  Hi <there> & \"you\"\n"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "a1", "type": "function", "function": {"name": "f", "arguments": {"x": 1, "y": [1.5, True, None, "ü\u2028\u007f"]}}},
            {"id": "b22", "type": "function", "function": {"name": "g", "arguments": {}}}]},
        {"role": "tool", "content": "{\"ok\": 1}", "name": "f", "tool_call_id": "a1"},
        {"role": "assistant", "content": "Done 🚗 naïve."},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "description": "D \"q\" 'p' </x>", "parameters": {"type": "object", "properties": {
        "x": {"type": "integer"}, "y": {"type": ["array", "null"], "items": {"type": "string"}}}, "required": ["x"]}}}],
    "s": "The quick  brown\tfox-trot (ok)\nand more\r\nlines ", "e": "", "n": 7, "neg": -7, "f": 2.5, "big": 123456789012345678901234567890, "t": True, "none": None,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "d": {"b": 1, "a": [1, {"k": "v"}], "C": None}, "nested": [{"g": 1, "v": "x"}, {"g": 2, "v": "y"}, {"g": 1, "v": "z"}],
    "u": "aé漢🚗b", "q": "it's \"q\"", "emoji": ["🚗", "\uFFFD", "z"],
}

EXPRESSIONS = r"""
n + 1 | n - 8 | n * 2 | n / 2 | n // 2 | n % 4 | neg // 2 | neg % 4 | n ** 2 | 2 ** -1 | 2 ** 3 ** 2 | -n | - - n | +n | f * 2 | f // 1 | neg / 2.0 | f % 2 | -f % 2 | 1e3 | 1.5e-7 | 1_000 | 0.1 + 0.2 | 1e16 | 1e15 | 123456789.0 | 1/3 | 2e-5 | 5e-324 | 1.7976931348623157e308 | 1e22 | 100000000000000000000.0 | big + 1 | big * big
n / 0 | n // 0 | n % 0 | 1.0 / 0 | s + 1 | 1 + s | s - s | l - l | none + 1 | undef + 1 | undef ~ 1 | -undef | -s
s ~ n ~ t ~ none ~ f | "a" "b" 'c' | "a" * 3 | 3 * "ab" | l * 2 | [1] + [2] | (1, 2) + (3,) | [1] + (2,) | "%s-%s" % ("a", 1) | "%d%%" % n | "%.2f" % f | "%s" % l | "%x" % 255 | "%r" % "a'b"
t | none | true | False | None | l | d | (1,) | (1, "a") | () | [] | {} | [none, true, 1.0, "a\n'b"] | {"a": {"b": (1, 2)}} | q | [q] | ["é\x01\u200b🚗\\"] | "\u00e9\x41\101\q\"\'"
n == 7 | n == 7.0 | true == 1 | n != 8 | n < 8 | n <= 7 <= 7 | 1 < 2 > 3 | "a" < "b" | "a" < "B" | [1, 2] < [1, 3] | (1,) < (2,) | 1 < "a" | none < 1 | undef == undef | undef == none | undef < 1 | [1] == (1,) | [1, [2]] == [1, [2]] | {"a": 1} == {"a": 1.0} | "🚗" < "\uFFFD"
"a" in "cat" | "z" not in "cat" | 1 in l | 9 in l | "b" in d | 1 in d | "a" in undef | 1 in "a" | "x" in none | none in [none] | [1] in [[1]] | "" in ""
not t | not e | not not n | t and e | e and t | e or n | none or "x" | t and n or e | not (t and e) | undef or 1 | undef and 1 | n if t else e | n if e | n if e else f if e else "z" | ("a" if t else "b") ~ "c" | "x" if undef is defined else "y"
d.b | d["b"] | d.a[1].k | d.zzz | d.zzz.y | d["zzz"] | undef.x | undef["x"] | none.x | none.x.y | none["x"] | n.x | l[0] | l[-1] | l[9] | l[-9] | l["a"] | l[n] | l.0 | u[1] | u[3] | u[-1] | u[9] | d.items | d.items() | d.keys()|list | d.values()|list | d["items"] | d.get("b") | d.get("q") | d.get("q", 5) | l.append(4) | d.update({}) | l.__class__ | messages[0].role | messages[0]["content"]
l[1:] | l[:1] | l[:-1] | l[::-1] | l[::2] | l[5:] | l[-2:] | l[-5:2] | l[2:0:-1] | l[0:2:-1] | u[::-1] | u[1:3] | u[-2:] | s[:3] | (1,2,3)[1:] | none[1:] | l[::0] | undef[1:] | l[none:1] | l["a":]
s.split() | s.split(" ") | s.split(none, 1) | s.split("o", 1) | s.rsplit("o", 1) | s.rsplit(none, 1) | s.splitlines() | s.splitlines(true) | "".split() | "".split(",") | ",a,,".split(",") | s.split("") | "aXbXc".partition("X") | "aXbXc".rpartition("X") | "a".partition("X")
"xxaxx".strip("x") | "xxaxx".lstrip("x") | "xxaxx".rstrip("x") | " \n a \t".strip() | "abcab".strip("ab") | " a ".lstrip() | " a ".rstrip() | "🚗a🚗".strip("🚗") | s.startswith("The") | s.startswith(("x", "The")) | s.endswith(" ") | s.upper() | s.lower() | s.title() | s.capitalize() | "they're bill's".title() | "" .capitalize()
s.replace("o", "0") | s.replace("o", "0", 1) | "ab".replace("", "-") | "ab".replace("", "-", 2) | s.find("quick") | s.find("zz") | u.find("b") | s.rfind("o") | s.index("fox") | s.index("zz") | s.count("o") | "aaa".count("aa") | "ab".count("") | ",".join(w) | ",".join(l) | "".join([]) | u.join("ab")
"12".isdigit() | "".isdigit() | "1a".isdigit() | "ab".isalpha() | "a1".isalnum() | " ".isspace() | "ab".islower() | "AB".isupper() | "A1".isupper() | "1".isupper() | "abc".removeprefix("a") | "abc".removesuffix("c") | "a".ljust(3) ~ "|" | "a".rjust(3, ".") | "ab".center(5, "*") | "abc".center(6, "*") | "-7".zfill(4) | "{} {1}".format(1) | "{} {}".format(1, "b") | "{0}{0}{a}{{}}".format(1, a=2)
s|length | u|length | l|length | d|length | undef|length | n|length | none|length | l|count | l|first | l|last | ""|first | []|last | u|first | w|sort | w|sort(reverse=true) | w|sort(case_sensitive=true) | nested|sort(attribute="g")|map(attribute="v")|join | [1, "a"]|sort | l|sum | nested|sum(attribute="g") | []|sum | l|min | l|max | w|min | []|max | w|unique|list | ["a", "A", "b"]|unique|list
l|reverse|list | u|reverse | l|reverse | l|join | l|join("-") | nested|join(",", attribute="v") | undef|join | "abc"|join("-") | l|list | d|list | "abc"|list | d|items|list | d|dictsort | d|dictsort(true) | {"a": 2, "b": 1}|dictsort(by="value") | undef|items|list | n|items
w|map("upper")|list | w|map("upper")|join(",") | nested|map(attribute="v")|list | nested|map(attribute="zz", default="-")|list | nested|map(attribute="zz")|list | l|select|list | l|select("odd")|list | l|reject("odd")|list | l|select("greaterthan", 1)|list | l|select("gt", 1)|list | nested|selectattr("g", "equalto", 1)|map(attribute="v")|list | nested|rejectattr("g", "eq", 1)|list | nested|selectattr("v")|list|length | messages|selectattr("role", "equalto", "user")|list|length | messages|map(attribute="role")|unique|join(" ") | l|select("odd")|length | "y" if l|select("gt", 99) else "n" | nested|selectattr("zz", "defined")|list | nested|groupby("g")|length | [1,2,3,4,5]|batch(2)|list | [1,2,3]|batch(2, "x")|list
d|tojson | l|tojson | s|tojson | u|tojson | none|tojson | t|tojson | f|tojson | 1e22|tojson | 1e16|tojson | 0.00001|tojson | big|tojson | (1, 2)|tojson | undef|tojson | tools|tojson | tools|tojson(indent=2) | d|tojson(indent=4) | []|tojson(indent=2) | {}|tojson(indent=2) | messages[2]|tojson | {1: 2, none: 3, true: 4}|tojson | "</script>'&"|tojson | "\u2028\x7f\x00\x1f"|tojson
undef|default("x") | none|default("x") | e|default("x", true) | none|d("x", boolean=true) | undef|default | n|string | l|string | n|string|length | "42"|int | "4.9"|int | "x"|int | "x"|int(5) | 3.9|int | " 7 "|int | none|int | "1_0"|int | "2.5"|float | "x"|float | n|float | neg|abs | -2.5|abs | 2.5|round | 3.5|round | 2.567|round(2) | 2.1|round(0, "ceil") | 2.9|round(method="floor") | 42|round | s|wordcount | "%s %s"|format("a", 2)
" a "|trim | "xax"|trim("x") | s|upper | n|upper | s|title | "foo bar-baz (qux)"|title | s|capitalize | "aXbX"|replace("X", "-") | "aXbX"|replace("X", "-", 1) | 101|replace(1, 2) | "a\nb\n\nc"|indent | "a\nb"|indent(2, true) | "a\n\nb"|indent(2, blank=true) | "a\nb"|indent("> ") | ""|indent(2, true) | "<&'\">"|e | "<b>"|safe | "<b>"|escape
n is defined | undef is defined | undef is not defined | undef is undefined | none is none | n is none | s is string | n is number | f is number | t is number | n is integer | t is integer | f is float | t is boolean | t is true | n is true | e is false | d is mapping | l is mapping | l is sequence | d is sequence | s is sequence | n is sequence | s is iterable | n is iterable | l is iterable | range is callable | n is even | n is odd | 9 is divisibleby 3 | 9 is divisibleby(4) | n is eq 7 | n is equalto 7 | n is ne 7 | n is gt 5 | n is lt 5 | n is ge 7 | n is le 6 | n is sameas 7 | true is sameas 1 | "a" is in "abc" | 1 is in [1] | "abc" is lower | "ABC" is upper | n is odd and t | n is odd or e | not n is even | n is not even | (n is even) == false | s is string and n is number | n is defined == true
range(3)|list | range(1, 4)|list | range(5, 0, -2)|list | range(0)|list | range(3, 1)|list | range(200000)|list | range("a") | range(1, 2, 0) | namespace(a=1).a | namespace({"a": 1}, b=2).b | dict(a=1, b=2) | dict({"x": 1}, y=2)|tojson | dict([["k", 1]]) | strftime_now("%Y-%m-%d %H:%M:%S") | strftime_now("%d %b %Y %B %A %a %j %y %I %p %%") | strftime_now("%-d/%-m") | raise_exception("no") | zzz() | n() | s.zzz() | s|zzz | s is zzz
{"a": 1}["a"] | {"a": 1, "a": 2} | {"a": 1,}.a | [1, 2,] | {1: "x"}[1] | {1: "x"}[1.0] | {[1]: 2} | {(1, 2): 3}[(1, 2)] | [[1, 2], [3]][0][1] | ({"a": [1]}).a.0 | "a{b}" | "{{" | '{% x %}' | "a" if "}}" else "b" | l|map("string")|join(",")|replace(",", ";")|upper | (l|length) * 2 | l|length * 2 | -l|length | n|string + "x" | not l|length | "x" ~ l|join ~ "y" | l|length > 2 and d|length == 3
n. | n + | (n | [1 | {"a" 1} | n n | 1 2 | "abc | if | {{ n }} | n..m | n[ | f(*l) | range(*[1, 3])|list | dict(**{"a": 1}) | n.1a | @ | n $ 1 | for | 'a' is | n | | n is not | n = 1 | a=1
"""

TEMPLATES = [
    # white space
    "a\n{% if t %}\nb\n{% endif %}\nc\n", "a\n  {% if t %}  \n  b\n  {% endif %}\nc", "a {% if t %} b {% endif %} c", "a {%- if t -%} b {%- endif -%} c",
    "  {% if t %}x{% endif %}\n  {{ n }}\n", "{{- n -}}  x  {{- n }}\n\n", "a\n\n  {#- c -#}\n\n b", "a\n  {# c #}\nb", "a {# c #} b", "x\n   {%+ if t %}y{% endif %}", "x\n{% if t +%}\ny{% endif %}",
    "{% raw %}{{ n }} {% x %}{% endraw %}z", "a  {%- raw -%}  {{ n }}  {%- endraw -%}  z", "a\n  {% raw %}\n  b\n  {% endraw %}\nc", "line\r\n{% if t %}\r\nx\r{% endif %}\r\n", "\n{{ n }}\n\n", "{{ n }}\n", "{{ 'a\nb' }}",
    "{% if t %}\n\n\nx{% endif %}", "{{ n }}{% if t %}\n{% endif %}\n.", "\t{% set x = 1 %}\t\n{{ x }}", "x{% set y = 1 %}\nz", "  {%- set y = 1 %}\n  z", "{#- only -#}", "", "plain", "{ {", "{", "a{b}c", "{{'{{'}}", "}}", "%}", "{# unclosed", "{{ unclosed", "{% if t",
    "{%if t%}tight{%endif%}", "{{n}}", "{{-n-}}", "{{ -n }}", "{{- -n }}", "a{{+n}}", "{% if t -%}\n\n  x\n\n{%- endif %}", "{%- for x in l -%}\n  {{ x }}\n{%- endfor -%}", "{#-#}x", "a {#+ c +#}\n b", "   \n   {% if t %}a{% endif %}   \n   ",
    # if, set
    "{% if n == 7 %}a{% elif n == 8 %}b{% else %}c{% endif %}", "{% if e %}a{% elif t %}b{% else %}c{% endif %}", "{% if e %}a{% endif %}", "{% if undef %}a{% else %}b{% endif %}", "{% if undef.x %}a{% endif %}",
    "{% set a, b = 1, 2 %}{{ b }}{{ a }}", "{% set a = 1, 2 %}{{ a }}", "{% set a, b = [1, 2, 3] %}", "{% set (a, b) = (1, 2) %}{{ a }}", "{% set x %}body {{ n }}{% endset %}[{{ x }}]", "{% set x | upper %}body{% endset %}{{ x }}", "{% set x = n if t else e %}{{ x }}",
    "{% set ns = namespace(x=1) %}{% set ns.x = ns.x + 1 %}{{ ns.x }}", "{% set ns.x = 1 %}", "{% set d.x = 1 %}", "{% set ns = namespace() %}{{ ns.x is defined }}{{ ns.y }}", "{% if t %}{% set z = 5 %}{% endif %}{{ z }}", "{% set t = false %}{{ t }}", "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}", "{% with %}{% set a = 1 %}{% endwith %}{{ a is defined }}",
    # for
    "{% for x in l %}{{ x }}{% endfor %}", "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}", "{% for x in [] %}a{% else %}none{% endfor %}", "{% for x in undef %}a{% else %}none{% endfor %}", "{% for x in none %}a{% endfor %}", "{% for x in n %}a{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}", "{% for k, v in d|items %}{{ k }}{% endfor %}", "{% for k, v in d|dictsort %}{{ k }}{% endfor %}", "{% for c in u %}{{ c }}.{% endfor %}", "{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }}{% endfor %}", "{% for a, b in [[1]] %}{% endfor %}", "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}{{ x }}{% endfor %}", "{% for x in l if x > 9 %}a{% else %}b{% endfor %}", "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}", "{% for x in l %}{{ loop.depth }}{% for y in l %}{{ loop.depth0 }}{% endfor %}{% endfor %}",
    "{% set x = 0 %}{% for y in l %}{% set x = x + y %}{{ x }},{% endfor %}{{ x }}", "{% for x in l %}{% endfor %}{{ x is defined }}", "{% set x = 9 %}{% for x in l %}{% endfor %}{{ x }}", "{% for x in l %}{{ loop.previtem }}-{{ loop.nextitem }};{% endfor %}", "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}", "{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %}", "{% for x in l recursive %}{% endfor %}", "{% for x in [[1, [2]], 3] recursive %}{% if x is iterable %}[{{ loop(x) }}]{% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}", "{% for x in [[1, [2]], [3]] recursive %}{{ loop.index }}{{ loop(x) if x is iterable }}{% endfor %}", "{% for x in l %}{{ loop(x) }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}", "{% for x in l[::-1] %}{{ x }}{% endfor %}", "{% for x in range(2) %}{{ x }}{% endfor %}", "{% for m in messages if m.role == 'user' %}{{ m.content|trim }}{% endfor %}", "{% break %}", "{{ loop }}", "{% for x in l if x is odd and loop is undefined %}{{ x }}{% endfor %}",
    # macros and the like
    "{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=5, a=4) }}", "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m() }}{{ m(1)|length }}", "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "{% macro m(x) %}{% if x > 0 %}{{ x }}{{ m(x - 1) }}{% endif %}{% endmacro %}{{ m(3) }}", "{% set y = 1 %}{% macro m() %}{{ y }}{{ messages|length }}{% endmacro %}{% set y = 2 %}{{ m() }}",
    "{% macro m(x) %}{{ caller() }}{{ x }}{% endmacro %}{% call m(1) %}body{{ n }}{% endcall %}", "{% macro m() %}{{ caller(1, 2) }}{% endmacro %}{% call(a, b) m() %}{{ a + b }}{% endcall %}", "{% macro m() %}\n  x\n{% endmacro %}[{{ m() }}]", "{% filter upper %}a{{ n }}b{% endfilter %}", "{% filter replace('a', 'b')|upper %}aa{% endfilter %}", "{% do d.get('b') %}x", "{% macro m(a, b) %}{{ a is defined }}{{ b is defined }}{% endmacro %}{{ m(1) }}", "{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}", "{% macro m(a=n) %}{{ a }}{% endmacro %}{{ m() }}",
    "{% zzz %}", "{% endif %}", "{% if t %}", "{% for x in l %}", "{% if t %}{% endfor %}", "{% else %}", "{% if %}{% endif %}", "{% for x l %}{% endfor %}", "{% set %}", "{% set 1 = 2 %}", "{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{% macro %}{% endmacro %}", "{% if t %}a{% else %}b{% else %}c{% endif %}", "{% if t %}a{% else %}b{% elif t %}c{% endif %}",
    # in the style of common models
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + (message['content'] or '') + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "{{- bos_token }}\n{%- if not date_string is defined %}\n    {%- set date_string = strftime_now(\"%d %b %Y\") %}\n{%- endif %}\n{%- if messages[0]['role'] == 'system' %}\n    {%- set system_message = messages[0]['content']|trim %}\n    {%- set messages = messages[1:] %}\n{%- else %}\n    {%- set system_message = \"\" %}\n{%- endif %}\n{{- \"<|start|>system<|end|>\\n\\n\" }}\n{{- \"Today: \" + date_string + \"\\n\" }}\n{%- if tools is not none %}\n    {%- for t in tools %}\n        {{- t | tojson(indent=4) }}\n        {{- \"\\n\\n\" }}\n    {%- endfor %}\n{%- endif %}\n{{- system_message }}\n{%- for message in messages %}\n    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}\n        {{- '<|start|>' + message['role'] + '<|end|>\\n\\n'+ message['content'] | trim + '<|eot|>' }}\n    {%- elif 'tool_calls' in message %}\n        {%- for tc in message.tool_calls %}\n            {{- '{\"name\": \"' + tc.function.name + '\", ' }}\n            {{- '\"parameters\": ' }}\n            {{- tc.function.arguments | tojson }}\n            {{- \"}\" }}\n        {%- endfor %}\n    {%- elif message.role == \"tool\" %}\n        {%- if message.content is mapping or message.content is iterable %}\n            {{- message.content | tojson }}\n        {%- else %}\n            {{- message.content }}\n        {%- endif %}\n    {%- endif %}\n{%- endfor %}",
    "{%- if messages[0][\"role\"] == \"system\" %}\n    {%- set system_message = messages[0][\"content\"] %}\n    {%- set loop_messages = messages[1:] %}\n{%- else %}\n    {%- set loop_messages = messages %}\n{%- endif %}\n{%- if not tools is defined %}\n    {%- set tools = none %}\n{%- endif %}\n{%- set user_messages = loop_messages | selectattr(\"role\", \"equalto\", \"user\") | list %}\n{%- set ns = namespace() %}\n{%- set ns.index = 0 %}\n{%- for message in loop_messages %}\n    {%- if not (message.role == \"tool\" or message.role == \"tool_results\" or (message.tool_calls is defined and message.tool_calls is not none)) %}\n        {%- if (message[\"role\"] == \"user\") != (ns.index % 2 == 0) %}\n            {{- raise_exception(\"roles must alternate\") }}\n        {%- endif %}\n        {%- set ns.index = ns.index + 1 %}\n    {%- endif %}\n{%- endfor %}\n{{- bos_token }}\n{%- for message in loop_messages %}\n    {%- if message[\"role\"] == \"user\" %}\n        {%- if tools is not none and (message == user_messages[-1]) %}\n            {{- \"[AVAILABLE_TOOLS] [\" }}\n            {%- for tool in tools %}\n                {%- set tool = tool.function %}\n                {{- '{\"type\": \"function\", \"function\": {' }}\n                {%- for key, val in tool.items() if key != \"return\" %}\n                    {%- if val is string %}\n                        {{- '\"' + key + '\": \"' + val + '\"' }}\n                    {%- else %}\n                        {{- '\"' + key + '\": ' + val|tojson }}\n                    {%- endif %}\n                    {%- if not loop.last %}\n                        {{- \", \" }}\n                    {%- endif %}\n                {%- endfor %}\n                {{- \"}}\" }}\n                {%- if not loop.last %}\n                    {{- \", \" }}\n                {%- else %}\n                    {{- \"]\" }}\n                {%- endif %}\n            {%- endfor %}\n            {{- \"[/AVAILABLE_TOOLS]\" }}\n            {%- endif %}\n        {{- \"[INST] \" + message[\"content\"] + \"[/INST]\" }}\n    {%- elif message.tool_calls is defined and message.tool_calls is not none %}\n        {{- \"[TOOL_CALLS] [\" }}\n        {%- for tool_call in message.tool_calls %}\n            {%- set out = tool_call.function|tojson %}\n            {{- out[:-1] }}\n            {{- ', \"id\": \"' + tool_call.id + '\"}' }}\n        {%- endfor %}\n    {%- elif message[\"role\"] == \"assistant\" %}\n        {{- \" \" + message[\"content\"]|trim + eos_token}}\n    {%- endif %}\n{%- endfor %}\n",
    "{%- macro json_to_python_type(spec) %}\n{%- set basic = {'string': 'str', 'integer': 'int', 'boolean': 'bool'} %}\n{%- if basic[spec.type] is defined %}\n    {{- basic[spec.type] }}\n{%- elif spec.type == 'array' %}\n    {{- 'List[' + json_to_python_type(spec.items) + ']' }}\n{%- elif spec.type is iterable and spec.type is not string %}\n    {{- 'Union[' }}\n    {%- for t in spec.type %}\n      {{- json_to_python_type({'type': t}) }}\n      {%- if not loop.last %}\n        {{- ',' }}\n      {%- endif %}\n    {%- endfor %}\n    {{- ']' }}\n{%- else %}\n    {{- 'Any' }}\n{%- endif %}\n{%- endmacro %}\n{%- for tool in tools %}\n{{- tool.function.name + '(' }}\n{%- for name, field in tool.function.parameters.properties|items %}\n{{- name + ': ' + json_to_python_type(field) }}\n{%- if not loop.last %}{{- ', ' }}{%- endif %}\n{%- endfor %}\n{{- ')' }}\n{%- endfor %}",
    "{% set content %}{% for m in messages %}{% if m.role == 'user' %}U:{{ m.content|trim }}{% elif m.content %}A:{{ m.content }}{% endif %}{% endfor %}{% endset %}{{ content|length }}{{ content }}",
]


def render(env, source):
    try:
        return {"template": source, "output": env.from_string(source).render(**CONTEXT, bos_token="<s>", eos_token="</s>", add_generation_prompt=True)}
    except Exception as e:  # Jinja2 and Python errors alike: the template is refused
        return {"template": source, "error": f"{type(e).__name__}: {e}"[:120]}


def expressions():
    """Expressions stand between ` | ` on lines; a filter's bar has no blanks around it."""
    for line in EXPRESSIONS.strip().split("\n"):
        yield from line.split(" | ")


def is_comparable(case):
    """Addresses in memory, and the text of dictionary views, mean nothing outside of Python."""
    output = case.get("output", "")
    return " at 0x" not in output and "dict_items(" not in output


env = environment()
cases = [render(env, "{{ " + e + " }}") for e in expressions()] + [render(env, t) for t in TEMPLATES]
cases = [c for c in cases if is_comparable(c)]
json.dump({"context": dict(CONTEXT, bos_token="<s>", eos_token="</s>", add_generation_prompt=True), "cases": cases}, sys.stdout, ensure_ascii=True, indent=1)
print()
