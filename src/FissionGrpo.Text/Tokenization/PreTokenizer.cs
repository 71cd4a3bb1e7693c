using System.Text.RegularExpressions;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Tokenization;

/// <summary>How the matches of a split pattern and the text between them become pieces.</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece, and so is the text between.</summary>
    Isolated,

    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>A match joins the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match joins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring matches are one piece.</summary>
    Contiguous,
}

/// <summary>One split of a pre-tokenizer.</summary>
/// <param name="Pattern">A regular expression in the dialect of tokenizer files.</param>
/// <param name="Behavior">What becomes of the matches.</param>
/// <param name="Invert">Matches and the text between swap their roles.</param>
internal sealed record SplitStep(string Pattern, SplitBehavior Behavior = SplitBehavior.Isolated, bool Invert = false);

/// <summary>
/// Cuts text into the pieces inside which byte pairs may be merged. Tokenizer files mean their patterns over code points, .NET matches
/// UTF-16 units; so the pattern runs over a shadow of the text with one character per code point, in which a code point outside of the
/// basic plane is replaced by a basic one of the same general category (see <see cref="CodePointShadow"/>). Safe for threads.
/// </summary>
internal sealed class PreTokenizer
{
    /// <summary>A pattern from a file may backtrack without end; ordinary ones take microseconds.</summary>
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(20);

    private readonly (Regex Regex, SplitStep Step)[] _steps;
    private readonly string _place;
    private readonly TimeSpan _patience;

    public PreTokenizer(IReadOnlyList<SplitStep> steps, bool addPrefixSpace, string place, TimeSpan? patience = null)
    {
        _place = place;
        _patience = patience ?? DefaultPatience;
        Steps = steps;
        AddPrefixSpace = addPrefixSpace;
        _steps = [.. steps.Select(s => (Compile(s.Pattern), s))];
    }

    public IReadOnlyList<SplitStep> Steps { get; }

    /// <summary>A text that does not begin with a blank is given one.</summary>
    public bool AddPrefixSpace { get; }

    /// <summary>The pieces of the text in order, as ranges that do not overlap.</summary>
    public List<Range> Split(string text)
    {
        var shadow = CodePointShadow.Of(text);
        var pieces = new List<(int Start, int End)> { (0, shadow.Text.Length) };
        foreach (var (regex, step) in _steps)
        {
            var next = new List<(int Start, int End)>(pieces.Count + (shadow.Text.Length / 4));
            foreach (var (start, end) in pieces)
                Split(regex, step, shadow.Text.AsSpan(start, end - start), start, next);
            pieces = next;
        }
        var ranges = new List<Range>(pieces.Count);
        foreach (var (start, end) in pieces)
            if (start < end)
                ranges.Add(shadow.Original(start)..shadow.Original(end));
        return ranges;
    }

    private void Split(Regex regex, SplitStep step, ReadOnlySpan<char> text, int offset, List<(int Start, int End)> pieces)
    {
        var begin = pieces.Count;
        var previousMatched = step.Behavior == SplitBehavior.Contiguous && step.Invert;
        var at = 0;
        try
        {
            foreach (var match in regex.EnumerateMatches(text))
            {
                if (match.Index > at)
                    Add(at, match.Index, matched: false);
                if (match.Length > 0)
                    Add(match.Index, match.Index + match.Length, matched: true);
                at = match.Index + match.Length;
            }
        }
        catch (RegexMatchTimeoutException timeout)
        {
            throw new UserErrorException($"{_place}: the split pattern {step.Pattern} takes longer than {_patience.TotalSeconds:0.##} s on a text of {text.Length} characters. It backtracks without end; use the original file of the model.", timeout);
        }
        if (at < text.Length)
            Add(at, text.Length, matched: false);

        void Add(int start, int end, bool matched)
        {
            matched ^= step.Invert;
            var (from, to) = (offset + start, offset + end);
            var joins = pieces.Count > begin && step.Behavior switch
            {
                SplitBehavior.MergedWithPrevious => matched && !previousMatched,
                SplitBehavior.MergedWithNext => !matched && previousMatched,
                SplitBehavior.Contiguous => matched == previousMatched,
                _ => false,
            };
            previousMatched = matched;
            if (step.Behavior == SplitBehavior.Removed && matched)
                return;
            if (joins)
                pieces[^1] = (pieces[^1].Start, to);
            else
                pieces.Add((from, to));
        }
    }

    private Regex Compile(string pattern)
    {
        try
        {
            return new Regex(FoldCase(pattern), RegexOptions.Compiled | RegexOptions.CultureInvariant, _patience);
        }
        catch (ArgumentException notARegex)
        {
            throw new UserErrorException($"{_place}: the split pattern {pattern} is not a regular expression that .NET understands ({notARegex.Message}).", notARegex);
        }
    }

    /// <summary>
    /// In <c>(?i:…)</c> the reference folds case as Unicode does, .NET as its own table does: U+017F (long s) is an s and U+212A (Kelvin) a k.
    /// Other letters of ASCII have no such kin, so writing out these two makes both agree.
    /// </summary>
    private static string FoldCase(string pattern)
    {
        if (!pattern.Contains("(?i", StringComparison.Ordinal))
            return pattern;
        var result = new System.Text.StringBuilder();
        var scopes = new Stack<bool>();
        var folds = false;
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                result.Append(c).Append(pattern[++i]);
                if (pattern[i] is 'p' or 'P' && i + 1 < pattern.Length && pattern[i + 1] == '{')
                    while (i + 1 < pattern.Length && pattern[i] != '}')
                        result.Append(pattern[++i]);
                continue;
            }
            if (!inClass && c == '(')
            {
                // (?i) has no body: what it turns on outlives its own bracket.
                scopes.Push(folds || pattern.AsSpan(i).StartsWith("(?i)"));
                folds |= pattern.AsSpan(i).StartsWith("(?i:");
                if (i + 1 < pattern.Length && pattern[i + 1] == '?')
                {
                    // The group's own letters (i, <name>, =, !) are not text.
                    while (i < pattern.Length && pattern[i] is not (':' or ')' or '=' or '!' or '>'))
                        result.Append(pattern[i++]);
                    i--;
                    continue;
                }
            }
            else if (!inClass && c == ')' && scopes.Count > 0)
            {
                folds = scopes.Pop();
            }
            else if (c == '[')
            {
                inClass = true;
            }
            else if (c == ']')
            {
                inClass = false;
            }
            result.Append((folds, inClass, c) switch
            {
                (true, false, 's' or 'S') => "[sS\u017F]",
                (true, true, 's' or 'S') => "sS\u017F",
                (true, false, 'k' or 'K') => "[kK\u212A]",
                (true, true, 'k' or 'K') => "kK\u212A",
                _ => c.ToString(),
            });
        }
        return result.ToString();
    }
}
