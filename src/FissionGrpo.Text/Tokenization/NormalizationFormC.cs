using System.Text;

namespace FissionGrpo.Text.Tokenization;

/// <summary>
/// Unicode normalisation form C (UAX #15). .NET's own does nothing here, because the program runs without culture data
/// (<c>InvariantGlobalization</c>), so the tables are ours. Later versions of Unicode never change the form of characters that exist.
/// </summary>
internal static class NormalizationFormC
{
    // Hangul syllables are arithmetic (Unicode 3.12).
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TailCount;

    private static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, byte> Classes = [];

    /// <summary>Of each UTF-16 unit, whether text made only of units without the mark is its own form C.</summary>
    private static readonly bool[] NeedsWork = new bool[0x10000];

    static NormalizationFormC()
    {
        var table = NfcTable.Decompositions;
        for (var i = 0; i < table.Length; i += 4)
        {
            var (composed, first, second) = (table[i], table[i + 1], table[i + 2]);
            Decompositions.Add(composed, (first, second));
            if (table[i + 3] == 0)
            {
                Mark(composed);
                continue;
            }
            Compositions.Add((first, second), composed);
            Mark(second);
        }
        var classes = NfcTable.CombiningClasses;
        for (var i = 0; i < classes.Length; i += 3)
            for (var c = classes[i]; c <= classes[i + 1]; c++)
            {
                Classes.Add(c, (byte)classes[i + 2]);
                Mark(c);
            }
        for (var vowel = 0; vowel < VowelCount; vowel++)
            Mark(VowelBase + vowel);
        for (var tail = 1; tail < TailCount; tail++)
            Mark(TailBase + tail);

        static void Mark(int codePoint)
        {
            Span<char> units = stackalloc char[2];
            foreach (var unit in units[..new Rune(codePoint).EncodeToUtf16(units)])
                NeedsWork[unit] = true;
        }
    }

    /// <summary>The form C of a text without lone surrogates; the same instance when it is that already, as nearly all text is.</summary>
    public static string Normalize(string text)
    {
        foreach (var unit in text)
            if (NeedsWork[unit])
                return Compose(Decompose(text));
        return text;
    }

    private static List<(int CodePoint, byte Class)> Decompose(string text)
    {
        var result = new List<(int CodePoint, byte Class)>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Add(rune.Value);
        return result;

        void Add(int codePoint)
        {
            if (codePoint - SyllableBase is >= 0 and < SyllableCount and var syllable)
            {
                result.Add((LeadBase + (syllable / (VowelCount * TailCount)), 0));
                result.Add((VowelBase + (syllable / TailCount % VowelCount), 0));
                if (syllable % TailCount != 0)
                    result.Add((TailBase + (syllable % TailCount), 0));
            }
            else if (Decompositions.TryGetValue(codePoint, out var parts))
            {
                Add(parts.First);
                if (parts.Second != 0)
                    Add(parts.Second);
            }
            else
            {
                result.Add((codePoint, Classes.GetValueOrDefault(codePoint)));
            }
        }
    }

    private static string Compose(List<(int CodePoint, byte Class)> points)
    {
        Order(points);
        var text = new StringBuilder(points.Count);
        var starter = -1;  // index of the last character of class 0; what composes is written there
        byte blocker = 0;  // class of the last character kept after the starter; a composing one must have a higher class
        for (var i = 0; i < points.Count; i++)
        {
            var (codePoint, combiningClass) = points[i];
            var adjacent = starter >= 0 && starter == LastKept(i);
            if (starter >= 0 && (adjacent || blocker < combiningClass) && TryCompose(points[starter].CodePoint, codePoint, out var composed))
            {
                points[starter] = (composed, 0);
                points[i] = (-1, 0);
                continue;
            }
            blocker = combiningClass;
            if (combiningClass == 0)
                starter = i;
        }
        foreach (var (codePoint, _) in points)
            if (codePoint >= 0)
                text.Append(new Rune(codePoint).ToString());
        return text.ToString();

        int LastKept(int before)
        {
            var last = before - 1;
            while (last > starter && points[last].CodePoint < 0)
                last--;
            return last;
        }
    }

    /// <summary>Sorts each run of combining characters by class, keeping the order of equals.</summary>
    private static void Order(List<(int CodePoint, byte Class)> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            if (points[start].Class == 0)
                continue;
            var end = start;
            while (end < points.Count && points[end].Class != 0)
                end++;
            var ordered = points.GetRange(start, end - start).OrderBy(p => p.Class).ToArray(); // LINQ's order is stable
            for (var i = 0; i < ordered.Length; i++)
                points[start + i] = ordered[i];
            start = end;
        }
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
        {
            composed = SyllableBase + (((lead * VowelCount) + vowel) * TailCount);
            return true;
        }
        if (first - SyllableBase is >= 0 and < SyllableCount and var syllable && syllable % TailCount == 0 && second - TailBase is > 0 and < TailCount and var tail)
        {
            composed = first + tail;
            return true;
        }
        return Compositions.TryGetValue((first, second), out composed);
    }
}
