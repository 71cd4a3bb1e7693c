namespace FissionGrpo.Text.Templates;

internal enum TokenKind
{
    Data,
    BlockBegin,
    BlockEnd,
    OutputBegin,
    OutputEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template's source.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Data, name, operator, number as spelled, or the text of a string literal.</param>
/// <param name="Line">Where it stands, from 1.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Value, int Line)
{
    public bool Is(string operatorOrName) => Kind is TokenKind.Operator or TokenKind.Name && Value == operatorOrName;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd or TokenKind.OutputEnd => "the end of the tag",
        TokenKind.Data => "text",
        _ => $"'{Value}'",
    };
}
