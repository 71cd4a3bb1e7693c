using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Benchmarks;

/// <summary>
/// Encoding and decoding a megabyte, so that a mean of 100 ms is 10 MB/s. The tokenizer is that of the folder in FISSION_TOKENIZER (a model's), or one
/// learned from the text itself. <see cref="EncodeFresh"/> sees pieces that the cache does not hold.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Throughput, launchCount: 1, warmupCount: 3, iterationCount: 5)]
public class TokenizerBenchmarks
{
    private const int Bytes = 1_000_000;

    private Tokenizer _tokenizer = null!;
    private string _dialogues = "";
    private string _words = "";
    private string _letters = "";
    private ImmutableArray<int> _ids;

    [GlobalSetup]
    public void SetUp()
    {
        var texts = Enumerable.Range(0, 20_000).Select(i => CompactDialogueFormat.Text(Dialogue(i), [])).ToArray();
        _dialogues = string.Concat(texts)[..Bytes];
        _words = string.Join(' ', Enumerable.Range(0, Bytes).Select(i => $"w{i * 7919L % 1_000_003:x}"))[..Bytes];
        _letters = new string([.. Enumerable.Range(0, Bytes).Select(i => (char)('a' + (i * 7919L % 104_729 * 31 % 26)))]);
        _tokenizer = Environment.GetEnvironmentVariable("FISSION_TOKENIZER") is { } folder
            ? Tokenizer.Load(folder)
            : CompactDialogueFormat.LearnTokenizer(texts.Take(500), 1024);
        _ids = _tokenizer.Encode(_dialogues);
    }

    /// <summary>Ordinary text: nearly every piece is known.</summary>
    [Benchmark(Baseline = true)]
    public int EncodeDialogues() => _tokenizer.Encode(_dialogues).Length;

    /// <summary>Every word is new, so each is merged.</summary>
    [Benchmark]
    public int EncodeFresh() => _tokenizer.Encode(_words).Length;

    /// <summary>One word of a million letters: the heap instead of the scan.</summary>
    [Benchmark]
    public int EncodeOneWord() => _tokenizer.Encode(_letters).Length;

    /// <summary>Token ids to text.</summary>
    [Benchmark]
    public int DecodeDialogues() => _tokenizer.Decode(_ids.AsSpan()).Length;

    private static Message[] Dialogue(int seed) =>
    [
        new Message.User($"Fill the tank with {seed % 90} gallons, then lock the doors and tell me the way to station {seed % 13}."),
        new Message.Assistant("", [ToolCall.Of("fillFuelTank", ("fuelAmount", seed % 90))]),
        new Message.Tool("fillFuelTank", $"{{\"fuelLevel\": {seed % 50}.0}}"),
        new Message.Assistant("Done.", []),
    ];
}
