using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using FissionGrpo.Cli.Shells;

namespace FissionGrpo.Cli.Runs;

/// <summary><c>provenance.json</c>: what made a run, beside its settings.</summary>
internal static class Provenance
{
    /// <summary>Writes it once; a run that is gone on with keeps that of its beginning.</summary>
    public static void Write(string path, ulong seed, TimeProvider clock)
    {
        if (File.Exists(path))
            return;
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
            writer.WriteEndObject();
        }
        AtomicFile.Write(path, System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n");
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
