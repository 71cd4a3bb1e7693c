using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Tests.Dialogues;

/// <summary>Templates of our own in the manner of published families: what differs between them is here, what they say is not.</summary>
internal static class FamilyTemplates
{
    /// <summary>Headers with ids, trimmed contents, tools in the system message, one bare JSON call with <c>parameters</c>, results from a role of their own.</summary>
    public const string LlamaLike =
        """
        {{- bos_token }}
        {%- if messages[0]['role'] == 'system' %}
            {%- set instructions = messages[0]['content'] | trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set instructions = "" %}
        {%- endif %}
        {{- "<|head|>system<|text|>\n\nToday: " + date_string + "\n\n" }}
        {%- if tools is not none and not tools_in_user_message %}
            {{- "Answer with a JSON call to one of these:\n" }}
            {%- for tool in tools %}{{- tool | tojson(indent=4) }}{{- "\n\n" }}{%- endfor %}
        {%- endif %}
        {{- instructions + "<|turn|>" }}
        {%- for message in messages %}
            {%- if message.tool_calls %}
                {%- if message.tool_calls | length != 1 %}{{- raise_exception("one call at a time") }}{%- endif %}
                {%- set call = message.tool_calls[0].function %}
                {{- '<|head|>assistant<|text|>\n\n{"name": "' + call.name + '", "parameters": ' }}{{- call.arguments | tojson }}{{- "}<|turn|>" }}
            {%- elif message.role == "tool" %}
                {{- "<|head|>tool<|text|>\n\n" + message.content + "<|turn|>" }}
            {%- else %}
                {{- "<|head|>" + message.role + "<|text|>\n\n" + message.content | trim + "<|turn|>" }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- "<|head|>assistant<|text|>\n\n" }}{%- endif %}
        """;

    /// <summary>ChatML that knows neither tools nor results, with instructions of its own where there are none.</summary>
    public const string SmolLike =
        """
        {% for message in messages %}{% if loop.first and message['role'] != 'system' %}{{ '<|im_start|>system\nYou are of use.<|im_end|>\n' }}{% endif %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
        """;

    /// <summary>No generation prompt, instructions and tools with the last user message, a marked list of calls with ids, results as JSON.</summary>
    public const string MistralLike =
        """
        {%- if messages[0]["role"] == "system" %}{%- set instructions = messages[0]["content"] %}{%- set messages = messages[1:] %}{%- endif %}
        {%- set ns = namespace(last=0) %}
        {%- for message in messages %}{%- if message.role == "user" %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message["role"] == "user" %}
                {%- if tools is not none and loop.index0 == ns.last %}{{- "[TOOLS] [" }}{%- for tool in tools %}{{- tool | tojson }}{%- if not loop.last %}{{- ", " }}{%- endif %}{%- endfor %}{{- "][/TOOLS]" }}{%- endif %}
                {%- if loop.index0 == ns.last and instructions is defined %}{{- "[ASK] " + instructions + "\n\n" + message["content"] + "[/ASK]" }}{%- else %}{{- "[ASK] " + message["content"] + "[/ASK]" }}{%- endif %}
            {%- elif message.tool_calls is defined and message.tool_calls | length > 0 %}
                {{- "[CALLS] [" }}
                {%- for call in message.tool_calls %}
                    {%- if call.id | length != 9 %}{{- raise_exception("ids have nine characters") }}{%- endif %}
                    {{- (call.function | tojson)[:-1] + ', "id": "' + call.id + '"}' }}{%- if not loop.last %}{{- ", " }}{%- endif %}
                {%- endfor %}
                {{- "]" + eos_token }}
            {%- elif message["role"] == "assistant" %}
                {{- " " + message["content"] + eos_token }}
            {%- elif message["role"] == "tool" %}
                {{- '[RESULT] {"content": ' + message.content | tojson + ', "call_id": "' + message.tool_call_id + '"}[/RESULT]' }}
            {%- endif %}
        {%- endfor %}
        """;

    /// <summary>ChatML with default instructions, tools as JSON lines, tagged calls, results grouped in a user message.</summary>
    public const string QwenLike =
        """
        {%- set instructions = messages[0].content if messages[0].role == 'system' else 'You are Q.' %}
        {%- if tools %}
            {{- '<|im_start|>system\n' + instructions + "\n\nTools:" }}{%- for tool in tools %}{{- "\n" }}{{- tool | tojson }}{%- endfor %}{{- "\nCall them in <tool_call></tool_call>.<|im_end|>\n" }}
        {%- else %}
            {{- '<|im_start|>system\n' + instructions + '<|im_end|>\n' }}
        {%- endif %}
        {%- for message in messages %}
            {%- if message.role == "user" or (message.role == "assistant" and not message.tool_calls) %}
                {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
            {%- elif message.role == "assistant" %}
                {{- '<|im_start|>assistant' }}
                {%- if message.content %}{{- '\n' + message.content }}{%- endif %}
                {%- for call in message.tool_calls %}{{- '\n<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}{{- call.function.arguments | tojson }}{{- '}\n</tool_call>' }}{%- endfor %}
                {{- '<|im_end|>\n' }}
            {%- elif message.role == "tool" %}
                {%- if loop.index0 == 0 or messages[loop.index0 - 1].role != "tool" %}{{- '<|im_start|>user' }}{%- endif %}
                {{- '\n<tool_response>\n' + message.content + '\n</tool_response>' }}
                {%- if loop.last or messages[loop.index0 + 1].role != "tool" %}{{- '<|im_end|>\n' }}{%- endif %}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
        """;

    private static readonly Lazy<Dictionary<string, TemplateDialogueFormat>> Formats = new(() => new(StringComparer.Ordinal)
    {
        ["llama"] = Format(LlamaLike, "<|begin|>", "<|turn|>", "<|head|>", "<|text|>", "<|python_tag|>"),
        ["smol"] = Format(SmolLike, null, "<|im_end|>", "<|im_start|>"),
        ["mistral"] = Format(MistralLike, "<s>", "</s>", "[ASK]", "[/ASK]", "[TOOLS]", "[/TOOLS]", "[CALLS]", "[RESULT]", "[/RESULT]"),
        ["qwen"] = Format(QwenLike, null, "<|im_end|>", "<|im_start|>"),
    });

    public static TemplateDialogueFormat Of(string family) => Formats.Value[family];

    private static TemplateDialogueFormat Format(string template, string? begin, string end, params string[] marks) => new(BpeTrainer.Learn(TinyTokenizers.Corpus(), new BpeTrainerOptions(
        600,
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        [.. marks.Append(end).Concat(begin is null ? [] : [begin]).Select(m => new NewToken(m, true))],
        new TokenizerSettings(BeginOfText: begin, EndOfText: end, ChatTemplate: template))));
}
