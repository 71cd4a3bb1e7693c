using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>What a person, a page or a file may watch. Called in order, from one task; a slow observer slows the run, so hand on and return.</summary>
public interface ITrainingObserver
{
    /// <summary>A stage of the run began or moved on.</summary>
    void OnProgress(RunProgress progress);

    /// <summary>The self-test at learning rate zero: sampler and trainer must agree.</summary>
    void OnSelfTest(SelfTestReport report);

    /// <summary>A training step is done.</summary>
    void OnStep(StepReport report);

    /// <summary>Trajectories of a step, rewards and origins included.</summary>
    /// <param name="step">The step.</param>
    /// <param name="stage"><c>explore</c> or <c>fission</c>.</param>
    /// <param name="groups">The groups in order.</param>
    void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups);

    /// <summary>Something worth a line: a cached warm start, a checkpoint, a fallback.</summary>
    void OnNote(string note);
}

/// <summary>How far a stage of the run is.</summary>
/// <param name="Stage"><c>tokenizer</c>, <c>warm start</c>, <c>self-test</c>, <c>simulator lessons</c>, <c>simulator training</c>, <c>training</c>, <c>evaluation …</c>.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; 0 in a stage that is not counted.</param>
/// <param name="Unit">What is counted, in the plural.</param>
/// <param name="Loss">Cross-entropy in nats a token, in stages of supervised fine-tuning.</param>
public readonly record struct RunProgress(string Stage, long Done, long Total, string Unit = "steps", double? Loss = null)
{
    /// <summary>Stages 1 to 3, step by step.</summary>
    public const string Training = "training";
}

/// <summary>The sampler/trainer gap at learning rate zero.</summary>
/// <param name="Tokens">Sampled tokens compared.</param>
/// <param name="LargestGap">Largest absolute difference of log-probabilities, in nats.</param>
/// <param name="MeanGap">Mean absolute difference, in nats.</param>
public sealed record SelfTestReport(int Tokens, double LargestGap, double MeanGap)
{
    /// <summary>What the largest gap must stay below, in nats.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The gap is within tolerance.</summary>
    public bool Passed => LargestGap < Tolerance;
}
