namespace FissionGrpo.Text.Tokenization;

/// <summary>A token that is found in the text as a whole, before the byte pairs are looked at.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Content">The text that it stands for; not empty.</param>
/// <param name="Special">A control token: <see cref="Tokenizer.Decode"/> can leave it out, and nobody's plain text ever becomes one.</param>
/// <param name="LeftStrip">Swallows the white space before it.</param>
/// <param name="RightStrip">Swallows the white space after it.</param>
/// <param name="SingleWord">Counts only where no word character touches it.</param>
/// <param name="Normalized">Is looked for in the normalised text instead of the raw one.</param>
public sealed record AddedToken(
    int Id,
    string Content,
    bool Special,
    bool LeftStrip = false,
    bool RightStrip = false,
    bool SingleWord = false,
    bool Normalized = false);
