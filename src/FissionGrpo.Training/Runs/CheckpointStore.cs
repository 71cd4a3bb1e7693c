using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Policy;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Training;

/// <summary>
/// The checkpoints of a run. Each is written under another name and then renamed, so a folder called <c>step-…</c> is always whole, whatever
/// happens while it is written.
/// </summary>
internal sealed class CheckpointStore(RunFolder folder, int keep)
{
    private const string StateFile = "state.json";
    private const string SimulatorFolder = "simulator";

    /// <summary>Steps of the newest checkpoint, or null when there is none.</summary>
    public int? Newest => Existing() is [.., var newest] ? newest : null;

    /// <summary>Writes a checkpoint and removes the oldest.</summary>
    /// <param name="policy">The policy, saved with its optimizer.</param>
    /// <param name="simulator">A simulator that changes in training, or null.</param>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="state">Everything else.</param>
    /// <param name="cancel">Stops it; what is half written does not count.</param>
    public async Task SaveAsync(IPolicy policy, IPolicy? simulator, Tokenizer tokenizer, StoredState state, CancellationToken cancel)
    {
        var target = folder.Checkpoint(state.Training.Step);
        if (!Directory.Exists(target))
        {
            await RunFolderFiles.MakeFolderAsync(target, async fresh =>
            {
                await policy.SaveAsync(fresh, withOptimizer: true, cancel);
                tokenizer.Save(fresh);
                if (simulator is not null)
                    await simulator.SaveAsync(Path.Combine(fresh, SimulatorFolder), withOptimizer: true, cancel);
                await using var stream = new FileStream(Path.Combine(fresh, StateFile), FileMode.Create);
                await JsonSerializer.SerializeAsync(stream, state, StateJson.Default.StoredState, cancel);
                stream.Flush(flushToDisk: true);
            });
        }
        foreach (var old in Existing().SkipLast(keep))
            Directory.Delete(folder.Checkpoint(old), recursive: true);
    }

    /// <summary>
    /// Reads the newest checkpoint that can be read into the policy, and into the simulator when that changes in training. Those that cannot are set aside once
    /// an older one has been read; the steps after it are then made again.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="UserErrorException">There are some, and none of them can be read.</exception>
    public async Task<StoredState?> LoadNewestAsync(IPolicy policy, IPolicy? simulator, Action<string> note, CancellationToken cancel)
    {
        var damaged = new List<(int Steps, string Finding)>();
        foreach (var steps in Existing().Reverse())
        {
            try
            {
                var state = await LoadAsync(steps, policy, simulator, cancel);
                foreach (var (number, finding) in damaged)
                {
                    var aside = folder.Checkpoint(number) + ".damaged";
                    RunFolderFiles.Remove(aside);
                    Directory.Move(folder.Checkpoint(number), aside);
                    note($"the checkpoint after {number} steps is damaged and was set aside as {aside}: {finding}");
                }
                return state;
            }
            catch (Exception cause) when (cause is CheckpointException or UserErrorException)
            {
                damaged.Add((steps, cause.Message));
            }
        }
        return damaged.Count == 0 ? null : throw new UserErrorException(
            $"No checkpoint in {folder.Checkpoints} can be read. {string.Join(" ", damaged.Select(d => d.Finding))} Remove that folder to train again from the first step.");
    }

    private async Task<StoredState> LoadAsync(int steps, IPolicy policy, IPolicy? simulator, CancellationToken cancel)
    {
        var path = folder.Checkpoint(steps);
        if (simulator is not null)
            await simulator.LoadAsync(Path.Combine(path, SimulatorFolder), withOptimizer: true, cancel);
        await policy.LoadAsync(path, withOptimizer: true, cancel);
        try
        {
            await using var stream = File.OpenRead(Path.Combine(path, StateFile));
            return await JsonSerializer.DeserializeAsync(stream, StateJson.Default.StoredState, cancel)
                ?? throw new JsonException("the file is empty");
        }
        catch (Exception cause) when (cause is JsonException or FileNotFoundException)
        {
            throw new UserErrorException(
                $"{Path.Combine(path, StateFile)} cannot be read: {(cause is JsonException json ? JsonFinding.Of(json) : "there is no such file")}.", cause);
        }
    }

    private ImmutableArray<int> Existing() => !Directory.Exists(folder.Checkpoints) ? [] :
    [
        .. Directory.EnumerateDirectories(folder.Checkpoints, "step-*").Select(Path.GetFileName)
            .Where(name => int.TryParse(name.AsSpan("step-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => int.Parse(name.AsSpan("step-".Length), CultureInfo.InvariantCulture)).Order(),
    ];
}
