using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Cli.Runs;

namespace FissionGrpo.Cli.Worlds;

/// <summary>
/// What a model is, wherever it lies and however its path is spelled: a hash over every byte that decides what it says. All of the weights are read, for a sample would miss
/// what changed elsewhere; loading the model reads them too.
/// </summary>
internal static class Fingerprint
{
    /// <summary>In 16 hexadecimal digits: of a model's weights, configuration, tokenizer and chat template.</summary>
    /// <param name="folders">The model's folder; of adapters also that of the weights that they belong to.</param>
    /// <param name="run">The folder of the run whose limits and tasks it is played with, or null.</param>
    public static string Of(IEnumerable<string> folders, string? run = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in folders.SelectMany(FilesOf).Concat(run is null ? [] : [RunSettingsFile.PathIn(run)]))
            Add(hash, file);
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder).Where(Decides).Order(StringComparer.Ordinal);

    /// <summary>Beside them lie an optimizer and the state of a run, and in downloads whatever their authors put there.</summary>
    private static bool Decides(string file) => Path.GetFileName(file) is var name
        && (name is "config.json" or "adapter_config.json" or "tokenizer.json" or "tokenizer_config.json" or "chat_template.jinja" or "model.safetensors.index.json"
            || (name.EndsWith(".safetensors", StringComparison.Ordinal) && name != "optimizer.safetensors"));

    private static void Add(IncrementalHash hash, string file)
    {
        using var stream = File.OpenRead(file);
        hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file)));
        Span<byte> length = stackalloc byte[9];
        BinaryPrimitives.WriteInt64LittleEndian(length[1..], stream.Length); // behind a zero, so that no name and content look like others
        hash.AppendData(length);
        var buffer = new byte[1 << 20];
        while (stream.Read(buffer) is > 0 and var read)
            hash.AppendData(buffer, 0, read);
    }
}
