namespace FissionGrpo.Text.Templates;

/// <summary>A position in the tokens of a template.</summary>
internal sealed class TokenReader(List<TemplateToken> tokens)
{
    private int _at;

    public TemplateToken Current => tokens[_at];

    public TemplateToken Ahead(int count) => tokens[Math.Min(_at + count, tokens.Count - 1)];

    public TemplateToken Next()
    {
        var token = tokens[_at];
        if (_at < tokens.Count - 1)
            _at++;
        return token;
    }

    public bool Take(string operatorOrName)
    {
        if (!Current.Is(operatorOrName))
            return false;
        Next();
        return true;
    }

    public void Expect(string operatorOrName)
    {
        if (!Take(operatorOrName))
            throw Unexpected($"'{operatorOrName}'");
    }

    public TemplateToken Expect(TokenKind kind) => Current.Kind == kind ? Next() : throw Unexpected(kind switch
    {
        TokenKind.BlockEnd or TokenKind.OutputEnd => "the end of the tag",
        TokenKind.Name => "a name",
        _ => kind.ToString(),
    });

    public ChatTemplateException Unexpected(string expected) => Error($"found {Current}, expected {expected}.");

    public ChatTemplateException Error(string problem) => new(problem, Current.Line);
}
