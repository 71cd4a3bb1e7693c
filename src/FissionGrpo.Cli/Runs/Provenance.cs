using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Runs;

/// <summary><c>provenance.json</c>: what made a run, beside its settings.</summary>
internal static class Provenance
{
    private const string Models = "models";

    /// <summary>Writes it once; a run that is gone on with keeps that of its beginning, and must still find the models that it began with.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="models">The folders of the models that are given to the run, by the options that name them.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="UserErrorException">One of them has changed since.</exception>
    public static void Write(string path, ulong seed, IReadOnlyCollection<(string Option, string Folder)> models, TimeProvider clock)
    {
        if (File.Exists(path))
        {
            RequireSame(path, models);
            return;
        }
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", 1);
            writer.WriteNumber("seed", seed);
            writer.WriteString("version", Version);
            writer.WriteString("started", clock.GetUtcNow());
            writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            writer.WriteString("system", RuntimeInformation.OSDescription);
            writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
            writer.WriteNumber("processors", Environment.ProcessorCount);
            writer.WriteString("instructions", Instructions);
            writer.WriteStartObject(Models);
            foreach (var (option, folder) in models)
                writer.WriteString(option, Fingerprint.Of([folder]));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        AtomicFile.Write(path, System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    private static void RequireSame(string path, IReadOnlyCollection<(string Option, string Folder)> models)
    {
        JsonObject? begun;
        try
        {
            begun = (JsonNode.Parse(File.ReadAllText(path), null, new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject)?[Models] as JsonObject;
        }
        catch (JsonException)
        {
            return; // the file is a record: a damaged one keeps no run from going on
        }
        foreach (var (option, folder) in models)
            if (begun?[option]?.ToString() is { } then && then != Fingerprint.Of([folder]))
                throw new UserErrorException($"{folder}: is no longer the model that this run began with ({option}): its weights, configuration, tokenizer or chat template have changed. Put the old files back, or begin another run with the new ones.");
    }

    /// <summary>Machine, runtime and version in a line, for reports.</summary>
    public static string Line => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} {RuntimeInformation.ProcessArchitecture} processors, {Instructions}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, fission {Version}");

    private static string Instructions => Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : "vector";

    /// <summary>The version with the commit that it was built from.</summary>
    private static string Version =>
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
