using System.Buffers;
using System.Globalization;
using System.Text;

namespace FissionGrpo.Text.Tokenization;

/// <summary>Finds added tokens in a text, leftmost first and of those the longest, in time proportional to the text. Safe for threads.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly SearchValues<char> _firstChars;
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<(AddedToken Token, int Length)?> _tokenAt = [null];

    /// <param name="tokens">The tokens; of two with the same text the first counts.</param>
    /// <param name="normalize">What is done to the texts in which they are sought, and so to theirs.</param>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens, Func<string, string> normalize)
    {
        var first = new HashSet<char>();
        foreach (var token in tokens)
        {
            var content = normalize(token.Content);
            first.Add(content[0]);
            var node = 0;
            foreach (var c in content)
            {
                if (!_edges.TryGetValue((node, c), out var next))
                {
                    next = _tokenAt.Count;
                    _tokenAt.Add(null);
                    _edges.Add((node, c), next);
                }
                node = next;
            }
            _tokenAt[node] ??= (token, content.Length);
        }
        _firstChars = SearchValues.Create([.. first]);
    }

    /// <summary>The next occurrence, with the white space that its flags swallow.</summary>
    /// <param name="text">The text.</param>
    /// <param name="seek">Where to look from; moves behind the token itself, so that a swallowed blank can begin the next one.</param>
    /// <param name="free">What is before belongs to tokens found earlier.</param>
    /// <param name="token">The token.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    public bool TryFind(string text, ref int seek, int free, out AddedToken token, out int start, out int end)
    {
        while (seek < text.Length)
        {
            var skip = text.AsSpan(seek).IndexOfAny(_firstChars);
            if (skip < 0)
                break;
            seek += skip;
            if (LongestAt(text, seek) is not var (found, length))
            {
                seek++;
                continue;
            }
            start = seek;
            seek = end = start + length;
            if (found.SingleWord && !IsSeparate(text, start, end))
                continue;
            token = found;
            if (found.LeftStrip)
                while (start > free && char.IsWhiteSpace(text[start - 1]))
                    start--;
            if (found.RightStrip)
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;
            return true;
        }
        token = null!;
        start = end = text.Length;
        return false;
    }

    private (AddedToken Token, int Length)? LongestAt(string text, int at)
    {
        (AddedToken, int)? longest = null;
        var node = 0;
        for (var i = at; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
            longest = _tokenAt[node] ?? longest;
        return longest;
    }

    private static bool IsSeparate(string text, int start, int end) =>
        (start == 0 || Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _) != OperationStatus.Done || !IsWord(before))
        && (end == text.Length || !Rune.TryGetRuneAt(text, end, out var after) || !IsWord(after));

    /// <summary>Unicode's <c>\w</c> (UTS 18): letters and what counts as such, marks, digits, connectors and joiners.</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D,
    };
}
