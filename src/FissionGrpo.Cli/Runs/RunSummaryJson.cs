using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>The end of a run for machines.</summary>
internal sealed record RunSummaryDocument(int Schema, string Folder, ImmutableArray<PartChanges> Slices, ImmutableArray<PartChanges> Categories, string Caveat);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RunSummaryDocument))]
internal sealed partial class RunSummaryJsonContext : JsonSerializerContext;

internal static class RunSummaryJson
{
    public static string Write(RunFolder folder, RunOptions run, RunSummary summary) => JsonSerializer.Serialize(
        new RunSummaryDocument(1, folder.Root, summary.Slices, summary.Categories, RunSummary.CaveatOf(run)), RunSummaryJsonContext.Default.RunSummaryDocument);
}
