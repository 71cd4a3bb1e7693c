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
/// basic plane is replaced by a basic one of the same general category that no pattern names (see <see cref="CodePointShadow"/>). Safe for threads.
/// </summary>
internal sealed class PreTokenizer
{
    /// <summary>A pattern from a file may backtrack without end; ordinary ones take microseconds.</summary>
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(20);

    private readonly (Regex Regex, SplitStep Step)[] _steps;
    private readonly char[] _deputies;
    private readonly string _place;
    private readonly TimeSpan _patience;

    public PreTokenizer(IReadOnlyList<SplitStep> steps, bool addPrefixSpace, string place, TimeSpan? patience = null)
    {
        _place = place;
        _patience = patience ?? DefaultPatience;
        Steps = steps;
        AddPrefixSpace = addPrefixSpace;
        var characters = new List<(char First, char Last)>();
        _steps = [.. steps.Select(s => (Compile(s.Pattern, characters), s))];
        _deputies = CodePointShadow.DeputiesOutside(characters);
    }

    public IReadOnlyList<SplitStep> Steps { get; }

    /// <summary>A text that does not begin with a blank is given one.</summary>
    public bool AddPrefixSpace { get; }

    /// <summary>Cuts a piece once more, as the byte alphabet spells it (Falcon's files split after ByteLevel); null for none.</summary>
    public PreTokenizer? Spelled { get; init; }

    /// <summary>The pieces of the text in order, as ranges that do not overlap.</summary>
    public List<Range> Split(string text)
    {
        var shadow = CodePointShadow.Of(text, _deputies);
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

    private Regex Compile(string pattern, List<(char First, char Last)> characters)
    {
        try
        {
            var translated = SplitPattern.ForDotNet(pattern, out var named);
            characters.AddRange(named);
            // In Ruby's syntax ^ and $ always mean lines.
            return new Regex(translated, RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline, _patience);
        }
        catch (ArgumentException notARegex)
        {
            throw new UserErrorException($"{_place}: the split pattern {pattern} is not a regular expression that we understand: {notARegex.Message.TrimEnd('.')}. Write the pattern without it, if that cuts the same pieces, or take a model whose tokenizer is supported (Qwen, Llama 3, SmolLM, GPT-2).", notARegex);
        }
    }
}
