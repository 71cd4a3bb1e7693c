using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>How far the sampler's and the trainer's log-probabilities of the same tokens are apart, in nats.</summary>
/// <param name="Tokens">Tokens compared.</param>
/// <param name="Largest">Largest absolute difference.</param>
/// <param name="Sum">Sum of the absolute differences.</param>
public readonly record struct LogProbGap(int Tokens, double Largest, double Sum)
{
    /// <summary>Mean absolute difference; 0 when nothing was compared.</summary>
    public double Mean => Tokens == 0 ? 0 : Sum / Tokens;

    /// <summary>Both together.</summary>
    public LogProbGap And(LogProbGap other) => new(Tokens + other.Tokens, Math.Max(Largest, other.Largest), Sum + other.Sum);

    /// <summary>The gap over a batch's target tokens, whose old log-probabilities are the sampler's.</summary>
    internal static LogProbGap Between(TrainingBatch batch, ForwardBackwardResult result) => Between(batch, result, 0, batch.Sequences.Length);

    /// <summary>The same over some of the batch's sequences.</summary>
    internal static LogProbGap Between(TrainingBatch batch, ForwardBackwardResult result, int first, int end)
    {
        var (tokens, largest, sum) = (0, 0.0, 0.0);
        for (var b = first; b < end; b++)
        {
            var sequence = batch.Sequences[b];
            for (var t = 1; t < sequence.Tokens.Length; t++)
            {
                if (sequence.Mask[t] == 0)
                    continue;
                var gap = Math.Abs((double)result.LogProbs[b][t] - sequence.OldLogProbs[t]);
                (tokens, largest, sum) = (tokens + 1, gap > largest || double.IsNaN(gap) ? gap : largest, sum + gap);
            }
        }
        return new LogProbGap(tokens, largest, sum);
    }
}
