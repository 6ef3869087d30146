// Templates that models are served with must be silent; those that reach into Python must not.
#include "scan/text/template_judge.h"

#include <gtest/gtest.h>

#include "json/json.h"
#include "support/scan_of.h"

namespace weighlock {
namespace {

// Written anew after the shapes of templates that are in use.
constexpr std::string_view kHarmless[] = {
    // ChatML
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] "
    "+ '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ "
    "'<|im_start|>assistant\\n' "
    "}}{% endif %}",
    // Llama 2
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set "
    "system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set "
    "system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] "
    "== "
    "'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate "
    "user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != "
    "false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + "
    "message['content'] "
    "%}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' "
    "%}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == "
    "'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    // Llama 3.1, with tools
    "{{- bos_token }}\n{%- if custom_tools is defined %}\n    {%- set tools = custom_tools %}\n{%- "
    "endif %}\n{%- if not date_string is defined %}\n{%- if strftime_now is defined %}{%- set "
    "date_string = strftime_now(\"%d %b %Y\") %}{%- else %}{%- set date_string = \"26 Jul 2024\" "
    "%}{%- endif %}{%- endif %}\n{%- set user_supplied = messages[0]['content'] | trim %}\n{%- if "
    "builtin_tools is defined %}\n    {{- \"Tools: \" + builtin_tools | reject('equalto', "
    "'code_interpreter') | join(\", \") + \"\\n\\n\" }}\n{%- endif %}\n{%- for t in tools %}\n    "
    "{{- t "
    "| tojson(indent=4) }}\n    {{- \"\\n\\n\" }}\n{%- endfor %}\n{%- for message in messages %}\n "
    "   "
    "{%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) "
    "%}\n        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ "
    "message['content'] | trim + '<|eot_id|>' }}\n    {%- elif 'tool_calls' in message %}\n        "
    "{%- if not message.tool_calls|length == 1 %}\n            {{- raise_exception(\"only "
    "single tool-calls\") }}\n        {%- endif %}\n        {%- set tool_call = "
    "message.tool_calls[0].function %}\n        {{- \"<|python_tag|>\" + tool_call.name + "
    "\".call(\" }}\n        {%- for arg_name, arg_val in tool_call.arguments | items %}\n          "
    "  "
    "{{- arg_name + '=\"' + arg_val + '\"' }}\n            {%- if not loop.last %}\n               "
    " "
    "{{- \", \" }}\n            {%- endif %}\n        {%- endfor %}\n    {%- endif %}\n{%- endfor "
    "%}",
    // Mistral, with namespace()
    "{%- set loop_messages = messages %}{%- set user_messages = loop_messages | "
    "selectattr(\"role\", \"equalto\", \"user\") | list %}{%- set ns = namespace(index=0, "
    "found=[]) "
    "%}{%- for message in loop_messages %}{%- if not (message.role == \"tool\" or "
    "(message.tool_calls is defined and message.tool_calls is not none)) %}{%- if "
    "(message[\"role\"] "
    "== \"user\") != (ns.index % 2 == 0) %}{{- raise_exception(\"roles must alternate\") }}{%- "
    "endif "
    "%}{%- set ns.index = ns.index + 1 %}{%- endif %}{%- endfor %}{{- messages[-1].content }}",
    // Gemma
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not "
    "supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') "
    "%}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ "
    "'<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor "
    "%}",
    // DeepSeek
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif "
    "%}{% set ns = namespace(is_first=false, is_tool=false, system_prompt='') %}{%- for message in "
    "messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] "
    "%}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- "
    "if message['role'] == 'assistant' and message['content'] is not none %}{% set content = "
    "message['content'] %}{% if '</think>' in content %}{% set content = "
    "content.split('</think>')[-1] %}{% endif %}{{'<\xEF\xBD\x9C"
    "Assistant\xEF\xBD\x9C>' + content + '<\xEF\xBD\x9C"
    "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>'}}{%- endif %}{%- endfor %}",
    // Tool use with macros, as of Hermes and command-r
    "{%- macro json_to_python_type(json_spec) %}{%- set basic_type_map = {\"string\": \"str\", "
    "\"number\": \"float\", \"integer\": \"int\", \"boolean\": \"bool\"} %}{%- if "
    "basic_type_map[json_spec.type] is defined %}{{- basic_type_map[json_spec.type] }}{%- elif "
    "json_spec.type == \"array\" %}{{- \"List[\" +  json_to_python_type(json_spec|items) + "
    "\"]\"}}{%- "
    "elif json_spec.type is iterable %}{{- \"Union[\" }}{%- for t in json_spec.type %}{{- "
    "json_to_python_type({\"type\": t}) }}{%- if not loop.last %}{{- \",\" }}{%- endif %}{%- "
    "endfor "
    "%}{{- \"]\" }}{%- else %}{{- \"Any\" }}{%- endif %}{%- endmacro %}{%- for tool in tools %}{%- "
    "if "
    "tool.function is defined %}{%- set tool = tool.function %}{%- endif %}{{- tool.name + \"(\" "
    "}}{{- json_to_python_type(tool.parameters) }}{{- \")\" ~ '\\n' }}{%- endfor %}",
    // Qwen 3, with loops run backwards and slices
    "{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}{%- for "
    "message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- if "
    "ns.multi_step_tool and message.role == \"user\" and not "
    "(message.content.startswith('<tool_response>') and "
    "message.content.endswith('</tool_response>')) %}{%- set ns.multi_step_tool = false %}{%- set "
    "ns.last_query_index = index %}{%- endif %}{%- endfor %}{%- for message in messages %}{%- set "
    "reasoning = message.content.split('</think>')[0].rstrip('\\n').split('<think>')[-1] %}{%- if "
    "(loop.index0 == 0) or (not loop.first and messages[loop.index0 - 1].role != \"tool\") "
    "%}{{- '<|im_start|>user' }}{%- endif %}{{ reasoning }}{%- endfor %}",
    // Generation blocks and loop controls
    "{% for m in messages %}{% if m.skip %}{% continue %}{% endif %}{% if m.role == 'assistant' "
    "%}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% if "
    "m.last %}{% break %}{% endif %}{% endfor %}",
    "{% set a, b = 1, 2 %}{% set ns.x = 1 %}{% set y | trim %} a {% endset %}{% for a in b if a "
    "%}{% else %}{% endfor %}{% call(x) f() %}{% endcall %}{% filter upper %}{% endfilter %}{% "
    "with "
    "a = 1 %}{% endwith %}{% do a.b() %}",
    "{% set ns.text = ns.text ~ 'a' %}{{ messages[ns.index - 1].content }}{{ messages[ns.index] }}",
    // Macros whose text is printed, and prompts that speak of Python
    "{% macro f(x) %}def __init__(self): {{ x }}{% endmacro %}{{ f(1) }}{% set s %}You are __init__"
    "{% endset %}{{ s }}{% set fn = call['function'] %}{{ fn.name }}{{ fn['arguments'] }}",
    // What stands outside of tags is text
    "Say __class__ and {% raw %}{{ x.__class__ }}{% endraw %}{# x.__init__ #}",
    // Tokens with underscores, and maps by role
    "{% set names = {'user': '__user__', 'bot': '__bot__'} %}{{ names[message.role] }}",
    "{{ messages | map(attribute='content') | join('\\n') }}{{ {'a': {'b': 1}} | tojson }}",
    "{%- for name, value in params | dictsort %}{{ name | replace('_', ' ') | title }}: {{ value "
    "}}{% endfor %}",
    "{{ '%s: %d' | format(a, b) }}{{ '%.2f' % x }}",
};

TEST(Template, WhatModelsAreServedWithIsSilent) {
  for (const std::string_view text : kHarmless) {
    const ScanReport report = ScanOf("chat_template.jinja", text);
    EXPECT_TRUE(report.clean()) << text << "\n"
                                << (report.findings.empty() ? "" : report.findings[0].text);
    ASSERT_EQ(report.files.size(), 1u);
    EXPECT_EQ(report.files[0].format, "jinja");
  }
}

// Each prints "1" or fails: what matters is the way, which others have used for more.
constexpr std::string_view kReaching[] = {
    "{{ ''.__class__ }}",
    "{{ x . __class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''[\"\\x5f\\x5fclass\\x5f\\x5f\"] }}",
    "{{ ''['\\u005f_class__'] }}",
    "{{ ''['\\137_class__'] }}",
    "{{ ''['\\N{LOW LINE}_class__'] }}",
    "{{ ''|attr('upper') }}",
    "{{ ''|attr('__cl' ~ 'ass__') }}",
    "{% filter attr('x') %}{% endfilter %}",
    "{{ [''] | map('attr', name) | list }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ namespace.mro }}",
    "{{ lipsum.func_globals }}",
    "{{ gen.gi_frame.f_globals }}",
    "{{ __import__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ dict(__class=1) }}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{%- include \"x\" -%}",
    "{% extends x %}",
    "{{ ''['__cl' + 'ass__'] }}",
    "{{ x['_' ~ '_class' ~ '_' ~ '_'] }}",
    "{% set u = '_' %}{{ ''[u ~ u ~ 'class' ~ u ~ u] }}",
    "{% set a = '__cla' ~ 'ss__' %}{{ x[a] }}",
    "{% set u = '_' * 2 %}{% set c = u ~ 'class' ~ u %}{{ x[c] }}",
    "{{ x[['_', '_', 'class', '_', '_'] | join] }}",
    "{{ x['__ssalc__'[::-1]] }}",
    "{{ x['%c%cclass%c%c' % (95, 95, 95, 95)] }}",
    "{{ x['%c' | format(95)] }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ '{0.real}'.format(x) }}",
    "{{ '{:c}'.format(95) }}",
    "{% set k %}__class__{% endset %}{{ x[k] }}",
    "{% macro k() %}__class__{% endmacro %}{{ x[k() | trim] }}",
    "{% set k = '__CLASS__' | lower %}{{ x[k] }}",
    "{% set k = '__ssalc__' | reverse %}{{ x[k] }}",
    "{% set k = '__ssalc__'[::-1] %}{{ x[k] }}",
    "{% macro m() %}{% endmacro %}{{ m._environment.from_string('x') }}",
    "{{ loop._iterator.gi_frame }}",
    "{{ x[u ~ u ~ a ~ b] }}",
    "{% if x %}{% for y in x.__subclasses__() %}{% endfor %}{% endif %}",
    "{{ {'a': {'b': x.__class__}} }}",
    "{# {{ #}{{ x.__class__ }}",
    "{{ '}}' ~ x.__class__ }}",
    "{% set x = '{% raw %}' %}{{ y.__class__ }}",
};

TEST(Template, WhatReachesIntoPythonIsDangerous) {
  for (const std::string_view text : kReaching) {
    const ScanReport report = ScanOf("chat_template.jinja", text);
    EXPECT_EQ(report.verdict, ScanVerdict::kDangerous) << text;
    ASSERT_FALSE(report.findings.empty()) << text;
    EXPECT_EQ(report.findings[0].rule, "WL-S-325") << text;
    EXPECT_EQ(report.findings[0].level, Level::kHigh) << text;
  }
}

constexpr std::string_view kUnusual[] = {
    "{{ x[a ~ b] }}",
    "{% something %}",
    "{% for x in y %}",
    "{% if x %}{% endfor %}",
    "{% endif %}",
    "{% set a, b %}x",
    "{{ x[a](1) }}",
    "{{ (x[a])(1) }}",
    "{% set f = x[a] %}{{ f(1) }}",
    "{% set k %}ab{% endset %}{{ x[k] }}",
    "{% macro k() %}ab{% endmacro %}{{ x[k()] }}",
    "{{ x._private }}",
    "{% set k = a ~ b %}{{ x[k] }}",
    "{% for a in b %}{{ x[ns.k] }}{% set ns.k = a ~ b %}{% endfor %}",
    "{{ x[messages[0].content](1) }}",
    "{{ x | unheard_of }}",
    "{{ lipsum | string }}",
    "{{ [x] | map(attribute=name) | list }}",
    "{{ x",
    "{% if x ",
    "{{ 'x }}",
    "{{ (x] }}",
    "{{ x ? y }}",
    "{# x",
};

TEST(Template, WhatCannotBeFollowedIsSaid) {
  for (const std::string_view text : kUnusual) {
    const ScanReport report = ScanOf("chat_template.jinja", text);
    EXPECT_EQ(report.level, Level::kMedium) << text;
    EXPECT_EQ(report.findings.at(0).rule, "WL-S-326") << text;
    EXPECT_FALSE(report.clean()) << text;
  }
}

TEST(Template, DeepBracketsEnd) {
  const std::string deep = "{{ " + std::string(100'000, '[') + " }}";
  EXPECT_FALSE(ScanOf("chat_template.jinja", deep).clean());
  std::string raws;
  for (int i = 0; i < 20'000; ++i) raws += "{% raw %}";
  EXPECT_FALSE(ScanOf("chat_template.jinja", raws).clean());
}

TEST(Template, IsFoundWhereverItIsKept) {
  const std::string evil = R"({{ x.__class__ }})";
  const std::pair<std::string, std::string> files[] = {
      {"tokenizer_config.json", R"({"chat_template": ")" + evil + R"("})"},
      {"tokenizer_config.json",
       R"({"chat_template": [{"name": "a", "template": ")" + evil + R"("}]})"},
      {"tokenizer_config.json", R"({"chat_template": "x", "chat_template": ")" + evil + R"("})"},
      {"chat_template.json", R"({"chat_template": ")" + evil + R"("})"},
      {"processor_config.json", R"({"a": NaN, "chat_template": ")" + evil + R"("})"},
      {"additional_chat_templates/tool_use.jinja", evil},
      {"chat_template", evil},
      {"my_template.txt", evil},
  };
  for (const auto& [name, text] : files) {
    const ScanReport report = ScanOf(name, text);
    EXPECT_EQ(report.verdict, ScanVerdict::kDangerous) << name << text;
  }
}

}  // namespace
}  // namespace weighlock
