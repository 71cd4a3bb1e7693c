using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Training;

/// <summary>What became of a simulator's training.</summary>
/// <param name="Lessons">Lessons trained on.</param>
/// <param name="HeldOut">Lessons kept for the measurement; they share no task with the others.</param>
/// <param name="TooLong">Lessons left out because they do not fit the model.</param>
/// <param name="Loss">Cross-entropy of the last step, in nats a token.</param>
/// <param name="Before">On the held-out lessons, before training.</param>
/// <param name="After">The same, after.</param>
/// <param name="CutOff">Lessons trained on whose diagnostic is longer than the simulator may answer: it would always be cut off there.</param>
public sealed record FineTuningReport(int Lessons, int HeldOut, int TooLong, double? Loss, SimulatorQuality Before, SimulatorQuality After, int CutOff);

/// <summary>How good a simulator's diagnostics are, on lessons that it has not seen.</summary>
/// <param name="Asked">Failures put to it.</param>
/// <param name="Usable">Answers that are diagnostics at all: ended, text, no call.</param>
/// <param name="Leaks">Of the usable ones, those that the leak audit stops.</param>
/// <param name="LeakRate">Leaks by usable answers; null when there are none.</param>
/// <param name="Alignment">Conveyed against true categories, unusable answers counting as wrong; null when nothing was asked.</param>
public sealed record SimulatorQuality(int Asked, int Usable, int Leaks, double? LeakRate, Alignment? Alignment)
{
    /// <summary>Tokens that the simulator read and wrote for the measurement beside a training run, which are in no other count; null elsewhere.</summary>
    public SimulatorTokens? Tokens { get; init; }
}

/// <summary>Fine-tunes a model on lessons, and measures it on held-out ones before and after.</summary>
/// <param name="model">The model; its weights change.</param>
/// <param name="format">How dialogues become tokens for it.</param>
/// <param name="options">Epochs, batch, learning rate, length of a diagnostic, whether the answer is seen.</param>
/// <param name="longest">The most tokens that the model takes.</param>
/// <param name="seed">Where order and split are drawn from.</param>
public sealed class SimulatorFineTuning(IPolicy model, DialogueFormat format, SimulatorOptions options, int longest, Seed seed)
{
    /// <summary>Trains.</summary>
    /// <param name="lessons">The lessons.</param>
    /// <param name="heldOut">Share of the tasks whose lessons are kept for the measurement.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancel">Stops it; nothing is written then.</param>
    /// <exception cref="UserErrorException">No lesson fits the model.</exception>
    public async Task<FineTuningReport> RunAsync(ImmutableArray<SimulatorLesson> lessons, double heldOut, Action<RunProgress> progress, CancellationToken cancel)
    {
        var all = lessons.Select(l => (Lesson: l, Item: l.ToItem(format, options.SeesAnswer))).ToArray();
        var fitting = all.Where(x => x.Item.Prompt.Length + Math.Max(x.Item.Reply.Length, options.MaxTokens) <= longest).ToArray();
        var kept = fitting.Where(x => !IsHeldOut(x.Lesson, heldOut)).ToArray();
        var test = fitting.Where(x => IsHeldOut(x.Lesson, heldOut)).ToArray();
        if (kept.Length == 0)
            throw new UserErrorException($"none of {lessons.Length} lessons can be trained on: {all.Length - fitting.Length} are longer than the model's {longest} tokens, {test.Length} are held out. Collect more, or hold out fewer.");
        var before = await MeasureAsync(test, cancel);
        double? loss = null;
        await SimulatorItems.FineTuneAsync(model, [.. kept.Select(x => x.Item)], options, options.Epochs, seed.Derive("order"), report =>
        {
            loss = report.Loss;
            progress(report);
        }, cancel);
        return new FineTuningReport(kept.Length, test.Length, all.Length - fitting.Length, loss, before, await MeasureAsync(test, cancel), kept.Count(x => x.Item.Reply.Length > options.MaxTokens));
    }

    private bool IsHeldOut(SimulatorLesson lesson, double share) => new SampleRng(seed.Derive("held out").Derive(lesson.TaskId)).NextDouble() < share;

    private async Task<SimulatorQuality> MeasureAsync((SimulatorLesson Lesson, SimulatorItem Item)[] test, CancellationToken cancel)
    {
        var replies = await Task.WhenAll(test.Select((x, i) => model.SampleAsync(
            new SampleRequest(x.Item.Prompt, 1, options.MaxTokens, format.StopTokens, new SamplingOptions(Temperature: 0), seed.Derive("measure", i)), cancel)));
        var texts = replies.Select(r => LearnedSimulator.Read(r[0], format)).ToArray();
        var usable = texts.Count(t => t.Fault is null);
        var leaks = texts.Zip(test).Count(p => p.First.Fault is null && LeakAudit.Leaks(p.First.Text, p.Second.Lesson.Expected, p.Second.Lesson.ReadSoFar));
        return new SimulatorQuality(
            test.Length, usable, leaks, usable == 0 ? null : leaks / (double)usable,
            Alignment.Of([.. texts.Zip(test).Select(p => (p.Second.Lesson.Category, p.First.Fault is null ? DiagnosticWording.CategoryOf(p.First.Text) : null))]));
    }
}
