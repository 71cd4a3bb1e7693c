using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// Diagnostics without fission, an ablation: the same tasks, in whose environments the diagnoser's text stands in place of every error (or behind it). If that alone
/// brings the gain, fission does not.
/// </summary>
internal sealed class DiagnosedTaskSource(ITaskSource inner, DiagnosticPlacement placement) : ITaskSource
{
    public string Identity => inner.Identity + " diagnosed";

    public EpisodeTask TrainingTask(long index) => new DiagnosedTask(inner.TrainingTask(index), placement);

    public EpisodeTask Find(string taskId) => new DiagnosedTask(inner.Find(taskId), placement);

    public Demonstration? Demonstrate(long index, DemonstrationKind kind) => inner.Demonstrate(index, kind);

    private sealed record DiagnosedTask(EpisodeTask Inner, DiagnosticPlacement Placement) : EpisodeTask(Inner.Id, Inner.World, Inner.Category)
    {
        public override string? SystemPrompt => Inner.SystemPrompt;

        public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => Inner.ExpectedCalls;

        public override bool CanBeReplayed => Inner.CanBeReplayed;

        public override IEnvironment Start() => new DiagnosedEnvironment(this, Inner.Start());

        public override IEnvironment Start(ulong trajectorySeed) => new DiagnosedEnvironment(this, Inner.Start(trajectorySeed));
    }

    private sealed class DiagnosedEnvironment(DiagnosedTask task, IEnvironment inner) : IEnvironment
    {
        private ImmutableArray<ExecutedCall> _done = [];
        private ImmutableArray<string> _read = [];
        private int _turn = -1;

        public ImmutableArray<ToolSpec> Tools => inner.Tools;

        public string? End => inner.End;

        public int BeginReply(string text, int calls) => inner.BeginReply(text, calls);

        public ToolResult Execute(ToolCall call)
        {
            var before = inner.Fork();
            var result = inner.Execute(call);
            if (result is ToolResult.Failed failed)
                result = failed with { Message = ShownError.Of(task.Placement, failed.Message, Diagnose(before, new ExecutedCall(call, failed))) };
            _done = _done.Add(new ExecutedCall(call, result));
            _read = _read.Add(result.Text);
            return result;
        }

        public async ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
        {
            var said = await inner.NextUserTurnAsync(assistantText, cancel);
            if (said is UserTurn.Says says)
                _read = _read.Add(says.Text);
            _turn++;
            _done = [];
            return said;
        }

        public IEnvironment Fork() => new DiagnosedEnvironment(task, inner.Fork()) { _done = _done, _read = _read, _turn = _turn };

        public StateDigest Digest() => inner.Digest();

        public EpisodeScore Score() => inner.Score();

        public ValueTask<EpisodeScore> ScoreAsync(CancellationToken cancel) => inner.ScoreAsync(cancel);

        private string Diagnose(IEnvironment before, ExecutedCall culprit)
        {
            var expected = task.ExpectedCalls;
            var step = new FailedStep(
                inner.Tools, expected.Length == 1 ? expected[0] : _turn < expected.Length ? expected[_turn] : [], _done, "", null, [culprit], 0)
            {
                Before = before,
                Context = string.Join('\n', _read),
            };

            // Drawn from the place alone, so that siblings read the same text.
            return DiagnosticWording.Write(step, Diagnoser.Diagnose(step), new Seed(0).Derive(task.Id).Derive(culprit.Call.Canonical).Derive(_done.Length));
        }
    }
}
