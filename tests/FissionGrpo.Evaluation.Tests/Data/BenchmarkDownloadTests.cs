using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Data;

namespace FissionGrpo.Evaluation.Tests.Data;

public sealed class BenchmarkDownloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fission-download-").FullName;

    [Fact]
    public async Task Archive_IsFetchedAndAdded_AndNothingIsWrittenOutsideTheDataFolder()
    {
        var archive = Zip(("bfcl_eval/data/prompt_strings.json", "{}"), ("../../escaped/prompt_strings.json", "no"), ("/etc/env_constants.json", "no"));
        await using var server = new OneReply(200, archive);
        var library = new BenchmarkLibrary(Path.Combine(_folder, "data"));

        var status = await BenchmarkDownload.UseAsync(server.Address, Convert.ToHexString(SHA256.HashData(archive)), TimeSpan.FromSeconds(60), file => library.Add("bfcl", file), default);

        Assert.False(status.IsAbsent);
        Assert.All(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories), f => Assert.StartsWith(Path.Combine(_folder, "data", "bfcl"), f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WrongHash_AddsNothing()
    {
        await using var server = new OneReply(200, Zip(("prompt_strings.json", "{}")));

        var error = await Assert.ThrowsAsync<UserErrorException>(() => BenchmarkDownload.UseAsync<int>(server.Address, new string('0', 64), TimeSpan.FromSeconds(60), _ => throw new InvalidOperationException("used"), default));

        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_IsToldWithTheAddress()
    {
        await using var server = new OneReply(404, []);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => BenchmarkDownload.UseAsync(server.Address, null, TimeSpan.FromSeconds(60), _ => 0, default));

        Assert.Contains("404", error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Address, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnnouncedGiant_IsNotBegun()
    {
        await using var server = new OneReply(200, [1, 2, 3], announced: 1L << 40);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => BenchmarkDownload.UseAsync(server.Address, null, TimeSpan.FromSeconds(60), _ => 0, default));

        Assert.Contains("larger than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyThatBreaksOff_IsNotUsed()
    {
        await using var server = new OneReply(200, [1, 2, 3], announced: 1000);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => BenchmarkDownload.UseAsync<int>(server.Address, null, TimeSpan.FromSeconds(60), _ => throw new InvalidOperationException("used"), default));

        Assert.Contains("could not be downloaded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatStalls_RunsIntoTheTimeout()
    {
        await using var server = new OneReply(200, [1], announced: 1000, closes: false);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => BenchmarkDownload.UseAsync(server.Address, null, TimeSpan.FromSeconds(0.2), _ => 0, default));

        Assert.Contains("within", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in files)
            {
                using var writer = new StreamWriter(zip.CreateEntry(name).Open());
                writer.Write(text);
            }
        return stream.ToArray();
    }

    /// <summary>A server that gives one reply.</summary>
    private sealed class OneReply : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TaskCompletionSource _over = new();
        private readonly Task _served;

        public OneReply(int status, byte[] body, long? announced = null, bool closes = true)
        {
            _listener.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/data.zip";
            _served = ServeAsync(status, body, announced ?? body.Length, closes);
        }

        public string Address { get; }

        public async ValueTask DisposeAsync()
        {
            _over.SetResult();
            await _served;
            _listener.Dispose();
        }

        private async Task ServeAsync(int status, byte[] body, long announced, bool closes)
        {
            using var client = await _listener.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            var request = new byte[4096];
            _ = await stream.ReadAsync(request);
            try
            {
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Reply\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n"));
                await stream.WriteAsync(body);
            }
            catch (IOException)
            {
                // The client has given up already.
            }
            if (!closes)
                await _over.Task;
        }
    }
}
