using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Model.Losses;

/// <summary>A token that at least one sequence is trained on.</summary>
/// <param name="Row">The row of the tree whose logits predict it.</param>
/// <param name="Token">Its id.</param>
internal readonly record struct LossTarget(int Row, int Token);

/// <summary>
/// What is asked of the logits of one tree. Only rows that predict a target need logits; a row may predict several tokens, one per branch.
/// Every sequence that passes through a target adds a term of its own (its advantage, old log-probability and mask), the terms share one
/// log-probability, and their derivatives are summed at the node: so the tree's gradient is that of the unrolled batch.
/// </summary>
internal sealed class LossTerms
{
    private readonly LossOptions _options;
    private readonly LossTally _tally;
    private readonly int[] _termStarts;
    private readonly (int Sequence, int Index)[] _terms;

    /// <param name="tree">The tree.</param>
    /// <param name="sequences">For each path of the tree its sequence in the batch.</param>
    /// <param name="options">The loss.</param>
    /// <param name="tally">The batch and its sums.</param>
    public LossTerms(TokenTree tree, ReadOnlySpan<int> sequences, LossOptions options, LossTally tally)
    {
        _options = options;
        _tally = tally;
        var (found, targets, termStarts, rows, rowStarts) = Workspace.Cleared();
        for (var p = 0; p < sequences.Length; p++)
        {
            var mask = tally.Batch.Sequences[sequences[p]].Mask;
            var path = tree.Paths[p];
            for (var t = 1; t < path.Length; t++)
            {
                if (mask[t] != 0)
                    found.Add((path[t - 1], path[t], sequences[p], t));
            }
        }
        found.Sort();
        var lastChild = -1;
        for (var i = 0; i < found.Count; i++)
        {
            var (row, child, _, _) = found[i];
            if (child == lastChild)
                continue;
            if (rows.Count == 0 || rows[^1] != row)
            {
                rows.Add(row);
                rowStarts.Add(targets.Count);
            }
            targets.Add(new LossTarget(row, tree.Tokens[child]));
            termStarts.Add(i);
            lastChild = child;
        }
        rowStarts.Add(targets.Count);
        termStarts.Add(found.Count);
        Targets = [.. targets];
        Rows = [.. rows];
        RowStarts = [.. rowStarts];
        _termStarts = [.. termStarts];
        _terms = new (int, int)[found.Count];
        for (var i = 0; i < _terms.Length; i++)
            _terms[i] = (found[i].Sequence, found[i].Index);
        LogProbs = new double[Targets.Length];
        Entropies = new double[Targets.Length];
        Slopes = new double[Targets.Length];
    }

    /// <summary>Distinct targets, ordered by the row that predicts them.</summary>
    public LossTarget[] Targets { get; }

    /// <summary>Rows that predict targets, ascending.</summary>
    public int[] Rows { get; }

    /// <summary>Where the targets of each of <see cref="Rows"/> begin; one entry more than rows.</summary>
    public int[] RowStarts { get; }

    /// <summary>Per target, its log-probability; filled by the forward pass.</summary>
    public double[] LogProbs { get; }

    /// <summary>Per target, the entropy in nats of the distribution that predicts it; filled by the forward pass.</summary>
    public double[] Entropies { get; }

    /// <summary>Per target, dLoss / dlogProb, summed over the sequences; filled by the methods below.</summary>
    public double[] Slopes { get; }

    /// <summary>Whether a term needs the log-probabilities of its whole sequence, so that all logits come before the first derivative.</summary>
    public bool NeedsWholeSequences => _options.Kind == LossKind.SequencePolicyGradient;

    /// <summary>Evaluates the terms of some targets, for losses that see one token at a time.</summary>
    public void Evaluate(int firstTarget, int endTarget)
    {
        for (var target = firstTarget; target < endTarget; target++)
        {
            var slope = 0.0;
            for (var i = _termStarts[target]; i < _termStarts[target + 1]; i++)
            {
                var (b, t) = _terms[i];
                var sequence = _tally.Batch.Sequences[b];
                var weight = sequence.Mask[t] * _tally.Scale(b);
                var policy = _options.Kind == LossKind.CrossEntropy
                    ? TokenLoss.Of(_options, LogProbs[target], 0, 0)
                    : TokenLoss.Of(_options, LogProbs[target], sequence.OldLogProbs[t], sequence.Advantages[t]);
                var importance = Importance(sequence, t);
                slope += weight * importance * policy.Slope;
                slope += Add(target, b, t, weight, importance * policy.Loss, policy.Clip);
            }
            Slopes[target] = slope;
        }
    }

    /// <summary>
    /// Evaluates all terms of a loss with one ratio per sequence: r = exp(Σ (logProb − old)·m / n) (GSPO, arXiv:2507.18071). The gradient
    /// reaches every token through that mean.
    /// </summary>
    public void EvaluateSequences()
    {
        Array.Clear(Slopes);
        var bySequence = Enumerable.Range(0, Targets.Length)
            .SelectMany(target => Enumerable.Range(_termStarts[target], _termStarts[target + 1] - _termStarts[target]).Select(i => (Target: target, _terms[i].Sequence, _terms[i].Index)))
            .GroupBy(term => term.Sequence).OrderBy(group => group.Key);
        foreach (var group in bySequence)
        {
            var sequence = _tally.Batch.Sequences[group.Key];
            var terms = group.OrderBy(term => term.Index).ToArray();
            var count = Math.Max(1, terms.Sum(term => (double)sequence.Mask[term.Index]));
            var logRatio = terms.Sum(term => (LogProbs[term.Target] - sequence.OldLogProbs[term.Index]) * sequence.Mask[term.Index]) / count;
            var slopeOfRatio = 0.0;
            foreach (var (target, b, t) in terms)
            {
                var weight = sequence.Mask[t] * _tally.Scale(b);
                var policy = TokenLoss.Clipped(_options, logRatio, sequence.Advantages[t]);
                var importance = Importance(sequence, t);
                slopeOfRatio += weight * importance * policy.Slope;
                Slopes[target] += Add(target, b, t, weight, importance * policy.Loss, policy.Clip);
            }
            foreach (var (target, _, t) in terms)
                Slopes[target] += slopeOfRatio * sequence.Mask[t] / count;
        }
    }

    private double Importance(TrainingSequence sequence, int t)
    {
        if (_options.Kind == LossKind.CrossEntropy || sequence.SamplerLogProbs.IsDefaultOrEmpty)
            return 1;
        var importance = TokenLoss.Importance(_options, sequence.OldLogProbs[t], sequence.SamplerLogProbs[t]);
        _tally.CountImportance(importance);
        return importance;
    }

    /// <summary>Adds the divergence term, counts the token, and returns the divergence's share of the slope.</summary>
    private double Add(int target, int b, int t, double weight, double loss, int clip)
    {
        var kl = 0.0;
        var slope = 0.0;
        if (_tally.Batch.Sequences[b].ReferenceLogProbs is { IsDefaultOrEmpty: false } reference)
        {
            (kl, slope) = TokenLoss.Kl(_options.Kl, LogProbs[target], reference[t]);
            loss += _options.KlCoefficient * kl;
        }
        _tally.Count(b, t, weight * loss, LogProbs[target], Entropies[target], clip, kl);
        return weight * _options.KlCoefficient * slope;
    }

    /// <summary>Lists that the terms of one tree after the other are gathered in. One per thread.</summary>
    private sealed class Workspace
    {
        [ThreadStatic]
        private static Workspace? _current;

        private readonly List<(int Row, int Child, int Sequence, int Index)> _found = [];
        private readonly List<LossTarget> _targets = [];
        private readonly List<int> _termStarts = [];
        private readonly List<int> _rows = [];
        private readonly List<int> _rowStarts = [];

        public static (List<(int Row, int Child, int Sequence, int Index)> Found, List<LossTarget> Targets, List<int> TermStarts, List<int> Rows, List<int> RowStarts) Cleared()
        {
            var lists = _current ??= new Workspace();
            lists._found.Clear();
            lists._targets.Clear();
            lists._termStarts.Clear();
            lists._rows.Clear();
            lists._rowStarts.Clear();
            return (lists._found, lists._targets, lists._termStarts, lists._rows, lists._rowStarts);
        }
    }
}
