using System.Security.Cryptography;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Data;

/// <summary>Fetches an archive from an http(s) address into a temporary file, bounded in size and time, and checks it where a hash is given.</summary>
public static class BenchmarkDownload
{
    /// <summary>The official archives are far smaller; more is a wrong address or a hostile server.</summary>
    private const long LargestArchive = 1L << 30;

    /// <summary>Whether a source is an address rather than a path.</summary>
    public static bool IsAddress(string source) =>
        source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Downloads, hands the file over, and deletes it.</summary>
    /// <param name="source">The address.</param>
    /// <param name="sha256">What the archive must hash to, in hexadecimal; null takes any.</param>
    /// <param name="timeout">The longest that it may take in all.</param>
    /// <param name="use">Reads the file.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="UserErrorException">The address does not answer in time, answers something else, or with another content than the hash tells.</exception>
    public static async Task<T> UseAsync<T>(string source, string? sha256, TimeSpan timeout, Func<string, T> use, CancellationToken cancel)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var hash = await FetchAsync(source, path, timeout, cancel);
            if (sha256 is not null && !string.Equals(hash, sha256.Trim(), StringComparison.OrdinalIgnoreCase))
                throw new UserErrorException($"{source}: its SHA-256 is {hash}, expected {sha256.Trim()}. The archive was changed or damaged on its way; nothing was added.");
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<string> FetchAsync(string source, string path, TimeSpan timeout, CancellationToken cancel)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out var address))
            throw new UserErrorException($"{source}: is not an address. Expected something like https://host/archive.tar.gz.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan }; // the limit covers the body too
        try
        {
            using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode)
                throw new UserErrorException($"{source}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}. Check the address, or download the archive and give its path.");
            if (response.Content.Headers.ContentLength is > LargestArchive and var announced)
                throw TooLarge(source, announced);
            await using var file = File.Create(path);
            await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var (chunk, total) = (new byte[1 << 16], 0L);
            for (int read; (read = await body.ReadAsync(chunk, limit.Token)) > 0;)
            {
                if ((total += read) > LargestArchive)
                    throw TooLarge(source, total);
                hash.AppendData(chunk, 0, read);
                await file.WriteAsync(chunk.AsMemory(0, read), limit.Token);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
        {
            throw new UserErrorException($"{source}: nothing complete came within {timeout.TotalSeconds:0} s. Try again with a longer --timeout, or download the archive and give its path.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new UserErrorException($"{source}: could not be downloaded ({exception.Message}). Check the address, or download the archive and give its path.", exception);
        }
    }

    private static UserErrorException TooLarge(string source, long bytes) =>
        new($"{source}: is larger than {LargestArchive >> 20} MiB ({bytes >> 20} MiB so far). No benchmark is near that; check the address.");
}
