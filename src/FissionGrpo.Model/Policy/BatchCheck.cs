using System.Collections.Immutable;
using FissionGrpo.Model.Configuration;

namespace FissionGrpo.Model.Policy;

/// <summary>Refuses batches that do not fit the model or the loss, before anything is computed.</summary>
internal static class BatchCheck
{
    public static void Check(TrainingBatch batch, LossOptions loss, ModelConfiguration model)
    {
        if (batch.Sequences.IsDefaultOrEmpty)
            throw new ArgumentException("the batch has no sequences", nameof(batch));
        if (!(loss.Temperature > 0) || float.IsInfinity(loss.Temperature))
            throw new ArgumentException($"the loss's temperature is {loss.Temperature}, expected a positive number", nameof(loss));
        if (loss.Reduction == LossReduction.Constant && !(loss.Constant > 0))
            throw new ArgumentException($"the loss's constant is {loss.Constant}, expected a positive number", nameof(loss));
        if (!(loss.ImportanceCap >= 0) || !(loss.ImportanceBand is 0 or >= 1))
            throw new ArgumentException($"the loss's importance cap {loss.ImportanceCap} and band {loss.ImportanceBand} must be 0, or positive and at least 1", nameof(loss));
        for (var b = 0; b < batch.Sequences.Length; b++)
            Check(batch.Sequences[b], b, loss, model);
    }

    public static void CheckTokens(ImmutableArray<int> tokens, ModelConfiguration model, string what)
    {
        if (tokens.IsDefaultOrEmpty)
            throw new ArgumentException($"{what} has no tokens");
        if (tokens.Length > model.MaxPositions)
            throw new ArgumentException($"{what} has {tokens.Length} tokens, but the model's longest sequence is {model.MaxPositions}");
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)model.VocabularySize)
                throw new ArgumentException($"{what} holds token {token}, but the vocabulary has {model.VocabularySize}");
        }
    }

    private static void Check(TrainingSequence sequence, int b, LossOptions loss, ModelConfiguration model)
    {
        CheckTokens(sequence.Tokens, model, $"sequence {b}");
        CheckLength(sequence.Mask, nameof(sequence.Mask), required: true);
        var policy = loss.Kind != LossKind.CrossEntropy;
        CheckLength(sequence.Advantages, nameof(sequence.Advantages), policy);
        CheckLength(sequence.OldLogProbs, nameof(sequence.OldLogProbs), policy);
        CheckLength(sequence.ReferenceLogProbs, nameof(sequence.ReferenceLogProbs), loss.KlCoefficient != 0);
        CheckLength(sequence.SamplerLogProbs, nameof(sequence.SamplerLogProbs), loss.ImportanceCap > 0 || loss.ImportanceBand > 0);

        void CheckLength(ImmutableArray<float> values, string name, bool required)
        {
            if (values.IsDefaultOrEmpty ? required : values.Length != sequence.Tokens.Length)
                throw new ArgumentException($"sequence {b} has {sequence.Tokens.Length} tokens, but {(values.IsDefault ? 0 : values.Length)} {name}");
        }
    }
}
