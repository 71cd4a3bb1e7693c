using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>What a collection came to.</summary>
/// <param name="Lessons">Lessons in the file.</param>
/// <param name="Played">Trajectories played since this sitting began: the file knows only what became a lesson.</param>
/// <param name="Categories">Lessons by what went wrong.</param>
/// <param name="LeftOut">Failures without a lesson, by reason, since this sitting began.</param>
/// <param name="Causes">The first cause of each reason, in words.</param>
public sealed record CollectionReport(
    int Lessons, long Played, ImmutableSortedDictionary<string, int> Categories, ImmutableSortedDictionary<string, int> LeftOut, ImmutableSortedDictionary<string, string> Causes);

/// <summary>
/// Collects the training data of an error simulator: plays a policy on training tasks, has every failure explained by a teacher, and writes one lesson a
/// line. Interrupted, it goes on with the round that it was in; the file is the same as if it had not been.
/// </summary>
/// <param name="tasks">Training tasks.</param>
/// <param name="rollouts">Plays them.</param>
/// <param name="policy">Whose failures are wanted.</param>
/// <param name="teacher">Explains them; null is the diagnoser.</param>
/// <param name="reward">Decides which trajectories without an error have failed.</param>
/// <param name="source">What the file will say of itself.</param>
public sealed class SimulatorCollection(
    ITaskSource tasks, RolloutEngine rollouts, ISampler policy, IErrorSimulator? teacher, RewardOptions reward, LessonSource source)
{
    private const int TasksAtATime = 64;
    private const int GroupSize = 4;

    /// <summary>Rounds in a row without a new failure after which the policy has no more to give.</summary>
    private const int MostEmptyRounds = 5;

    /// <summary>Tasks that neither RL nor a run's own simulator reaches.</summary>
    private const long FirstTask = 1L << 42;

    private readonly Seed _seed = new Seed(source.Seed).Derive("simulator collection");
    private readonly DiagnoserSimulator _diagnoser = new(rollouts.Format);
    private readonly FaultLog _leftOut = new();
    private long _played;

    /// <summary>Collects until the file has this many lessons, or the policy makes no new mistakes.</summary>
    /// <exception cref="UserErrorException">The file was collected from something else, or the policy's prompts leave no room for a reply.</exception>
    public async Task<CollectionReport> RunAsync(string path, int count, Action<RunProgress> progress, CancellationToken cancel)
    {
        var there = LessonFile.ReadWhatIsThere(path);
        if (there.Source?.DifferenceFrom(source) is { } difference)
            throw new UserErrorException($"{path} was collected from something else: {difference}. Choose another --output.");
        if (there.Lessons.Length >= count)
            return Report(there.Lessons);

        await PromptRoom.RequireAsync(rollouts, tasks, cancel);

        // The last round may not be whole, so it is played again.
        var lessons = there.Lessons.Where(l => l.Round < there.Lessons[^1].Round).ToList();
        LessonFile.Write(path, source, [.. lessons]);
        var known = lessons.Select(l => l.Key).ToHashSet(StringComparer.Ordinal);
        for (var (round, empty) = (lessons is [.., var last] ? last.Round + 1 : 0, 0); lessons.Count < count && empty < MostEmptyRounds; round++)
        {
            var found = (await RoundAsync(round, known, cancel)).Take(count - lessons.Count).ToArray();
            LessonFile.Append(path, found);
            lessons.AddRange(found);
            known.UnionWith(found.Select(l => l.Key)); // of what was left out the file knows nothing, and what goes on from it must come to the same
            empty = found.Length == 0 ? empty + 1 : 0;
            progress(new RunProgress("simulator lessons", lessons.Count, count, "failures"));
        }
        return Report(lessons);
    }

    private async Task<ImmutableArray<SimulatorLesson>> RoundAsync(int round, HashSet<string> known, CancellationToken cancel)
    {
        var seed = _seed.Derive(round);
        var first = FirstTask + (long)round * TasksAtATime;
        var groups = await rollouts.SampleAsync(
            [.. Enumerable.Range(0, TasksAtATime).Select(i => Sampling.StartOf(tasks.TrainingTask(first + i), rollouts.Options, seed.Derive("turn", i)))],
            GroupSize, policy, seed.Derive("play"), $"collect {round}", cancel);
        _played += groups.Sum(g => g.Rollouts.Length);
        var composite = new CompositeReward(reward);
        var everyError = new ErrorIdentification(new FissionOptions(IncludeRecovered: true), r => composite.Correctness(r.Trajectory, r.Task.ExpectedCalls));
        var found = everyError.Identify(groups);
        var malformed = found.Failures.Count(f => f.Sign is FailureSign.FormatError);
        if (malformed > 0)
            _leftOut.Add("malformed", "replies that cannot be read have a fixed message", malformed);
        if (found.Unplaced > 0)
            _leftOut.Add("unplaced", "a limit ended the trajectory before anything went wrong", found.Unplaced);
        ImmutableArray<Failure> failures =
        [
            .. found.Failures.Where(f => f.Sign is not FailureSign.FormatError).DistinctBy(f => f.Key).Where(f => !known.Contains(f.Key)),
        ];
        var truth = await _diagnoser.DiagnoseAsync(failures, seed.Derive("teach"), cancel);
        var taught = teacher is null ? truth : await teacher.DiagnoseAsync(failures, seed.Derive("teach"), cancel);
        var lessons = ImmutableArray.CreateBuilder<SimulatorLesson>();
        for (var i = 0; i < failures.Length; i++)
            if (await LessonAsync(failures[i], truth[i], taught[i], round, cancel) is { } lesson)
                lessons.Add(lesson);
        return lessons.ToImmutable();
    }

    private async Task<SimulatorLesson?> LessonAsync(Failure failure, Diagnostic? truth, Diagnostic? taught, int round, CancellationToken cancel)
    {
        if (truth?.Category is not { } category)
            return LeaveOut("unnamed", truth?.Fault ?? "the diagnoser names no category");
        if (taught is null || taught.Fault is not null || string.IsNullOrWhiteSpace(taught.Text))
            return LeaveOut(SimulatorFault.Nonsense, taught?.Fault ?? "the teacher said nothing");
        if (_diagnoser.Leaks(failure, taught.Text))
            return LeaveOut(SimulatorFault.Leak, "the teacher's text gave away a value of the ground truth");
        return await PlayedDialogue.UpToAsync(failure.Rollout, failure.Step, rollouts.Format, cancel) is { } dialogue
            ? SimulatorLesson.Of(failure, dialogue, rollouts.Format, category, taught.Text, source.Teacher, round)
            : LeaveOut("replay", "the world does not replay");
    }

    private SimulatorLesson? LeaveOut(string reason, string cause)
    {
        _leftOut.Add(reason, cause);
        return null;
    }

    private CollectionReport Report(IReadOnlyCollection<SimulatorLesson> lessons) => new(
        lessons.Count,
        _played,
        lessons.GroupBy(l => FailureWord.Of(l.Category), StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
        _leftOut.Counts,
        _leftOut.Causes);
}
