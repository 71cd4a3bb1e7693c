using System.Collections.Immutable;

namespace FissionGrpo.Text.Tokenization;

/// <summary>What a tokenizer file says, checked: every id is unique and every merge joins tokens that exist.</summary>
internal sealed record TokenizerModel(
    IReadOnlyDictionary<string, int> Vocabulary,
    ImmutableArray<TokenPair> Merges,
    ImmutableArray<AddedToken> AddedTokens,
    PreTokenizer PreTokenizer,
    bool NormalizesToNfc = false,
    bool IgnoresMerges = false,
    string? UnknownToken = null,
    bool FusesUnknown = false);

/// <summary>A merge as the file spells it: two token texts in the byte alphabet, in order of rank.</summary>
internal readonly record struct TokenPair(string Left, string Right);

/// <summary>What a model's <c>tokenizer_config.json</c> says besides the tokens.</summary>
/// <param name="BeginOfText">The token text that some models want first.</param>
/// <param name="EndOfText">The token text that ends a reply.</param>
/// <param name="Padding">The token text for padding.</param>
/// <param name="ChatTemplate">The Jinja template that turns a dialogue into text; null when the model has none.</param>
/// <param name="MaxTokens">The longest sequence that the model is meant for; null when not said.</param>
public sealed record TokenizerSettings(
    string? BeginOfText = null,
    string? EndOfText = null,
    string? Padding = null,
    string? ChatTemplate = null,
    int? MaxTokens = null);
