using System.Globalization;
using System.Numerics;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>The syntax tree of a calculator expression.</summary>
internal abstract record Node
{
    public sealed record Number(PyValue Value) : Node;

    public sealed record Ellipsis : Node;

    public sealed record EmptyTuple : Node;

    public sealed record Unary(bool Minus, Node Operand) : Node;

    public sealed record Binary(string Operator, Node Left, Node Right) : Node;

    /// <summary><c>f()</c>; the argument has 0, 1 or 2 stars: <c>f(x)</c>, <c>f(*x)</c>, <c>f(**x)</c>.</summary>
    public sealed record Call(Node Function, Node? Argument, int Stars) : Node;
}

/// <summary>
/// Parses as CPython 3.11 does, in order to fail as it does: tokens are read one by one, so an unclosed parenthesis is noticed only when the
/// parser gets to the end; a failed parse is repeated with the rules that look for a forgotten comma; what the tokenizer finds in the rest of
/// the text has precedence over a plain "invalid syntax".
/// </summary>
internal sealed class PythonExpressionParser
{
    private const int MaxParentheses = 200;
    private const int MaxDigits = 4300;

    /// <summary>Operators one inside the other; CPython's compiler gives up at about three thousand.</summary>
    private const int MaxDepth = 2990;

    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private readonly Dictionary<(char Rule, int Position), (Node? Node, int End)> _memo = [];
    private int _offset;
    private int _level;
    private int _position;
    private int _depth;
    private bool _explaining;

    public PythonExpressionParser(string text)
    {
        _text = text;
        while (_offset < text.Length && text[_offset] == ' ')
            _offset++;
    }

    private enum Kind
    {
        Number,
        Operator,
        End,
    }

    public Node Parse()
    {
        if (_offset == _text.Length)
            throw new PyException("SyntaxError", "invalid syntax (<string>, line 0)");
        if (Whole() is { } node)
            return node;
        _memo.Clear();
        _position = 0;
        _explaining = true;
        _ = Whole();
        throw Prioritized("invalid syntax");
    }

    private Node? Whole()
    {
        var node = Expression();
        return node is not null && Peek().Kind == Kind.End ? node : null;
    }

    private Node? Expression()
    {
        if (Recall('e') is { } known)
            return known.Node;
        var start = _position;
        if (_explaining)
        {
            ExplainMissingComma();
            _position = start;
        }
        return Remember('e', start, Sum());
    }

    /// <summary>Two expressions side by side inside parentheses.</summary>
    private void ExplainMissingComma()
    {
        if (Sum() is null)
            return;
        _explaining = false;
        var second = Expression();
        _explaining = true;
        if (second is not null && _tokens[_position - 1].Level > 0)
            throw Prioritized("invalid syntax. Perhaps you forgot a comma?");
    }

    private Node? Sum()
    {
        if (Recall('s') is { } known)
            return known.Node;
        var start = _position;
        return Remember('s', start, LeftAssociative(Term, "+", "-", "+"));
    }

    private Node? Term() => LeftAssociative(Factor, "*", "/", "//");

    private Node? LeftAssociative(Func<Node?> operand, string first, string second, string third)
    {
        var node = operand();
        var depth = 0;
        while (node is not null && Peek() is { Kind: Kind.Operator, Text: var sign } && (sign == first || sign == second || sign == third))
        {
            var mark = _position++;
            if (operand() is not { } right)
            {
                _position = mark;
                return node;
            }
            if (++depth > MaxDepth)
                throw TooDeep();
            node = new Node.Binary(sign, node, right);
        }
        return node;
    }

    private Node? Factor()
    {
        if (Recall('f') is { } known)
            return known.Node;
        var start = _position;
        if (++_depth > MaxDepth)
            throw TooDeep();
        var node = Peek() is { Kind: Kind.Operator, Text: "+" or "-" } ? Signed() : Power();
        _depth--;
        return Remember('f', start, node);

        Node? Signed()
        {
            var minus = Next().Text == "-";
            return Factor() is { } operand ? new Node.Unary(minus, operand) : null;
        }
    }

    private Node? Power()
    {
        var primary = Primary();
        if (primary is null || !Is("**"))
            return primary;
        var mark = _position++;
        if (Factor() is { } exponent)
            return new Node.Binary("**", primary, exponent);
        _position = mark;
        return primary;
    }

    private Node? Primary()
    {
        var node = Atom();
        var depth = 0;
        while (node is not null && Is("("))
        {
            var mark = _position;
            if (Call(node) is not { } call)
            {
                _position = mark;
                return node;
            }
            if (++depth > MaxDepth)
                throw TooDeep();
            node = call;
        }
        if (node is not null && Is("."))
        {
            // An attribute would have a name here. There are no letters, but the parser looks, and may find the end.
            _position++;
            _ = Peek();
            _position--;
        }
        return node;
    }

    private Node.Call? Call(Node function)
    {
        _position++;
        if (Accept(")"))
            return new Node.Call(function, null, 0);
        var stars = Accept("*") ? 1 : Accept("**") ? 2 : 0;
        return Expression() is { } argument && Accept(")") ? new Node.Call(function, argument, stars) : null;
    }

    private Node? Atom()
    {
        var token = Peek();
        var start = _position;
        if (token.Kind == Kind.Number)
        {
            _position++;
            return new Node.Number(token.Value);
        }
        if (Accept("..."))
            return new Node.Ellipsis();
        if (!Accept("("))
            return null;
        if (Accept(")"))
            return new Node.EmptyTuple();
        if (Expression() is { } inner && Accept(")"))
            return inner;
        ExplainStarredGroup(start + 1);
        _position = start;
        return null;
    }

    /// <summary><c>(*x)</c> and <c>(**x)</c>.</summary>
    private void ExplainStarredGroup(int inside)
    {
        _position = inside;
        var stars = Accept("*") ? 1 : _explaining && Accept("**") ? 2 : 0;
        if (stars == 0)
            return;
        var complete = Expression() is not null && Accept(")");
        if (_explaining && complete)
            throw Prioritized(stars == 1 ? "cannot use starred expression here" : "cannot use double starred expression here");
    }

    private (Node? Node, int End)? Recall(char rule)
    {
        if (!_memo.TryGetValue((rule, _position), out var known))
            return null;
        _position = known.End;
        return known;
    }

    private Node? Remember(char rule, int start, Node? node)
    {
        if (node is null)
            _position = start;
        _memo[(rule, start)] = (node, _position);
        return node;
    }

    private bool Is(string text) => Peek() is { Kind: Kind.Operator, Text: var found } && found == text;

    private bool Accept(string text)
    {
        if (!Is(text))
            return false;
        _position++;
        return true;
    }

    private Token Next()
    {
        var token = Peek();
        _position++;
        return token;
    }

    private Token Peek()
    {
        while (_tokens.Count <= _position)
            _tokens.Add(Read(ending: false));
        return _tokens[_position];
    }

    /// <summary>The next token. The end inside parentheses is an error to the parser, but not when the rest is only looked through.</summary>
    private Token Read(bool ending)
    {
        while (_offset < _text.Length && _text[_offset] == ' ')
            _offset++;
        if (_offset == _text.Length)
            return _level > 0 && !ending ? throw Syntax("'(' was never closed") : new Token(Kind.End, "", PyValue.None, _level);
        var start = _offset;
        var c = _text[_offset];
        if (char.IsAsciiDigit(c) || (c == '.' && _offset + 1 < _text.Length && char.IsAsciiDigit(_text[_offset + 1])))
            return ReadNumber();
        var length = _text.AsSpan(start) switch
        {
            ['.', '.', '.', ..] => 3,
            ['*', '*', ..] or ['/', '/', ..] => 2,
            _ => 1,
        };
        _offset += length;
        if (c == '(' && ++_level > MaxParentheses)
            throw Syntax("too many nested parentheses");
        if (c == ')' && --_level < 0)
            throw Syntax("unmatched ')'");
        return new Token(Kind.Operator, _text.Substring(start, length), PyValue.None, _level);
    }

    private Token ReadNumber()
    {
        var start = _offset;
        SkipDigits();
        var whole = _text.AsSpan(start, _offset - start);
        if (_offset < _text.Length && _text[_offset] == '.')
        {
            _offset++;
            SkipDigits();
            var digits = _text.AsSpan(start, _offset - start);
            return new Token(Kind.Number, "", double.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture), _level);
        }
        if (whole.Length > 1 && whole[0] == '0' && whole.ContainsAnyExcept('0'))
            throw Syntax("leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
        if (whole.Length > MaxDigits && whole[0] != '0')
            throw Syntax($"Exceeds the limit ({MaxDigits} digits) for integer string conversion: value has {whole.Length} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.");
        return new Token(Kind.Number, "", BigInteger.Parse(whole, NumberStyles.None, CultureInfo.InvariantCulture), _level);
    }

    private void SkipDigits()
    {
        while (_offset < _text.Length && char.IsAsciiDigit(_text[_offset]))
            _offset++;
    }

    /// <summary>The error, unless the tokenizer has one to report about the rest of the text.</summary>
    private PyException Prioritized(string message)
    {
        while (Read(ending: true).Kind != Kind.End)
        {
        }
        return Syntax(message);
    }

    private static PyException Syntax(string message) => new("SyntaxError", $"{message} (<string>, line 1)");

    private static PyException TooDeep() => new("RecursionError", "maximum recursion depth exceeded during compilation");

    /// <summary>A token with the number of parentheses open after it.</summary>
    private readonly record struct Token(Kind Kind, string Text, PyValue Value, int Level);
}
