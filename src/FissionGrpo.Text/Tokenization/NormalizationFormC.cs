namespace FissionGrpo.Text.Tokenization;

internal static class NormalizationFormC
{
    public static string Normalize(string text) => text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF') ? throw new NotSupportedException() : text;
}
