namespace FissionGrpo.Text.Templates;

/// <summary>An expression of a template. <paramref name="Line"/> is where it begins.</summary>
internal abstract record Expression(int Line)
{
    internal sealed record Constant(int Line, Value Value) : Expression(Line);

    internal sealed record Variable(int Line, string Name) : Expression(Line);

    internal sealed record ListOf(int Line, IReadOnlyList<Expression> Items, Value.ListKind Kind) : Expression(Line);

    internal sealed record DictOf(int Line, IReadOnlyList<(Expression Key, Expression Value)> Members) : Expression(Line);

    /// <summary><c>Target.Name</c></summary>
    internal sealed record Attribute(int Line, Expression Target, string Name) : Expression(Line);

    /// <summary><c>Target[Key]</c></summary>
    internal sealed record Item(int Line, Expression Target, Expression Key) : Expression(Line);

    /// <summary><c>Target[Start:Stop:Step]</c></summary>
    internal sealed record Slice(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

    internal sealed record Call(int Line, Expression Target, CallArguments Arguments) : Expression(Line);

    /// <summary><c>Target | Name(Arguments)</c>; the target is null inside of a filter block.</summary>
    internal sealed record Filter(int Line, Expression? Target, string Name, CallArguments Arguments) : Expression(Line);

    /// <summary><c>Target is [not] Name(Arguments)</c></summary>
    internal sealed record Test(int Line, Expression Target, string Name, CallArguments Arguments, bool Negated) : Expression(Line);

    /// <summary><c>-x</c>, <c>+x</c>, <c>not x</c></summary>
    internal sealed record Unary(int Line, string Operator, Expression Operand) : Expression(Line);

    internal sealed record Binary(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);

    /// <summary><c>a &lt; b == c</c>: true when each neighbouring pair is.</summary>
    internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(Line);

    /// <summary><c>Then if Condition else Otherwise</c></summary>
    internal sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Otherwise) : Expression(Line);
}

/// <summary>Arguments as written.</summary>
internal sealed record CallArguments(
    IReadOnlyList<Expression> Positional,
    IReadOnlyList<(string Name, Expression Value)> Named,
    Expression? Spread = null,
    Expression? NamedSpread = null)
{
    public static readonly CallArguments None = new([], []);
}

/// <summary>A statement of a template.</summary>
internal abstract record Statement(int Line)
{
    internal sealed record Data(int Line, string Text) : Statement(Line);

    internal sealed record Output(int Line, Expression Value) : Statement(Line);

    internal sealed record If(int Line, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Otherwise) : Statement(Line);

    internal sealed record For(
        int Line, Target Target, Expression Items, Expression? Condition, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise,
        bool IsRecursive) : Statement(Line);

    internal sealed record Set(int Line, Target Target, Expression Value) : Statement(Line);

    /// <summary><c>{% set x %}…{% endset %}</c>, with a filter perhaps.</summary>
    internal sealed record SetBlock(int Line, Target Target, Expression.Filter? Filter, IReadOnlyList<Statement> Body) : Statement(Line);

    internal sealed record Macro(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement(Line);

    /// <summary><c>{% call f() %}…{% endcall %}</c>: the body is <c>caller()</c> inside of the macro.</summary>
    internal sealed record CallBlock(
        int Line, Expression.Call Call, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement(Line);

    internal sealed record FilterBlock(int Line, Expression.Filter Filter, IReadOnlyList<Statement> Body) : Statement(Line);

    internal sealed record With(int Line, IReadOnlyList<(Target Target, Expression Value)> Variables, IReadOnlyList<Statement> Body) : Statement(Line);

    /// <summary><c>{% generation %}</c>: marks what a model wrote, for training masks elsewhere; renders its body.</summary>
    internal sealed record Block(int Line, IReadOnlyList<Statement> Body) : Statement(Line);

    /// <summary><c>{% do x %}</c></summary>
    internal sealed record Do(int Line, Expression Value) : Statement(Line);

    internal sealed record Break(int Line) : Statement(Line);

    internal sealed record Continue(int Line) : Statement(Line);
}

/// <summary>What an assignment or a loop writes to.</summary>
internal abstract record Target
{
    internal sealed record Name(string Text) : Target;

    /// <summary>A member of a namespace.</summary>
    internal sealed record Member(string Space, string Text) : Target;

    internal sealed record Unpacked(IReadOnlyList<Target> Targets) : Target;
}
