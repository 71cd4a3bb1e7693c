using System.Buffers;

namespace FissionGrpo.Text.Tokenization;

/// <summary>Finds added tokens in a text, leftmost first and of those the longest, in time proportional to the text. Safe for threads.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly SearchValues<char> _firstChars;
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<AddedToken?> _tokenAt = [null];

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        var first = new HashSet<char>();
        foreach (var token in tokens)
        {
            first.Add(token.Content[0]);
            var node = 0;
            foreach (var c in token.Content)
            {
                if (!_edges.TryGetValue((node, c), out var next))
                {
                    next = _tokenAt.Count;
                    _tokenAt.Add(null);
                    _edges.Add((node, c), next);
                }
                node = next;
            }
            _tokenAt[node] = token;
        }
        _firstChars = SearchValues.Create([.. first]);
    }

    /// <summary>The next occurrence at or after <paramref name="from"/>, with the white space that its flags swallow.</summary>
    public bool TryFind(string text, int from, out AddedToken token, out int start, out int end)
    {
        var at = from;
        while (at < text.Length)
        {
            var skip = text.AsSpan(at).IndexOfAny(_firstChars);
            if (skip < 0)
                break;
            at += skip;
            if (LongestAt(text, at) is { } found)
            {
                start = at;
                end = at + found.Content.Length;
                if (!found.SingleWord || IsSeparate(text, start, end))
                {
                    token = found;
                    if (found.LeftStrip)
                        while (start > from && char.IsWhiteSpace(text[start - 1]))
                            start--;
                    if (found.RightStrip)
                        while (end < text.Length && char.IsWhiteSpace(text[end]))
                            end++;
                    return true;
                }
                at = end;
                continue;
            }
            at++;
        }
        token = null!;
        start = end = text.Length;
        return false;
    }

    private AddedToken? LongestAt(string text, int at)
    {
        AddedToken? longest = null;
        var node = 0;
        for (var i = at; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
            longest = _tokenAt[node] ?? longest;
        return longest;
    }

    private static bool IsSeparate(string text, int start, int end) =>
        (start == 0 || !IsWord(text[start - 1])) && (end == text.Length || !IsWord(text[end]));

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
